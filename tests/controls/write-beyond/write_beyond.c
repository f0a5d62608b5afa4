// SPDX-License-Identifier: GPL-2.0-only
/* init writes a byte behind its memory: the red zone is broken, which shows when it is freed. */
#include <linux/module.h>
#include <linux/slab.h>

static char *volatile bytes;

static int __init write_beyond_init(void)
{
	bytes = kmalloc(64, GFP_KERNEL);
	if (!bytes)
		return -ENOMEM;
	bytes[64] = 'x'; /* here: kasan */
	return 0;
}

static void __exit write_beyond_exit(void)
{
	kfree(bytes); /* here */
	pr_info("gone\n");
}

module_init(write_beyond_init);
module_exit(write_beyond_exit);
MODULE_DESCRIPTION("broken on purpose");
MODULE_LICENSE("GPL");
