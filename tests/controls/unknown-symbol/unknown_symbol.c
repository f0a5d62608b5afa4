// SPDX-License-Identifier: GPL-2.0-only
/* It calls what no kernel has, so that it does not load. */
#include <linux/module.h>

int vexvm_no_such_symbol(void);

static int __init unknown_symbol_init(void)
{
	return vexvm_no_such_symbol();
}

static void __exit unknown_symbol_exit(void)
{
}

module_init(unknown_symbol_init);
module_exit(unknown_symbol_exit);
MODULE_DESCRIPTION("broken on purpose");
MODULE_LICENSE("GPL");
