// SPDX-License-Identifier: GPL-2.0-only
/* An entry is taken from its list twice. */
#include <linux/list.h>
#include <linux/module.h>

static LIST_HEAD(head);
static LIST_HEAD(entry);

static int __init list_corruption_init(void)
{
	list_add(&entry, &head);
	list_del(&entry);
	list_del(&entry); /* here */
	return 0;
}

static void __exit list_corruption_exit(void)
{
}

module_init(list_corruption_init);
module_exit(list_corruption_exit);
MODULE_DESCRIPTION("broken on purpose");
MODULE_LICENSE("GPL");
