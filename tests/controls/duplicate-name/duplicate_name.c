// SPDX-License-Identifier: GPL-2.0-only
/* A second folder in /sys has the name of the first. */
#include <linux/kobject.h>
#include <linux/module.h>

static struct kobject *first, *second;

static int __init duplicate_name_init(void)
{
	first = kobject_create_and_add("twice_on_purpose", kernel_kobj);
	second = kobject_create_and_add("twice_on_purpose", kernel_kobj); /* here */
	return 0;
}

static void __exit duplicate_name_exit(void)
{
	kobject_put(second);
	kobject_put(first);
}

module_init(duplicate_name_init);
module_exit(duplicate_name_exit);
MODULE_DESCRIPTION("broken on purpose");
MODULE_LICENSE("GPL");
