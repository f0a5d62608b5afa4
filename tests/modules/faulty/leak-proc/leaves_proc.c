// SPDX-License-Identifier: GPL-2.0-only
/* A folder in /proc is still there after the unload: exit 6. */
#include <linux/module.h>
#include <linux/proc_fs.h>

static int __init leaves_proc_init(void)
{
	return proc_mkdir("leaves_proc", NULL) ? 0 : -ENOMEM;
}

static void __exit leaves_proc_exit(void)
{
}

module_init(leaves_proc_init);
module_exit(leaves_proc_exit);
MODULE_DESCRIPTION("faulty on purpose");
MODULE_LICENSE("GPL");
