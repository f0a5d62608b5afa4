// SPDX-License-Identifier: GPL-2.0-only
/* What may sleep is called with a spinlock held; this time nobody else has the mutex. */
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/spinlock.h>

static DEFINE_SPINLOCK(spin);
static DEFINE_MUTEX(sleeping);

static int __init spin_sleep_init(void)
{
	spin_lock(&spin);
	mutex_lock(&sleeping); /* here */
	mutex_unlock(&sleeping);
	spin_unlock(&spin);
	return 0;
}

static void __exit spin_sleep_exit(void)
{
}

module_init(spin_sleep_init);
module_exit(spin_sleep_exit);
MODULE_DESCRIPTION("broken on purpose");
MODULE_LICENSE("GPL");
