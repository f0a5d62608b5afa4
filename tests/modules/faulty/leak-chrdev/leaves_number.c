// SPDX-License-Identifier: GPL-2.0-only
/* A character device number is still taken after the unload: exit 6. */
#include <linux/fs.h>
#include <linux/module.h>

static dev_t number;

static int __init leaves_number_init(void)
{
	int error = alloc_chrdev_region(&number, 0, 1, "leaves_number");

	/* So that this function is a part of the call's stack. */
	barrier();
	return error;
}

static void __exit leaves_number_exit(void)
{
}

module_init(leaves_number_init);
module_exit(leaves_number_exit);
MODULE_DESCRIPTION("faulty on purpose");
MODULE_LICENSE("GPL");
