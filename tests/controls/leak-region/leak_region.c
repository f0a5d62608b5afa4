// SPDX-License-Identifier: GPL-2.0-only
/* Regions of memory and of ports stay taken. */
#include <linux/ioport.h>
#include <linux/module.h>
#include <linux/slab.h>

static int __init leak_region_init(void)
{
	char *name = kstrdup("leak_region", GFP_KERNEL);

	if (!name || !request_mem_region(0x7f00000000, 16, name))
		return -EBUSY;
	return request_region(0xe800, 8, name) ? 0 : -EBUSY;
}

static void __exit leak_region_exit(void)
{
}

module_init(leak_region_init);
module_exit(leak_region_exit);
MODULE_DESCRIPTION("broken on purpose");
MODULE_LICENSE("GPL");
