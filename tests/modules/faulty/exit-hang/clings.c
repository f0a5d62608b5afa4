// SPDX-License-Identifier: GPL-2.0-only
/* Loads, but exit never returns, so the unload hangs: exit 7. */
#include <linux/completion.h>
#include <linux/module.h>

static DECLARE_COMPLETION(never);

static int __init clings_init(void)
{
	return 0;
}

static void __exit clings_exit(void)
{
	wait_for_completion(&never);
}

module_init(clings_init);
module_exit(clings_exit);
MODULE_DESCRIPTION("faulty on purpose");
MODULE_LICENSE("GPL");
