// SPDX-License-Identifier: GPL-2.0-only
/* init writes to memory that it has freed: its poison is gone. */
#include <linux/module.h>
#include <linux/slab.h>

static char *volatile bytes;

static int __init write_after_free_init(void)
{
	bytes = kmalloc(64, GFP_KERNEL);
	if (!bytes)
		return -ENOMEM;
	kfree(bytes); /* here */
	bytes[40] = 'x';
	return 0;
}

static void __exit write_after_free_exit(void)
{
}

module_init(write_after_free_init);
module_exit(write_after_free_exit);
MODULE_DESCRIPTION("broken on purpose");
MODULE_LICENSE("GPL");
