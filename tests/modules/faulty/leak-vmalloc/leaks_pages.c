// SPDX-License-Identifier: GPL-2.0-only
/* Two pages of vmalloc stay allocated after the unload: exit 6. */
#include <linux/module.h>
#include <linux/vmalloc.h>

static void *volatile lost;

static int __init leaks_pages_init(void)
{
	lost = vmalloc(2 * PAGE_SIZE);
	return lost ? 0 : -ENOMEM;
}

static void __exit leaks_pages_exit(void)
{
}

module_init(leaks_pages_init);
module_exit(leaks_pages_exit);
MODULE_DESCRIPTION("faulty on purpose");
MODULE_LICENSE("GPL");
