// SPDX-License-Identifier: GPL-2.0-only
/* A timer's memory is freed while it is to fire. */
#include <linux/module.h>
#include <linux/slab.h>
#include <linux/timer.h>

static struct timer_list *volatile timer;

static void freed_timer_fire(struct timer_list *unused)
{
}

static int __init freed_timer_init(void)
{
	timer = kmalloc(sizeof(*timer), GFP_KERNEL);
	if (!timer)
		return -ENOMEM;
	timer_setup(timer, freed_timer_fire, 0);
	mod_timer(timer, jiffies + 3600 * HZ);
	kfree(timer); /* here */
	return 0;
}

static void __exit freed_timer_exit(void)
{
}

module_init(freed_timer_init);
module_exit(freed_timer_exit);
MODULE_DESCRIPTION("broken on purpose");
MODULE_LICENSE("GPL");
