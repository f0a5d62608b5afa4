// SPDX-License-Identifier: GPL-2.0-only
/* Has no exit function, so it cannot be unloaded: exit 4. */
#include <linux/module.h>

static int __init stays_init(void)
{
	return 0;
}

module_init(stays_init);
MODULE_DESCRIPTION("faulty on purpose");
MODULE_LICENSE("GPL");
