// SPDX-License-Identifier: GPL-2.0-only
/* Exports a symbol; its file name has a dash, its module name an underscore. */
#include <linux/module.h>

int pair_value(void);
int pair_value(void)
{
	return 42;
}
EXPORT_SYMBOL_GPL(pair_value);

MODULE_DESCRIPTION("exports a symbol");
MODULE_LICENSE("GPL");
