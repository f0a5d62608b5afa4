// SPDX-License-Identifier: GPL-2.0-only
/* A timer is to fire in an hour. */
#include <linux/module.h>
#include <linux/timer.h>

static void leak_timer_fire(struct timer_list *unused) { } /* here: odebug */

static DEFINE_TIMER(leak_timer, leak_timer_fire); /* here */

static int __init leak_timer_init(void)
{
	mod_timer(&leak_timer, jiffies + 3600 * HZ);
	return 0;
}

static void __exit leak_timer_exit(void)
{
}

module_init(leak_timer_init);
module_exit(leak_timer_exit);
MODULE_DESCRIPTION("broken on purpose");
MODULE_LICENSE("GPL");
