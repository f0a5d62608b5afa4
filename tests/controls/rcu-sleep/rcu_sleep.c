// SPDX-License-Identifier: GPL-2.0-only
/* init sleeps while it reads under RCU. */
#include <linux/delay.h>
#include <linux/module.h>
#include <linux/rcupdate.h>

static int __init rcu_sleep_init(void)
{
	rcu_read_lock();
	msleep(10); /* here */
	rcu_read_unlock();
	return 0;
}

static void __exit rcu_sleep_exit(void)
{
}

module_init(rcu_sleep_init);
module_exit(rcu_sleep_exit);
MODULE_DESCRIPTION("broken on purpose");
MODULE_LICENSE("GPL");
