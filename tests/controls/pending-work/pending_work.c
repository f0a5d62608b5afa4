// SPDX-License-Identifier: GPL-2.0-only
/* Work is set up anew while it waits to be done. */
#include <linux/module.h>
#include <linux/workqueue.h>

static struct delayed_work work;

static void pending_work_do(struct work_struct *unused)
{
}

static int __init pending_work_init(void)
{
	INIT_DELAYED_WORK(&work, pending_work_do);
	schedule_delayed_work(&work, 3600 * HZ);
	INIT_DELAYED_WORK(&work, pending_work_do); /* here */
	return 0;
}

static void __exit pending_work_exit(void)
{
	cancel_delayed_work_sync(&work);
}

module_init(pending_work_init);
module_exit(pending_work_exit);
MODULE_DESCRIPTION("broken on purpose");
MODULE_LICENSE("GPL");
