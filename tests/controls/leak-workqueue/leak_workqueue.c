// SPDX-License-Identifier: GPL-2.0-only
/* A workqueue stays. */
#include <linux/module.h>
#include <linux/workqueue.h>

static struct workqueue_struct *queue;

static int __init leak_workqueue_init(void)
{
	queue = alloc_workqueue("leak_workqueue", 0, 0); /* here */
	return queue ? 0 : -ENOMEM;
}

static void __exit leak_workqueue_exit(void)
{
}

module_init(leak_workqueue_init);
module_exit(leak_workqueue_exit);
MODULE_DESCRIPTION("broken on purpose");
MODULE_LICENSE("GPL");
