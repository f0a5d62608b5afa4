// SPDX-License-Identifier: GPL-2.0-only
/* A lock is taken while one of its class is held, which nobody has said to be right. */
#include <linux/module.h>
#include <linux/mutex.h>

static struct mutex locks[2];

static int __init lock_nested_init(void)
{
	int i;

	for (i = 0; i < ARRAY_SIZE(locks); i++)
		mutex_init(&locks[i]);
	mutex_lock(&locks[0]);
	mutex_lock(&locks[1]); /* here */
	mutex_unlock(&locks[1]);
	mutex_unlock(&locks[0]);
	return 0;
}

static void __exit lock_nested_exit(void)
{
}

module_init(lock_nested_init);
module_exit(lock_nested_exit);
MODULE_DESCRIPTION("broken on purpose");
MODULE_LICENSE("GPL");
