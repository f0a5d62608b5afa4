// SPDX-License-Identifier: GPL-2.0-only
/* More is copied to a program than the memory has. */
#include <linux/module.h>
#include <linux/slab.h>
#include <linux/uaccess.h>

static volatile unsigned long size = 128;
static char *volatile bytes;

static int __init usercopy_init(void)
{
	unsigned long left;

	bytes = kmalloc(64, GFP_KERNEL);
	if (!bytes)
		return -ENOMEM;
	left = copy_to_user((void __user *)PAGE_SIZE, bytes, size); /* here */
	kfree(bytes);
	return left ? -EFAULT : 0;
}

static void __exit usercopy_exit(void)
{
}

module_init(usercopy_init);
module_exit(usercopy_exit);
MODULE_DESCRIPTION("broken on purpose");
MODULE_LICENSE("GPL");
