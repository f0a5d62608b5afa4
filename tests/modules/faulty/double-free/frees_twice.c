// SPDX-License-Identifier: GPL-2.0-only
/* Frees its memory twice: exit 5, on a kernel that looks. */
#include <linux/module.h>
#include <linux/slab.h>

static int __init frees_twice_init(void)
{
	void *volatile bytes = kmalloc(64, GFP_KERNEL);

	if (!bytes)
		return -ENOMEM;
	kfree(bytes);
	kfree(bytes);
	return 0;
}

static void __exit frees_twice_exit(void)
{
}

module_init(frees_twice_init);
module_exit(frees_twice_exit);
MODULE_DESCRIPTION("faulty on purpose");
MODULE_LICENSE("GPL");
