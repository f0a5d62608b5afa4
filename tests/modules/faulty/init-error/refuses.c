// SPDX-License-Identifier: GPL-2.0-only
/* init fails: exit 4. */
#include <linux/module.h>

static int __init refuses_init(void)
{
	pr_err("refuses: no such hardware\n");
	return -ENODEV;
}

static void __exit refuses_exit(void)
{
}

module_init(refuses_init);
module_exit(refuses_exit);
MODULE_DESCRIPTION("faulty on purpose");
MODULE_LICENSE("GPL");
