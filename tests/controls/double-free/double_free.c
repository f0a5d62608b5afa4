// SPDX-License-Identifier: GPL-2.0-only
/* init frees its memory twice. */
#include <linux/module.h>
#include <linux/slab.h>

static void *volatile bytes;

static int __init double_free_init(void)
{
	bytes = kmalloc(64, GFP_KERNEL);
	if (!bytes)
		return -ENOMEM;
	kfree(bytes);
	kfree(bytes); /* here */
	return 0;
}

static void __exit double_free_exit(void)
{
}

module_init(double_free_init);
module_exit(double_free_exit);
MODULE_DESCRIPTION("broken on purpose");
MODULE_LICENSE("GPL");
