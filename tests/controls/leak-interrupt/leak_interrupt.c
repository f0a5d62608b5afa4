// SPDX-License-Identifier: GPL-2.0-only
/* A handler of an interrupt stays. Its code is needed no more: the line is silent. */
#include <linux/interrupt.h>
#include <linux/module.h>
#include <linux/slab.h>

static irqreturn_t leak_interrupt_handle(int irq, void *data)
{
	return IRQ_NONE;
}

static int __init leak_interrupt_init(void)
{
	char *name = kstrdup("leak_interrupt", GFP_KERNEL);

	return name ? request_irq(5, leak_interrupt_handle, 0, name, NULL) : -ENOMEM;
}

static void __exit leak_interrupt_exit(void)
{
}

module_init(leak_interrupt_init);
module_exit(leak_interrupt_exit);
MODULE_DESCRIPTION("broken on purpose");
MODULE_LICENSE("GPL");
