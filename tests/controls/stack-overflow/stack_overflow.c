// SPDX-License-Identifier: GPL-2.0-only
/*
 * A function calls itself until the stack is full: its guard page is hit. What of the function
 * does it depends on the compiler: all of it is in one line.
 */
#include <linux/module.h>

static volatile int end;

#define DEEPER(depth) \
	{ \
		volatile char room[512] = { 0 }; \
		return depth == end ? 0 : stack_overflow_deeper(depth + 1) + room[0]; \
	}

static noinline int stack_overflow_deeper(int depth) DEEPER(depth) /* here */

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
