// SPDX-License-Identifier: GPL-2.0-only
/* init stops at a BUG(). */
#include <linux/module.h>

static int __init bug_init(void)
{
	BUG(); /* here */
	return 0;
}

static void __exit bug_exit(void)
{
}

module_init(bug_init);
module_exit(bug_exit);
MODULE_DESCRIPTION("broken on purpose");
MODULE_LICENSE("GPL");
