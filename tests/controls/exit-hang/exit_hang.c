// SPDX-License-Identifier: GPL-2.0-only
/* exit never returns: the unload meets its time limit. */
#include <linux/completion.h>
#include <linux/module.h>

static DECLARE_COMPLETION(never);

static int __init exit_hang_init(void)
{
	return 0;
}

static void __exit exit_hang_exit(void)
{
	wait_for_completion(&never); /* here */
	pr_info("gone\n");
}

module_init(exit_hang_init);
module_exit(exit_hang_exit);
MODULE_DESCRIPTION("broken on purpose");
MODULE_LICENSE("GPL");
