// SPDX-License-Identifier: GPL-2.0-only
/* A name in each of the kernel's trees stays. */
#include <linux/debugfs.h>
#include <linux/kobject.h>
#include <linux/module.h>
#include <linux/proc_fs.h>

static int __init leak_names_init(void)
{
	debugfs_create_dir("leak_names", NULL);
	if (!kobject_create_and_add("leak_names", kernel_kobj)) /* here: sysfs */
		return -ENOMEM;
	if (!proc_mkdir("leak_names", NULL)) /* here: proc */
		return -ENOMEM;
	return 0;
}

static void __exit leak_names_exit(void)
{
}

module_init(leak_names_init);
module_exit(leak_names_exit);
MODULE_DESCRIPTION("broken on purpose");
MODULE_LICENSE("GPL");
