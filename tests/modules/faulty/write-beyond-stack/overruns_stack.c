// SPDX-License-Identifier: GPL-2.0-only
/* Writes behind an array on its stack: exit 5, on a kernel with KASAN. */
#include <linux/module.h>

static volatile int beyond = 16;

static noinline char overruns_stack_write(int at)
{
	volatile char bytes[16] = { 0 };

	bytes[at] = 'x';
	return bytes[0];
}

static int __init overruns_stack_init(void)
{
	overruns_stack_write(beyond);
	return 0;
}

static void __exit overruns_stack_exit(void)
{
}

module_init(overruns_stack_init);
module_exit(overruns_stack_exit);
MODULE_DESCRIPTION("faulty on purpose");
MODULE_LICENSE("GPL");
