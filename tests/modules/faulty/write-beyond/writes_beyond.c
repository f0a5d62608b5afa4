// SPDX-License-Identifier: GPL-2.0-only
/* Writes a byte beyond the end of its memory: exit 5, on a kernel that looks. */
#include <linux/module.h>
#include <linux/slab.h>

static char *volatile bytes;

static int __init writes_beyond_init(void)
{
	bytes = kmalloc(64, GFP_KERNEL);
	if (!bytes)
		return -ENOMEM;
	bytes[64] = 'x';
	return 0;
}

static void __exit writes_beyond_exit(void)
{
	kfree(bytes);
}

module_init(writes_beyond_init);
module_exit(writes_beyond_exit);
MODULE_DESCRIPTION("faulty on purpose");
MODULE_LICENSE("GPL");
