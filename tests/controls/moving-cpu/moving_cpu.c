// SPDX-License-Identifier: GPL-2.0-only
/* It asks which CPU it is on, where it may be moved to another one. */
#include <linux/module.h>
#include <linux/smp.h>

static volatile int cpu;

static int __init moving_cpu_init(void)
{
	cpu = smp_processor_id(); /* here */
	return 0;
}

static void __exit moving_cpu_exit(void)
{
}

module_init(moving_cpu_init);
module_exit(moving_cpu_exit);
MODULE_DESCRIPTION("broken on purpose");
MODULE_LICENSE("GPL");
