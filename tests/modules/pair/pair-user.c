// SPDX-License-Identifier: GPL-2.0-only
/* Needs pair-base, which has to be loaded first. */
#include <linux/module.h>

int pair_value(void);

static int __init pair_user_init(void)
{
	pr_info("the value is %d\n", pair_value());
	return 0;
}

static void __exit pair_user_exit(void)
{
}

module_init(pair_user_init);
module_exit(pair_user_exit);
MODULE_DESCRIPTION("uses a symbol of another module");
MODULE_LICENSE("GPL");
