// SPDX-License-Identifier: GPL-2.0-only
/* init writes to memory that it has freed: its poison is gone, as the next one who gets it finds. */
#include <linux/module.h>
#include <linux/slab.h>

static char *volatile bytes, *kept[256];

static noinline void write_after_free_spoil(void)
{
	bytes = kmalloc(64, GFP_KERNEL);
	kfree(bytes); /* here */
	if (bytes)
		bytes[40] = 'x'; /* here: kasan */
}

static int __init write_after_free_init(void)
{
	int i;

	write_after_free_spoil();
	for (i = 0; i < ARRAY_SIZE(kept); i++)
		kept[i] = kmalloc(64, GFP_KERNEL);
	return 0;
}

static void __exit write_after_free_exit(void)
{
	int i;

	for (i = 0; i < ARRAY_SIZE(kept); i++)
		kfree(kept[i]);
}

module_init(write_after_free_init);
module_exit(write_after_free_exit);
MODULE_DESCRIPTION("broken on purpose");
MODULE_LICENSE("GPL");
