// SPDX-License-Identifier: GPL-2.0-only
#include "core.h"

const unsigned char CORE_ABI = 1;

int core_sum(const struct pair *pair)
{
	return pair->a + pair->b;
}
