// SPDX-License-Identifier: GPL-2.0-only
/* Opening its file in /proc keeps a CPU for itself: a soft lockup, found by the kernel. */
#include <linux/delay.h>
#include <linux/module.h>
#include <linux/proc_fs.h>

static bool forever = true;

static int soft_lockup_open(struct inode *inode, struct file *file)
{
	preempt_disable();
	while (READ_ONCE(forever)) /* here */
		;
	preempt_enable();
	return 0;
}

static const struct proc_ops soft_lockup_ops = { .proc_open = soft_lockup_open };

static int __init soft_lockup_init(void)
{
	return proc_create("soft_lockup", 0, NULL, &soft_lockup_ops) ? 0 : -ENOMEM;
}

static void __exit soft_lockup_exit(void)
{
	remove_proc_entry("soft_lockup", NULL);
}

module_init(soft_lockup_init);
module_exit(soft_lockup_exit);
MODULE_DESCRIPTION("broken on purpose");
MODULE_LICENSE("GPL");
