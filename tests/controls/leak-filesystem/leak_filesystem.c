// SPDX-License-Identifier: GPL-2.0-only
/* A type of filesystems stays registered. */
#include <linux/fs.h>
#include <linux/module.h>
#include <linux/slab.h>

static int __init leak_filesystem_init(void)
{
	struct file_system_type *type = kzalloc(sizeof(*type), GFP_KERNEL);

	if (!type)
		return -ENOMEM;
	type->name = kstrdup("leak_filesystem", GFP_KERNEL);
	return register_filesystem(type);
}

static void __exit leak_filesystem_exit(void)
{
}

module_init(leak_filesystem_init);
module_exit(leak_filesystem_exit);
MODULE_DESCRIPTION("broken on purpose");
MODULE_LICENSE("GPL");
