// SPDX-License-Identifier: GPL-2.0-only
/* Three objects of 64 bytes stay allocated. */
#include <linux/module.h>
#include <linux/slab.h>

static void *volatile lost;

static int __init leak_slab_init(void)
{
	int i;

	for (i = 0; i < 3; i++)
		lost = kmalloc(64, GFP_KERNEL); /* here */
	return lost ? 0 : -ENOMEM;
}

static void __exit leak_slab_exit(void)
{
}

module_init(leak_slab_init);
module_exit(leak_slab_exit);
MODULE_DESCRIPTION("broken on purpose");
MODULE_LICENSE("GPL");
