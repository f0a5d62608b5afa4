// SPDX-License-Identifier: GPL-2.0-only
/* init never returns: exit 7. */
#include <linux/completion.h>
#include <linux/module.h>

static DECLARE_COMPLETION(never);

static int __init hangs_init(void)
{
	wait_for_completion(&never);
	return 0;
}

static void __exit hangs_exit(void)
{
}

module_init(hangs_init);
module_exit(hangs_exit);
MODULE_DESCRIPTION("faulty on purpose");
MODULE_LICENSE("GPL");
