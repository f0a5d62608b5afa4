// SPDX-License-Identifier: GPL-2.0-only
/* A reference is dropped that nobody has. */
#include <linux/module.h>
#include <linux/refcount.h>

static refcount_t count = REFCOUNT_INIT(0);

static int __init refcount_init(void)
{
	if (refcount_dec_and_test(&count)) /* here */
		pr_info("gone\n");
	return 0;
}

static void __exit refcount_exit(void)
{
}

module_init(refcount_init);
module_exit(refcount_exit);
MODULE_DESCRIPTION("broken on purpose");
MODULE_LICENSE("GPL");
