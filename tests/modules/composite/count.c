// SPDX-License-Identifier: GPL-2.0-only
#include <linux/atomic.h>

#include "count.h"

static atomic_t counter;

int count_next(void)
{
	return atomic_inc_return(&counter);
}
