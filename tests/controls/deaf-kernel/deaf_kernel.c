// SPDX-License-Identifier: GPL-2.0-only
/* Opening its file in /proc takes all CPUs with their interrupts off: nobody answers. */
#include <linux/module.h>
#include <linux/proc_fs.h>
#include <linux/smp.h>

static void deaf_kernel_spin(void *data)
{
	local_irq_disable();
	for (;;)
		cpu_relax();
}

static int deaf_kernel_open(struct inode *inode, struct file *file)
{
	on_each_cpu(deaf_kernel_spin, NULL, true);
	return 0;
}

static const struct proc_ops deaf_kernel_ops = { .proc_open = deaf_kernel_open };

static int __init deaf_kernel_init(void)
{
	return proc_create("deaf_kernel", 0, NULL, &deaf_kernel_ops) ? 0 : -ENOMEM;
}

static void __exit deaf_kernel_exit(void)
{
	remove_proc_entry("deaf_kernel", NULL);
}

module_init(deaf_kernel_init);
module_exit(deaf_kernel_exit);
MODULE_DESCRIPTION("broken on purpose");
MODULE_LICENSE("GPL");
