// SPDX-License-Identifier: GPL-2.0-only
/* Uses a symbol that no kernel has: does not link or does not load. */
#include <linux/module.h>

int vexvm_no_such_symbol(void);

static int __init stranger_init(void)
{
	return vexvm_no_such_symbol();
}

static void __exit stranger_exit(void)
{
}

module_init(stranger_init);
module_exit(stranger_exit);
MODULE_DESCRIPTION("faulty on purpose");
MODULE_LICENSE("GPL");
