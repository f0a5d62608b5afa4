// SPDX-License-Identifier: GPL-2.0-only
/*
 * Keeps what it has when a second allocation fails: exit 6, where allocations fail on
 * purpose and the kernel has kmemleak.
 */
#include <linux/module.h>
#include <linux/slab.h>

static int __init forgets_first_init(void)
{
	void *volatile first = kmalloc(64, GFP_KERNEL);
	void *volatile second;

	if (!first)
		return -ENOMEM;
	second = kmalloc(128, GFP_KERNEL);
	if (!second)
		return -ENOMEM;
	kfree(second);
	kfree(first);
	return 0;
}

static void __exit forgets_first_exit(void)
{
}

module_init(forgets_first_init);
module_exit(forgets_first_exit);
MODULE_DESCRIPTION("faulty on purpose");
MODULE_LICENSE("GPL");
