// SPDX-License-Identifier: GPL-2.0-only
/* init returns a positive number, which the kernel only warns of: exit 4. */
#include <linux/module.h>

static int __init positive_init(void)
{
	return 246;
}

static void __exit positive_exit(void)
{
}

module_init(positive_init);
module_exit(positive_exit);
MODULE_DESCRIPTION("faulty on purpose");
MODULE_LICENSE("GPL");
