// SPDX-License-Identifier: GPL-2.0-only
/* A lock that an interrupt takes is held with interrupts on. */
#include <linux/irq_work.h>
#include <linux/module.h>
#include <linux/spinlock.h>

static DEFINE_SPINLOCK(lock);

static void lock_context_interrupt(struct irq_work *work)
{
	spin_lock(&lock);
	spin_unlock(&lock);
}

static DEFINE_IRQ_WORK(work, lock_context_interrupt);

static int __init lock_context_init(void)
{
	irq_work_queue(&work);
	irq_work_sync(&work);
	spin_lock(&lock); /* here */
	spin_unlock(&lock);
	return 0;
}

static void __exit lock_context_exit(void)
{
}

module_init(lock_context_init);
module_exit(lock_context_exit);
MODULE_DESCRIPTION("broken on purpose");
MODULE_LICENSE("GPL");
