// SPDX-License-Identifier: GPL-2.0-only
/* init asks for more memory than the machine has. */
#include <linux/module.h>
#include <linux/vmalloc.h>

static void *volatile bytes;

static int __init no_memory_init(void)
{
	bytes = vmalloc(1UL << 45); /* here */
	return 0;
}

static void __exit no_memory_exit(void)
{
	vfree(bytes);
}

module_init(no_memory_init);
module_exit(no_memory_exit);
MODULE_DESCRIPTION("broken on purpose");
MODULE_LICENSE("GPL");
