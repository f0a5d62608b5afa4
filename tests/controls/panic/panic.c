// SPDX-License-Identifier: GPL-2.0-only
/* init takes the whole machine down. */
#include <linux/module.h>
#include <linux/panic.h>

static int __init panic_init(void)
{
	panic("panics on purpose"); /* here */
	return 0;
}

static void __exit panic_exit(void)
{
}

module_init(panic_init);
module_exit(panic_exit);
MODULE_DESCRIPTION("broken on purpose");
MODULE_LICENSE("GPL");
