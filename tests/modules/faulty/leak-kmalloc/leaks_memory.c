// SPDX-License-Identifier: GPL-2.0-only
/* Three objects of 64 bytes stay allocated after the unload: exit 6. */
#include <linux/module.h>
#include <linux/slab.h>

static void *volatile lost;

static noinline int leaks_memory_take(void)
{
	for (int i = 0; i < 3; i++) {
		lost = kmalloc(64, GFP_KERNEL);
		if (!lost)
			return -ENOMEM;
	}
	return 0;
}

static int __init leaks_memory_init(void)
{
	return leaks_memory_take();
}

static void __exit leaks_memory_exit(void)
{
}

module_init(leaks_memory_init);
module_exit(leaks_memory_exit);
MODULE_DESCRIPTION("faulty on purpose");
MODULE_LICENSE("GPL");
