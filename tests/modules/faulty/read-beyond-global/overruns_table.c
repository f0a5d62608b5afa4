// SPDX-License-Identifier: GPL-2.0-only
/* Reads behind an array of its own data: exit 5, on a kernel with KASAN. */
#include <linux/module.h>

static volatile int beyond = 10;
static volatile char table[10];

static noinline char overruns_table_read(int at)
{
	return table[at];
}

static int __init overruns_table_init(void)
{
	overruns_table_read(beyond);
	return 0;
}

static void __exit overruns_table_exit(void)
{
}

module_init(overruns_table_init);
module_exit(overruns_table_exit);
MODULE_DESCRIPTION("faulty on purpose");
MODULE_LICENSE("GPL");
