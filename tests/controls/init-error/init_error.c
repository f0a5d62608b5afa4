// SPDX-License-Identifier: GPL-2.0-only
/* init fails. */
#include <linux/module.h>

static int __init init_error_init(void)
{
	return -ENODEV;
}

static void __exit init_error_exit(void)
{
}

module_init(init_error_init);
module_exit(init_error_exit);
MODULE_DESCRIPTION("broken on purpose");
MODULE_LICENSE("GPL");
