// SPDX-License-Identifier: GPL-2.0-only
/* init returns with a lock held. */
#include <linux/module.h>
#include <linux/mutex.h>

static DEFINE_MUTEX(lock);

/* It stays in memory, other than init: the kernel can still name it. */
static noinline void lock_kept_take(void)
{
	mutex_lock(&lock); /* here */
}

static int __init lock_kept_init(void)
{
	lock_kept_take();
	return 0;
}

static void __exit lock_kept_exit(void)
{
}

module_init(lock_kept_init);
module_exit(lock_kept_exit);
MODULE_DESCRIPTION("broken on purpose");
MODULE_LICENSE("GPL");
