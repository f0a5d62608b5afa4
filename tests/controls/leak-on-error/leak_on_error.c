// SPDX-License-Identifier: GPL-2.0-only
/* It keeps what it has when a second allocation fails. */
#include <linux/module.h>
#include <linux/slab.h>

static int __init leak_on_error_init(void)
{
	void *volatile first = kmalloc(64, GFP_KERNEL); /* here */
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

static void __exit leak_on_error_exit(void)
{
}

module_init(leak_on_error_init);
module_exit(leak_on_error_exit);
MODULE_DESCRIPTION("broken on purpose");
MODULE_LICENSE("GPL");
