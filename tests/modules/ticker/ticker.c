// SPDX-License-Identifier: GPL-2.0-only
/* A kernel thread and a timer, both ended at unload. */
#include <linux/kthread.h>
#include <linux/module.h>
#include <linux/sched.h>
#include <linux/timer.h>

#include "timer_compat.h"

static struct task_struct *thread;
static struct timer_list timer;
static unsigned long ticks;

static void tick(struct timer_list *t)
{
	ticks++;
	mod_timer(t, jiffies + HZ / 10);
}

static int run(void *data)
{
	while (!kthread_should_stop())
		schedule_timeout_interruptible(HZ / 10);
	return 0;
}

static int __init ticker_init(void)
{
	thread = kthread_run(run, NULL, "ticker");
	if (IS_ERR(thread))
		return PTR_ERR(thread);
	timer_setup(&timer, tick, 0);
	mod_timer(&timer, jiffies + HZ / 10);
	return 0;
}

static void __exit ticker_exit(void)
{
	timer_shutdown_compat(&timer);
	kthread_stop(thread);
	pr_info("%lu ticks\n", ticks);
}

module_init(ticker_init);
module_exit(ticker_exit);
MODULE_DESCRIPTION("has a thread and a timer");
MODULE_LICENSE("GPL");
