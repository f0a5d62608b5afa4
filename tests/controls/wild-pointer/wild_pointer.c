// SPDX-License-Identifier: GPL-2.0-only
/* init follows a pointer that no address can be: a general protection fault. */
#include <linux/module.h>

static int *volatile wild = (int *)0xdead000000000100;

static int __init wild_pointer_init(void)
{
	*wild = 1; /* here */
	return 0;
}

static void __exit wild_pointer_exit(void)
{
}

module_init(wild_pointer_init);
module_exit(wild_pointer_exit);
MODULE_DESCRIPTION("broken on purpose");
MODULE_LICENSE("GPL");
