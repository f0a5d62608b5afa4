// SPDX-License-Identifier: GPL-2.0-only
/* Parameters of several types, and arguments from vexvm.conf. */
#include <linux/module.h>

static int level = 1;
module_param(level, int, 0644);
MODULE_PARM_DESC(level, "0 to 9");

static char *greeting = "none";
module_param(greeting, charp, 0444);
MODULE_PARM_DESC(greeting, "any text");

static int __init parameters_init(void)
{
	if (level < 0 || level > 9)
		return -ERANGE;
	pr_info("level %d, greeting %s\n", level, greeting);
	return 0;
}

static void __exit parameters_exit(void)
{
}

module_init(parameters_init);
module_exit(parameters_exit);
MODULE_DESCRIPTION("has parameters");
MODULE_LICENSE("GPL");
