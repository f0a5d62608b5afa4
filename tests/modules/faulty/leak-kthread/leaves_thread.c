// SPDX-License-Identifier: GPL-2.0-only
/* A kernel thread sleeps on after the unload: exit 6. */
#include <linux/kthread.h>
#include <linux/module.h>
#include <linux/sched.h>

static int leaves_thread_sleep(void *data)
{
	/* It never wakes up, so that the code which is gone is not run. */
	set_current_state(TASK_IDLE);
	schedule();
	return 0;
}

static int __init leaves_thread_init(void)
{
	return PTR_ERR_OR_ZERO(kthread_run(leaves_thread_sleep, NULL, "leaves_thread"));
}

static void __exit leaves_thread_exit(void)
{
}

module_init(leaves_thread_init);
module_exit(leaves_thread_exit);
MODULE_DESCRIPTION("faulty on purpose");
MODULE_LICENSE("GPL");
