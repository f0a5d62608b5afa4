// SPDX-License-Identifier: GPL-2.0-only
/* Reads behind an array of its own data. */
#include <linux/module.h>

static volatile int beyond = 10;
static volatile char table[10];

/* A pointer: of an array the compiler knows the bounds, and UBSAN would be first. */
static noinline char global_overrun_read(const volatile char *bytes, int at)
{
	return bytes[at]; /* here */
}

static int __init global_overrun_init(void)
{
	global_overrun_read(table, beyond);
	return 0;
}

static void __exit global_overrun_exit(void)
{
}

module_init(global_overrun_init);
module_exit(global_overrun_exit);
MODULE_DESCRIPTION("broken on purpose");
MODULE_LICENSE("GPL");
