// SPDX-License-Identifier: GPL-2.0-only
/* A boolean that is neither true nor false. */
#include <linux/module.h>

static volatile union {
	unsigned char byte;
	bool truth;
} value = { .byte = 2 };

static volatile int copy;

static int __init wrong_boolean_init(void)
{
	copy = value.truth; /* here */
	return 0;
}

static void __exit wrong_boolean_exit(void)
{
}

module_init(wrong_boolean_init);
module_exit(wrong_boolean_exit);
MODULE_DESCRIPTION("broken on purpose");
MODULE_LICENSE("GPL");
