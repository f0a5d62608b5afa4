// SPDX-License-Identifier: GPL-2.0-only
/* Work is to be done in an hour. */
#include <linux/module.h>
#include <linux/workqueue.h>

static void leak_work_do(struct work_struct *unused) { } /* here: odebug */

static DECLARE_DELAYED_WORK(leak_work, leak_work_do); /* here */

static int __init leak_work_init(void)
{
	schedule_delayed_work(&leak_work, 3600 * HZ);
	return 0;
}

static void __exit leak_work_exit(void)
{
}

module_init(leak_work_init);
module_exit(leak_work_exit);
MODULE_DESCRIPTION("broken on purpose");
MODULE_LICENSE("GPL");
