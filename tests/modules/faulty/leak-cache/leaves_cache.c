// SPDX-License-Identifier: GPL-2.0-only
/* A slab cache of its own is still there after the unload: exit 6. */
#include <linux/module.h>
#include <linux/slab.h>

static struct kmem_cache *cache;

static int __init leaves_cache_init(void)
{
	cache = kmem_cache_create("leaves_cache", 104, 0, 0, NULL);
	return cache ? 0 : -ENOMEM;
}

static void __exit leaves_cache_exit(void)
{
}

module_init(leaves_cache_init);
module_exit(leaves_cache_exit);
MODULE_DESCRIPTION("faulty on purpose");
MODULE_LICENSE("GPL");
