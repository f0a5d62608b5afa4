// SPDX-License-Identifier: GPL-2.0-only
/* Numbers of a character device stay taken. */
#include <linux/fs.h>
#include <linux/module.h>

static dev_t number;

static int __init leak_number_init(void)
{
	int error = alloc_chrdev_region(&number, 0, 1, "leak_number"); /* here */

	/* So that this function is a part of the call's stack. */
	barrier();
	return error;
}

static void __exit leak_number_exit(void)
{
}

module_init(leak_number_init);
module_exit(leak_number_exit);
MODULE_DESCRIPTION("broken on purpose");
MODULE_LICENSE("GPL");
