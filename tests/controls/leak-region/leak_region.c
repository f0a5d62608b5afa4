// SPDX-License-Identifier: GPL-2.0-only
/* Regions of memory and of ports stay taken. */
#include <linux/ioport.h>
#include <linux/module.h>

static int __init leak_region_init(void)
{
	if (!request_mem_region(0x7f00000000, 16, "leak_memory"))
		return -EBUSY;
	return request_region(0xe800, 8, "leak_ports") ? 0 : -EBUSY;
}

static void __exit leak_region_exit(void)
{
}

module_init(leak_region_init);
module_exit(leak_region_exit);
MODULE_DESCRIPTION("broken on purpose");
MODULE_LICENSE("GPL");
