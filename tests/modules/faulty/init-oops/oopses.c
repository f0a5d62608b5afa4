// SPDX-License-Identifier: GPL-2.0-only
/* init follows a NULL pointer: exit 5. */
#include <linux/module.h>

static int *volatile nowhere;

static int __init oopses_init(void)
{
	*nowhere = 1;
	return 0;
}

static void __exit oopses_exit(void)
{
}

module_init(oopses_init);
module_exit(oopses_exit);
MODULE_DESCRIPTION("faulty on purpose");
MODULE_LICENSE("GPL");
