// SPDX-License-Identifier: GPL-2.0-only
/* Memory is lost that comes from no slab: only kmemleak sees it. */
#include <linux/module.h>
#include <linux/slab.h>

static noinline int leak_memory_take(void)
{
	void *volatile lost = kmalloc(8 * PAGE_SIZE, GFP_KERNEL); /* here */

	return lost ? 0 : -ENOMEM;
}

static int __init leak_memory_init(void)
{
	return leak_memory_take();
}

static void __exit leak_memory_exit(void)
{
}

module_init(leak_memory_init);
module_exit(leak_memory_exit);
MODULE_DESCRIPTION("broken on purpose");
MODULE_LICENSE("GPL");
