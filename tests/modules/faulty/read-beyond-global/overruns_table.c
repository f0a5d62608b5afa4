// SPDX-License-Identifier: GPL-2.0-only
/* Reads behind an array of its own data: exit 5, on a kernel with KASAN. */
#include <linux/module.h>

static volatile int beyond = 10;
static volatile char table[10];

/* A pointer: of an array the compiler knows the bounds, and UBSAN would be first. */
static noinline char overruns_table_read(const volatile char *bytes, int at)
{
	return bytes[at];
}

static int __init overruns_table_init(void)
{
	overruns_table_read(table, beyond);
	return 0;
}

static void __exit overruns_table_exit(void)
{
}

module_init(overruns_table_init);
module_exit(overruns_table_exit);
MODULE_DESCRIPTION("faulty on purpose");
MODULE_LICENSE("GPL");
