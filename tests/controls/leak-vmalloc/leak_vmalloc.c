// SPDX-License-Identifier: GPL-2.0-only
/* Two pages of vmalloc stay allocated. */
#include <linux/module.h>
#include <linux/vmalloc.h>

static void *volatile lost;

static int __init leak_vmalloc_init(void)
{
	lost = vmalloc(2 * PAGE_SIZE); /* here */
	return lost ? 0 : -ENOMEM;
}

static void __exit leak_vmalloc_exit(void)
{
}

module_init(leak_vmalloc_init);
module_exit(leak_vmalloc_exit);
MODULE_DESCRIPTION("broken on purpose");
MODULE_LICENSE("GPL");
