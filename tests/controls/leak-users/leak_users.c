// SPDX-License-Identifier: GPL-2.0-only
/* A reference on another module, whose function it calls, is never given back. */
#include <linux/crc7.h>
#include <linux/module.h>

static int __init leak_users_init(void)
{
	if (crc7_be(0, NULL, 0))
		return -EIO;
	return __symbol_get("crc7_be") ? 0 : -ENOENT;
}

static void __exit leak_users_exit(void)
{
}

module_init(leak_users_init);
module_exit(leak_users_exit);
MODULE_DESCRIPTION("broken on purpose");
MODULE_LICENSE("GPL");
