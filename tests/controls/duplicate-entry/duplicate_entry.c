// SPDX-License-Identifier: GPL-2.0-only
/* A second entry in /proc has the name of the first. */
#include <linux/module.h>
#include <linux/proc_fs.h>

static int __init duplicate_entry_init(void)
{
	proc_mkdir("twice_on_purpose", NULL);
	proc_mkdir("twice_on_purpose", NULL); /* here */
	return 0;
}

static void __exit duplicate_entry_exit(void)
{
	remove_proc_entry("twice_on_purpose", NULL);
}

module_init(duplicate_entry_init);
module_exit(duplicate_entry_exit);
MODULE_DESCRIPTION("broken on purpose");
MODULE_LICENSE("GPL");
