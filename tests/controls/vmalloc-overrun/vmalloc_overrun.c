// SPDX-License-Identifier: GPL-2.0-only
/* Writes behind memory from vmalloc(), in its last page. */
#include <linux/module.h>
#include <linux/vmalloc.h>

static char *volatile bytes;

static int __init vmalloc_overrun_init(void)
{
	bytes = vmalloc(100);
	if (!bytes)
		return -ENOMEM;
	bytes[100] = 'x'; /* here */
	vfree(bytes);
	return 0;
}

static void __exit vmalloc_overrun_exit(void)
{
}

module_init(vmalloc_overrun_init);
module_exit(vmalloc_overrun_exit);
MODULE_DESCRIPTION("broken on purpose");
MODULE_LICENSE("GPL");
