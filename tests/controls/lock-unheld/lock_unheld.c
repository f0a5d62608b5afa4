// SPDX-License-Identifier: GPL-2.0-only
/* A lock is given back that nobody holds. */
#include <linux/module.h>
#include <linux/mutex.h>

static DEFINE_MUTEX(lock);

static int __init lock_unheld_init(void)
{
	mutex_unlock(&lock); /* here */
	return 0;
}

static void __exit lock_unheld_exit(void)
{
}

module_init(lock_unheld_init);
module_exit(lock_unheld_exit);
MODULE_DESCRIPTION("broken on purpose");
MODULE_LICENSE("GPL");
