// SPDX-License-Identifier: GPL-2.0-only
/* Writes to memory that it has freed: exit 5, on a kernel that looks. */
#include <linux/module.h>
#include <linux/slab.h>

static int __init writes_freed_init(void)
{
	char *volatile bytes = kmalloc(64, GFP_KERNEL);

	if (!bytes)
		return -ENOMEM;
	kfree(bytes);
	bytes[40] = 'x';
	return 0;
}

static void __exit writes_freed_exit(void)
{
}

module_init(writes_freed_init);
module_exit(writes_freed_exit);
MODULE_DESCRIPTION("faulty on purpose");
MODULE_LICENSE("GPL");
