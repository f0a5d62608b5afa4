// SPDX-License-Identifier: GPL-2.0-only
/* A cache goes while an object of it is in use. */
#include <linux/module.h>
#include <linux/slab.h>

static struct kmem_cache *cache;

static int __init slab_leak_init(void)
{
	cache = kmem_cache_create("slab_leak", 104, 0, 0, NULL);
	if (!cache)
		return -ENOMEM;
	return kmem_cache_alloc(cache, GFP_KERNEL) ? 0 : -ENOMEM;
}

static void __exit slab_leak_exit(void)
{
	kmem_cache_destroy(cache); /* here */
	pr_info("gone\n");
}

module_init(slab_leak_init);
module_exit(slab_leak_exit);
MODULE_DESCRIPTION("broken on purpose");
MODULE_LICENSE("GPL");
