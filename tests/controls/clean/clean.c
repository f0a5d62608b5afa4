// SPDX-License-Identifier: GPL-2.0-only
/* Nothing is wrong with it: nothing may be found. */
#include <linux/module.h>

static int __init clean_init(void)
{
	return 0;
}

static void __exit clean_exit(void)
{
}

module_init(clean_init);
module_exit(clean_exit);
MODULE_DESCRIPTION("broken on purpose");
MODULE_LICENSE("GPL");
