// SPDX-License-Identifier: GPL-2.0-only
/* It holds a reference on itself, so that it cannot be unloaded. */
#include <linux/module.h>

static int __init busy_init(void)
{
	__module_get(THIS_MODULE);
	return 0;
}

static void __exit busy_exit(void)
{
}

module_init(busy_init);
module_exit(busy_exit);
MODULE_DESCRIPTION("broken on purpose");
MODULE_LICENSE("GPL");
