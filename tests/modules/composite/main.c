// SPDX-License-Identifier: GPL-2.0-only
/* Several sources, a module named otherwise than its folder; /proc/tally counts. */
#include <linux/module.h>
#include <linux/proc_fs.h>
#include <linux/seq_file.h>

#include "count.h"

static int tally_show(struct seq_file *m, void *v)
{
	seq_printf(m, "%d\n", count_next());
	return 0;
}

static int __init tally_init(void)
{
	return proc_create_single("tally", 0444, NULL, tally_show) ? 0 : -ENOMEM;
}

static void __exit tally_exit(void)
{
	remove_proc_entry("tally", NULL);
}

module_init(tally_init);
module_exit(tally_exit);
MODULE_DESCRIPTION("counts its readers");
MODULE_LICENSE("GPL");
