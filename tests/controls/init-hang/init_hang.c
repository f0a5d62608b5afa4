// SPDX-License-Identifier: GPL-2.0-only
/* init never returns: the load meets its time limit. */
#include <linux/completion.h>
#include <linux/module.h>

static DECLARE_COMPLETION(never);

static int __init init_hang_init(void)
{
	wait_for_completion(&never); /* here */
	return 0;
}

static void __exit init_hang_exit(void)
{
}

module_init(init_hang_init);
module_exit(init_hang_exit);
MODULE_DESCRIPTION("broken on purpose");
MODULE_LICENSE("GPL");
