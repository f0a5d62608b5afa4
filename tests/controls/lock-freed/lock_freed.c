// SPDX-License-Identifier: GPL-2.0-only
/* Memory is freed with a lock in it that is held. */
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/slab.h>

static struct mutex *volatile lock;

static int __init lock_freed_init(void)
{
	lock = kmalloc(sizeof(*lock), GFP_KERNEL);
	if (!lock)
		return -ENOMEM;
	mutex_init(lock);
	mutex_lock(lock);
	kfree(lock); /* here */
	return 0;
}

static void __exit lock_freed_exit(void)
{
}

module_init(lock_freed_init);
module_exit(lock_freed_exit);
MODULE_DESCRIPTION("broken on purpose");
MODULE_LICENSE("GPL");
