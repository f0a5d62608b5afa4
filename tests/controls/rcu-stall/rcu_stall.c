// SPDX-License-Identifier: GPL-2.0-only
/* Opening its file in /proc keeps RCU waiting: a stall, found by the kernel. */
#include <linux/module.h>
#include <linux/proc_fs.h>
#include <linux/rcupdate.h>

static bool forever = true;

static int rcu_stall_open(struct inode *inode, struct file *file)
{
	rcu_read_lock();
	while (READ_ONCE(forever)) /* here */
		;
	rcu_read_unlock();
	return 0;
}

static const struct proc_ops rcu_stall_ops = { .proc_open = rcu_stall_open };

static int __init rcu_stall_init(void)
{
	return proc_create("rcu_stall", 0, NULL, &rcu_stall_ops) ? 0 : -ENOMEM;
}

static void __exit rcu_stall_exit(void)
{
	remove_proc_entry("rcu_stall", NULL);
}

module_init(rcu_stall_init);
module_exit(rcu_stall_exit);
MODULE_DESCRIPTION("broken on purpose");
MODULE_LICENSE("GPL");
