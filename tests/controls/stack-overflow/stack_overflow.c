// SPDX-License-Identifier: GPL-2.0-only
/*
 * A function calls itself until the stack is full: its guard page is hit. In which line depends
 * on what the compiler does first in it.
 */
#include <linux/module.h>

static volatile int end;

static noinline int stack_overflow_deeper(int depth)
{
	volatile char room[512] = { 0 };

	if (depth == end)
		return 0;
	return stack_overflow_deeper(depth + 1) + room[0];
}

static int __init stack_overflow_init(void)
{
	return stack_overflow_deeper(1);
}

static void __exit stack_overflow_exit(void)
{
}

module_init(stack_overflow_init);
module_exit(stack_overflow_exit);
MODULE_DESCRIPTION("broken on purpose");
MODULE_LICENSE("GPL");
