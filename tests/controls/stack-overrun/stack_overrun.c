// SPDX-License-Identifier: GPL-2.0-only
/* Writes behind an array on its stack. */
#include <linux/module.h>

static volatile int beyond = 16;

/* A pointer: of an array the compiler knows the bounds, and UBSAN would be first. */
static noinline void stack_overrun_write(volatile char *bytes, int at)
{
	bytes[at] = 'x'; /* here */
}

static int __init stack_overrun_init(void)
{
	volatile char bytes[16] = { 0 };

	stack_overrun_write(bytes, beyond);
	return 0;
}

static void __exit stack_overrun_exit(void)
{
}

module_init(stack_overrun_init);
module_exit(stack_overrun_exit);
MODULE_DESCRIPTION("broken on purpose");
MODULE_LICENSE("GPL");
