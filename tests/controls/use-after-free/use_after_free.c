// SPDX-License-Identifier: GPL-2.0-only
/* init follows a pointer that it reads from freed memory, where the kernel has left 6b. */
#include <linux/module.h>
#include <linux/slab.h>

struct node {
	int *value;
};

static struct node *volatile freed;

static int __init use_after_free_init(void)
{
	freed = kmalloc(sizeof(*freed), GFP_KERNEL);
	if (!freed)
		return -ENOMEM;
	kfree(freed);
	*freed->value = 1; /* here */
	return 0;
}

static void __exit use_after_free_exit(void)
{
}

module_init(use_after_free_init);
module_exit(use_after_free_exit);
MODULE_DESCRIPTION("broken on purpose");
MODULE_LICENSE("GPL");
