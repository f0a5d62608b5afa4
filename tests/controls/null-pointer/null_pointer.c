// SPDX-License-Identifier: GPL-2.0-only
/* init follows a NULL pointer: an oops. */
#include <linux/module.h>

static int *volatile nowhere;

static int __init null_pointer_init(void)
{
	*nowhere = 1; /* here */
	return 0;
}

static void __exit null_pointer_exit(void)
{
}

module_init(null_pointer_init);
module_exit(null_pointer_exit);
MODULE_DESCRIPTION("broken on purpose");
MODULE_LICENSE("GPL");
