// SPDX-License-Identifier: GPL-2.0-only
/* Does not look whether it got its memory: exit 5, where allocations fail on purpose. */
#include <linux/module.h>
#include <linux/slab.h>

static noinline void trusts_kmalloc_take(void)
{
	char *volatile bytes = kmalloc(64, GFP_KERNEL);

	bytes[0] = 'x';
	kfree(bytes);
}

static int __init trusts_kmalloc_init(void)
{
	trusts_kmalloc_take();
	return 0;
}

static void __exit trusts_kmalloc_exit(void)
{
}

module_init(trusts_kmalloc_init);
module_exit(trusts_kmalloc_exit);
MODULE_DESCRIPTION("faulty on purpose");
MODULE_LICENSE("GPL");
