// SPDX-License-Identifier: GPL-2.0-only
/* A folder below /sys/kernel is still there after the unload: exit 6. */
#include <linux/kobject.h>
#include <linux/module.h>

static int __init leaves_object_init(void)
{
	return kobject_create_and_add("leaves_object", kernel_kobj) ? 0 : -ENOMEM;
}

static void __exit leaves_object_exit(void)
{
}

module_init(leaves_object_init);
module_exit(leaves_object_exit);
MODULE_DESCRIPTION("faulty on purpose");
MODULE_LICENSE("GPL");
