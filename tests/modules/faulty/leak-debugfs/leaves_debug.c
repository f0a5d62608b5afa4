// SPDX-License-Identifier: GPL-2.0-only
/* A folder in debugfs is still there after the unload: exit 6. */
#include <linux/debugfs.h>
#include <linux/module.h>

static int __init leaves_debug_init(void)
{
	debugfs_create_dir("leaves_debug", NULL);
	return 0;
}

static void __exit leaves_debug_exit(void)
{
}

module_init(leaves_debug_init);
module_exit(leaves_debug_exit);
MODULE_DESCRIPTION("faulty on purpose");
MODULE_LICENSE("GPL");
