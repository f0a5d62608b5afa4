// SPDX-License-Identifier: GPL-2.0-only
/* A pointer that RCU guards is followed outside of a read-side critical section. */
#include <linux/module.h>
#include <linux/rcupdate.h>

static int value;
static int __rcu *guarded = (int __force __rcu *)&value;

static int __init rcu_unguarded_init(void)
{
	return *rcu_dereference(guarded); /* here */
}

static void __exit rcu_unguarded_exit(void)
{
}

module_init(rcu_unguarded_init);
module_exit(rcu_unguarded_exit);
MODULE_DESCRIPTION("broken on purpose");
MODULE_LICENSE("GPL");
