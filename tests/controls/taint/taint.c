// SPDX-License-Identifier: GPL-2.0-only
/* init taints the kernel and says nothing. */
#include <linux/kernel.h>
#include <linux/module.h>

static int __init taint_init(void)
{
	add_taint(TAINT_BAD_PAGE, LOCKDEP_STILL_OK);
	return 0;
}

static void __exit taint_exit(void)
{
}

module_init(taint_init);
module_exit(taint_exit);
MODULE_DESCRIPTION("broken on purpose");
MODULE_LICENSE("GPL");
