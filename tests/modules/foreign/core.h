/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef CORE_H
#define CORE_H

struct pair {
	int a, b;
};

int core_sum(const struct pair *pair);
extern const unsigned char CORE_ABI;

#endif
