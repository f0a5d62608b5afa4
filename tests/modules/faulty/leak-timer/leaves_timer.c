// SPDX-License-Identifier: GPL-2.0-only
/* A timer is still running after the unload, for an hour: exit 6. */
#include <linux/module.h>
#include <linux/timer.h>

static void leaves_timer_fire(struct timer_list *timer)
{
}

static DEFINE_TIMER(timer, leaves_timer_fire);

static int __init leaves_timer_init(void)
{
	mod_timer(&timer, jiffies + 3600 * HZ);
	return 0;
}

static void __exit leaves_timer_exit(void)
{
}

module_init(leaves_timer_init);
module_exit(leaves_timer_exit);
MODULE_DESCRIPTION("faulty on purpose");
MODULE_LICENSE("GPL");
