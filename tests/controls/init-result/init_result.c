// SPDX-License-Identifier: GPL-2.0-only
/* init returns a positive number, which the kernel only warns of. */
#include <linux/module.h>

static int __init init_result_init(void)
{
	return 246;
}

static void __exit init_result_exit(void)
{
}

module_init(init_result_init);
module_exit(init_result_exit);
MODULE_DESCRIPTION("broken on purpose");
MODULE_LICENSE("GPL");
