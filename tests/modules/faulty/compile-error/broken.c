// SPDX-License-Identifier: GPL-2.0-only
/* Does not compile: exit 3, with this file and line. */
#include <linux/module.h>

static int __init broken_init(void)
{
	return undeclared_name;
}

module_init(broken_init);
MODULE_DESCRIPTION("faulty on purpose");
MODULE_LICENSE("GPL");
