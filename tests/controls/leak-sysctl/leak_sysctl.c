// SPDX-License-Identifier: GPL-2.0-only
/* A folder below /proc/sys stays. */
#include <linux/module.h>
#include <linux/slab.h>
#include <linux/sysctl.h>

static struct ctl_table_header *header;

static int __init leak_sysctl_init(void)
{
	struct ctl_table *table = kcalloc(2, sizeof(*table), GFP_KERNEL);

	if (!table)
		return -ENOMEM;
	table->procname = kstrdup("leak_sysctl", GFP_KERNEL);
	table->mode = 0444;
	table->data = &table->maxlen;
	table->maxlen = sizeof(int);
	table->proc_handler = proc_dointvec;
	header = register_sysctl("kernel", table); /* here */
	return header ? 0 : -ENOMEM;
}

static void __exit leak_sysctl_exit(void)
{
}

module_init(leak_sysctl_init);
module_exit(leak_sysctl_exit);
MODULE_DESCRIPTION("broken on purpose");
MODULE_LICENSE("GPL");
