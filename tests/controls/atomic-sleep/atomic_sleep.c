// SPDX-License-Identifier: GPL-2.0-only
/* init sleeps where it must not. */
#include <linux/delay.h>
#include <linux/module.h>
#include <linux/preempt.h>

static int __init atomic_sleep_init(void)
{
	preempt_disable();
	msleep(10); /* here */
	preempt_enable();
	return 0;
}

static void __exit atomic_sleep_exit(void)
{
}

module_init(atomic_sleep_init);
module_exit(atomic_sleep_exit);
MODULE_DESCRIPTION("broken on purpose");
MODULE_LICENSE("GPL");
