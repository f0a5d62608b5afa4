// SPDX-License-Identifier: GPL-2.0-only
#include <linux/module.h>

MODULE_DESCRIPTION("is never built");
MODULE_LICENSE("GPL");
