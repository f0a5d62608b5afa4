// SPDX-License-Identifier: GPL-2.0-only
/* Opening its file in /proc waits for ever: a hung task, found by the kernel. */
#include <linux/completion.h>
#include <linux/module.h>
#include <linux/proc_fs.h>

static DECLARE_COMPLETION(never);

static int hung_task_open(struct inode *inode, struct file *file)
{
	wait_for_completion(&never); /* here */
	return 0;
}

static const struct proc_ops hung_task_ops = { .proc_open = hung_task_open };

static int __init hung_task_init(void)
{
	return proc_create("hung_task", 0, NULL, &hung_task_ops) ? 0 : -ENOMEM;
}

static void __exit hung_task_exit(void)
{
	remove_proc_entry("hung_task", NULL);
}

module_init(hung_task_init);
module_exit(hung_task_exit);
MODULE_DESCRIPTION("broken on purpose");
MODULE_LICENSE("GPL");
