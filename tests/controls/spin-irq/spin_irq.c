// SPDX-License-Identifier: GPL-2.0-only
/*
 * Opening its file in /proc takes a lock twice, with interrupts off: one CPU spins, and whether
 * programs still answer on another one is not told.
 */
#include <linux/module.h>
#include <linux/proc_fs.h>
#include <linux/spinlock.h>

static DEFINE_SPINLOCK(lock);

static int spin_irq_open(struct inode *inode, struct file *file)
{
	spin_lock_irq(&lock);
	spin_lock_irq(&lock); /* here */
	return 0;
}

static const struct proc_ops spin_irq_ops = { .proc_open = spin_irq_open };

static int __init spin_irq_init(void)
{
	return proc_create("spin_irq", 0, NULL, &spin_irq_ops) ? 0 : -ENOMEM;
}

static void __exit spin_irq_exit(void)
{
	remove_proc_entry("spin_irq", NULL);
}

module_init(spin_irq_init);
module_exit(spin_irq_exit);
MODULE_DESCRIPTION("broken on purpose");
MODULE_LICENSE("GPL");
