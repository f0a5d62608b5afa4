// SPDX-License-Identifier: GPL-2.0-only
/* An interrupt comes again and again, and nobody cares for it. */
#include <linux/interrupt.h>
#include <linux/irq.h>
#include <linux/irq_work.h>
#include <linux/ktime.h>
#include <linux/module.h>

static irqreturn_t unwanted_interrupt_ignore(int irq, void *data)
{
	return IRQ_NONE;
}

static void unwanted_interrupt_raise(struct irq_work *unused)
{
	struct irq_data *data = irq_get_irq_data(5);
	u64 end = ktime_get_mono_fast_ns() + 10ull * NSEC_PER_SEC;

	/* The kernel turns it off then; where it is held up for 0.1 s meanwhile, it counts anew. */
	while (data && !irqd_irq_disabled(data) && ktime_get_mono_fast_ns() < end)
		generic_handle_irq(5); /* here */
}

static DEFINE_IRQ_WORK(work, unwanted_interrupt_raise);

static int __init unwanted_interrupt_init(void)
{
	int error = request_irq(5, unwanted_interrupt_ignore, 0, "ignored", NULL);

	if (error)
		return error;
	irq_work_queue(&work);
	irq_work_sync(&work);
	return 0;
}

static void __exit unwanted_interrupt_exit(void)
{
	free_irq(5, NULL);
}

module_init(unwanted_interrupt_init);
module_exit(unwanted_interrupt_exit);
MODULE_DESCRIPTION("broken on purpose");
MODULE_LICENSE("GPL");
