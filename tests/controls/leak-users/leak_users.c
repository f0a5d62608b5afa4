// SPDX-License-Identifier: GPL-2.0-only
/* A reference on another module, whose data it reads, is never given back. */
#include <crypto/sha2.h>
#include <linux/module.h>

static int __init leak_users_init(void)
{
	/* The first byte of the hash of nothing. */
	if (READ_ONCE(*sha512_zero_message_hash) != 0xcf)
		return -EIO;
	return __symbol_get("sha512_zero_message_hash") ? 0 : -ENOENT;
}

static void __exit leak_users_exit(void)
{
}

module_init(leak_users_init);
module_exit(leak_users_exit);
MODULE_DESCRIPTION("broken on purpose");
MODULE_LICENSE("GPL");
