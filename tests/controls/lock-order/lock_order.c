// SPDX-License-Identifier: GPL-2.0-only
/* Two locks in one order, then in the other: no deadlock, as it is alone, but one to come. */
#include <linux/module.h>
#include <linux/mutex.h>

static DEFINE_MUTEX(first);
static DEFINE_MUTEX(second);

static noinline void lock_order_take(struct mutex *outer, struct mutex *inner)
{
	mutex_lock(outer);
	mutex_lock(inner); /* here */
	mutex_unlock(inner);
	mutex_unlock(outer);
}

static int __init lock_order_init(void)
{
	lock_order_take(&first, &second);
	lock_order_take(&second, &first);
	return 0;
}

static void __exit lock_order_exit(void)
{
}

module_init(lock_order_init);
module_exit(lock_order_exit);
MODULE_DESCRIPTION("broken on purpose");
MODULE_LICENSE("GPL");
