// SPDX-License-Identifier: GPL-2.0-only
/* Opening its file in /proc waits for ever: the suite meets its time limit. */
#include <linux/completion.h>
#include <linux/module.h>
#include <linux/proc_fs.h>

static DECLARE_COMPLETION(never);

static int call_hang_open(struct inode *inode, struct file *file)
{
	wait_for_completion(&never); /* here */
	return 0;
}

static const struct proc_ops call_hang_ops = { .proc_open = call_hang_open };

static int __init call_hang_init(void)
{
	return proc_create("call_hang", 0, NULL, &call_hang_ops) ? 0 : -ENOMEM;
}

static void __exit call_hang_exit(void)
{
	remove_proc_entry("call_hang", NULL);
}

module_init(call_hang_init);
module_exit(call_hang_exit);
MODULE_DESCRIPTION("broken on purpose");
MODULE_LICENSE("GPL");
