// SPDX-License-Identifier: GPL-2.0-only
/* It does not compile. */
#include <linux/module.h>

static int __init build_error_init(void)
{
	return undeclared; /* here */
}

static void __exit build_error_exit(void)
{
}

module_init(build_error_init);
module_exit(build_error_exit);
MODULE_DESCRIPTION("broken on purpose");
MODULE_LICENSE("GPL");
