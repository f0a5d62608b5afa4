// SPDX-License-Identifier: GPL-2.0-only
/* A slab cache of its own stays. */
#include <linux/module.h>
#include <linux/slab.h>

static struct kmem_cache *cache;

static int __init leak_cache_init(void)
{
	cache = kmem_cache_create("leak_cache", 104, 0, 0, NULL); /* here */
	return cache ? 0 : -ENOMEM;
}

static void __exit leak_cache_exit(void)
{
}

module_init(leak_cache_init);
module_exit(leak_cache_exit);
MODULE_DESCRIPTION("broken on purpose");
MODULE_LICENSE("GPL");
