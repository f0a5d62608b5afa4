// SPDX-License-Identifier: GPL-2.0-only
/* An index beyond its array, whose neighbour it writes to. */
#include <linux/module.h>

static volatile unsigned int at = 4;

static struct {
	volatile int row[4];
	volatile int next[4];
} table;

static int __init wrong_index_init(void)
{
	table.row[at] = 1; /* here */
	return 0;
}

static void __exit wrong_index_exit(void)
{
}

module_init(wrong_index_init);
module_exit(wrong_index_exit);
MODULE_DESCRIPTION("broken on purpose");
MODULE_LICENSE("GPL");
