// SPDX-License-Identifier: GPL-2.0-only
/*
 * Loses memory that comes from no slab, which the audit does not see: exit 6, on a
 * kernel with kmemleak.
 */
#include <linux/module.h>
#include <linux/slab.h>

static noinline int leaks_large_take(void)
{
	void *volatile lost = kmalloc(8 * PAGE_SIZE, GFP_KERNEL);

	return lost ? 0 : -ENOMEM;
}

static int __init leaks_large_init(void)
{
	return leaks_large_take();
}

static void __exit leaks_large_exit(void)
{
}

module_init(leaks_large_init);
module_exit(leaks_large_exit);
MODULE_DESCRIPTION("faulty on purpose");
MODULE_LICENSE("GPL");
