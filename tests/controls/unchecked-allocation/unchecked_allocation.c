// SPDX-License-Identifier: GPL-2.0-only
/* It does not look whether it got its memory. */
#include <linux/module.h>
#include <linux/slab.h>

static noinline void unchecked_allocation_take(void)
{
	char *volatile bytes = kmalloc(64, GFP_KERNEL);

	bytes[0] = 'x'; /* here */
	kfree(bytes);
}

static int __init unchecked_allocation_init(void)
{
	unchecked_allocation_take();
	return 0;
}

static void __exit unchecked_allocation_exit(void)
{
}

module_init(unchecked_allocation_init);
module_exit(unchecked_allocation_exit);
MODULE_DESCRIPTION("broken on purpose");
MODULE_LICENSE("GPL");
