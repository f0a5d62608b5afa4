// SPDX-License-Identifier: GPL-2.0-only
/* A shift by more bits than there are. */
#include <linux/module.h>

static volatile unsigned int bits = 32, value = 1;

static int __init wide_shift_init(void)
{
	value = value << bits; /* here */
	return 0;
}

static void __exit wide_shift_exit(void)
{
}

module_init(wide_shift_init);
module_exit(wide_shift_exit);
MODULE_DESCRIPTION("broken on purpose");
MODULE_LICENSE("GPL");
