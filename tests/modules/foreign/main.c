// SPDX-License-Identifier: GPL-2.0-only
/* The kernel's side of a border, which it holds to core.abi when it is compiled. */
#include <linux/module.h>

#include "core.h"

#define SIZE(s, n) _Static_assert(sizeof(struct s) == n, #s ": size");
#define FUNCTION(ret, name, ...) \
	_Static_assert(__builtin_types_compatible_p(__typeof__(name), ret(__VA_ARGS__)), #name ": type");
#include "core.abi"

static int __init foreign_init(void)
{
	static const struct pair pair = { 1, 2 };

	return READ_ONCE(CORE_ABI) == 1 && core_sum(&pair) == 3 ? 0 : -EINVAL;
}

static void __exit foreign_exit(void)
{
}

module_init(foreign_init);
module_exit(foreign_exit);
MODULE_DESCRIPTION("a module with a border in it");
MODULE_LICENSE("GPL");
