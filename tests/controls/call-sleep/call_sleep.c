// SPDX-License-Identifier: GPL-2.0-only
/* Opening its file in /proc sleeps until a signal comes: the suite meets its time limit. */
#include <linux/completion.h>
#include <linux/module.h>
#include <linux/proc_fs.h>

static DECLARE_COMPLETION(never);

static int call_sleep_open(struct inode *inode, struct file *file)
{
	int error = wait_for_completion_interruptible(&never); /* here */

	return error ? -EINTR : 0;
}

static const struct proc_ops call_sleep_ops = { .proc_open = call_sleep_open };

static int __init call_sleep_init(void)
{
	return proc_create("call_sleep", 0, NULL, &call_sleep_ops) ? 0 : -ENOMEM;
}

static void __exit call_sleep_exit(void)
{
	remove_proc_entry("call_sleep", NULL);
}

module_init(call_sleep_init);
module_exit(call_sleep_exit);
MODULE_DESCRIPTION("broken on purpose");
MODULE_LICENSE("GPL");
