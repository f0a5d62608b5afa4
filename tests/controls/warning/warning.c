// SPDX-License-Identifier: GPL-2.0-only
/* init warns. */
#include <linux/module.h>

static int __init warning_init(void)
{
	WARN_ON(1); /* here */
	return 0;
}

static void __exit warning_exit(void)
{
}

module_init(warning_init);
module_exit(warning_exit);
MODULE_DESCRIPTION("broken on purpose");
MODULE_LICENSE("GPL");
