// SPDX-License-Identifier: GPL-2.0-only
/* init prints its stack and says nothing of a fault. */
#include <linux/module.h>
#include <linux/printk.h>

static int __init stack_dump_init(void)
{
	dump_stack(); /* here */
	return 0;
}

static void __exit stack_dump_exit(void)
{
}

module_init(stack_dump_init);
module_exit(stack_dump_exit);
MODULE_DESCRIPTION("broken on purpose");
MODULE_LICENSE("GPL");
