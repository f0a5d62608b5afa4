// SPDX-License-Identifier: GPL-2.0-only
/* A device goes that nobody can free. */
#include <linux/device.h>
#include <linux/module.h>

static struct device device = { .init_name = "without_release" };

static int __init no_release_init(void)
{
	return device_register(&device);
}

static void __exit no_release_exit(void)
{
	device_unregister(&device); /* here */
	pr_info("gone\n");
}

module_init(no_release_init);
module_exit(no_release_exit);
MODULE_DESCRIPTION("broken on purpose");
MODULE_LICENSE("GPL");
