// SPDX-License-Identifier: GPL-2.0-only
/* A kernel thread sleeps on. It never wakes up, so that the code which is gone is not run. */
#include <linux/kthread.h>
#include <linux/module.h>
#include <linux/sched.h>

static int leak_kthread_sleep(void *data)
{
	set_current_state(TASK_IDLE);
	schedule(); /* here */
	return 0;
}

static int __init leak_kthread_init(void)
{
	return PTR_ERR_OR_ZERO(kthread_run(leak_kthread_sleep, NULL, "leak_kthread"));
}

static void __exit leak_kthread_exit(void)
{
}

module_init(leak_kthread_init);
module_exit(leak_kthread_exit);
MODULE_DESCRIPTION("broken on purpose");
MODULE_LICENSE("GPL");
