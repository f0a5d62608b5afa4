// SPDX-License-Identifier: GPL-2.0-only
/* Takes the whole machine down: exit 5. */
#include <linux/module.h>
#include <linux/panic.h>

static int __init panics_init(void)
{
	panic("panics on purpose");
	return 0;
}

static void __exit panics_exit(void)
{
}

module_init(panics_init);
module_exit(panics_exit);
MODULE_DESCRIPTION("faulty on purpose");
MODULE_LICENSE("GPL");
