// SPDX-License-Identifier: GPL-2.0-only
/* It says of itself that it is built for another kernel. */
#include <linux/module.h>

static int __init other_kernel_init(void)
{
	return 0;
}

static void __exit other_kernel_exit(void)
{
}

module_init(other_kernel_init);
module_exit(other_kernel_exit);
MODULE_INFO(vermagic, "0.0.0-other SMP mod_unload");
MODULE_DESCRIPTION("broken on purpose");
MODULE_LICENSE("GPL");
