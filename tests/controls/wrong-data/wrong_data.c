// SPDX-License-Identifier: GPL-2.0-only
/* What is read from its file in /proc is not what was promised, of which the kernel says nothing. */
#include <linux/module.h>
#include <linux/proc_fs.h>
#include <linux/seq_file.h>

static int wrong_data_show(struct seq_file *file, void *data)
{
	seq_puts(file, "41\n");
	return 0;
}

static int __init wrong_data_init(void)
{
	return proc_create_single("wrong_data", 0, NULL, wrong_data_show) ? 0 : -ENOMEM;
}

static void __exit wrong_data_exit(void)
{
	remove_proc_entry("wrong_data", NULL);
}

module_init(wrong_data_init);
module_exit(wrong_data_exit);
MODULE_DESCRIPTION("broken on purpose");
MODULE_LICENSE("GPL");
