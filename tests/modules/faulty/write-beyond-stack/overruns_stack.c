// SPDX-License-Identifier: GPL-2.0-only
/* Writes behind an array on its stack: exit 5, on a kernel with KASAN. */
#include <linux/module.h>

static volatile int beyond = 16;

/* A pointer: of an array the compiler knows the bounds, and UBSAN would be first. */
static noinline void overruns_stack_write(volatile char *bytes, int at)
{
	bytes[at] = 'x';
}

static int __init overruns_stack_init(void)
{
	volatile char bytes[16] = { 0 };

	overruns_stack_write(bytes, beyond);
	return 0;
}

static void __exit overruns_stack_exit(void)
{
}

module_init(overruns_stack_init);
module_exit(overruns_stack_exit);
MODULE_DESCRIPTION("faulty on purpose");
MODULE_LICENSE("GPL");
