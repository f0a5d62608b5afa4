// SPDX-License-Identifier: GPL-2.0-only
/* Pages are freed while they are said to belong to a file. */
#include <linux/gfp.h>
#include <linux/mm.h>
#include <linux/module.h>

static int __init bad_page_init(void)
{
	struct page *page = alloc_pages(GFP_KERNEL, 5);

	if (!page)
		return -ENOMEM;
	page->mapping = (struct address_space *)PAGE_SIZE;
	__free_pages(page, 5); /* here */
	return 0;
}

static void __exit bad_page_exit(void)
{
}

module_init(bad_page_init);
module_exit(bad_page_exit);
MODULE_DESCRIPTION("broken on purpose");
MODULE_LICENSE("GPL");
