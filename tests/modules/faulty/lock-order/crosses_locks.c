// SPDX-License-Identifier: GPL-2.0-only
/*
 * Takes two locks in one order, then in the other: no deadlock, as it is alone, but
 * one to come. Exit 5, on a kernel with lockdep.
 */
#include <linux/module.h>
#include <linux/mutex.h>

static DEFINE_MUTEX(first);
static DEFINE_MUTEX(second);

static noinline void crosses_locks_take(struct mutex *outer, struct mutex *inner)
{
	mutex_lock(outer);
	mutex_lock(inner);
	mutex_unlock(inner);
	mutex_unlock(outer);
}

static int __init crosses_locks_init(void)
{
	crosses_locks_take(&first, &second);
	crosses_locks_take(&second, &first);
	return 0;
}

static void __exit crosses_locks_exit(void)
{
}

module_init(crosses_locks_init);
module_exit(crosses_locks_exit);
MODULE_DESCRIPTION("faulty on purpose");
MODULE_LICENSE("GPL");
