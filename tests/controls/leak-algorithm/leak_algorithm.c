// SPDX-License-Identifier: GPL-2.0-only
/* An algorithm stays registered. */
#include <crypto/internal/hash.h>
#include <linux/module.h>
#include <linux/slab.h>

static int leak_algorithm_init_hash(struct shash_desc *desc)
{
	return 0;
}

static int leak_algorithm_update(struct shash_desc *desc, const u8 *data, unsigned int size)
{
	return 0;
}

static int leak_algorithm_final(struct shash_desc *desc, u8 *out)
{
	return 0;
}

static int __init leak_algorithm_init(void)
{
	struct shash_alg *alg = kzalloc(sizeof(*alg), GFP_KERNEL);

	if (!alg)
		return -ENOMEM;
	alg->init = leak_algorithm_init_hash;
	alg->update = leak_algorithm_update;
	alg->final = leak_algorithm_final;
	alg->digestsize = 4;
	strscpy(alg->base.cra_name, "leak_algorithm", sizeof(alg->base.cra_name));
	strscpy(alg->base.cra_driver_name, "leak_algorithm", sizeof(alg->base.cra_driver_name));
	alg->base.cra_blocksize = 1;
	return crypto_register_shash(alg);
}

static void __exit leak_algorithm_exit(void)
{
}

module_init(leak_algorithm_init);
module_exit(leak_algorithm_exit);
MODULE_DESCRIPTION("broken on purpose");
MODULE_LICENSE("GPL");
