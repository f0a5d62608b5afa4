// SPDX-License-Identifier: GPL-2.0-only
/* Work sleeps while its module goes, and returns into code that is not there any more. */
#include <linux/delay.h>
#include <linux/module.h>
#include <linux/workqueue.h>

static DECLARE_COMPLETION(late_work_begun);

static void late_work_run(struct work_struct *unused)
{
	complete(&late_work_begun);
	msleep(1000);
	pr_info("still here\n"); /* here */
}

static DECLARE_WORK(late_work, late_work_run);

static int __init late_work_init(void)
{
	return 0;
}

static void __exit late_work_exit(void)
{
	schedule_work(&late_work);
	wait_for_completion(&late_work_begun);
}

module_init(late_work_init);
module_exit(late_work_exit);
MODULE_DESCRIPTION("broken on purpose");
MODULE_LICENSE("GPL");
