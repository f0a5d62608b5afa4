// SPDX-License-Identifier: GPL-2.0-only
/* Uses a stock module (lz4_compress), which has to be loaded first. */
#include <linux/lz4.h>
#include <linux/module.h>
#include <linux/slab.h>

static int __init squeeze_init(void)
{
	static const char text[64];
	char out[LZ4_COMPRESSBOUND(sizeof(text))];
	void *work = kmalloc(LZ4_MEM_COMPRESS, GFP_KERNEL);
	int size;

	if (!work)
		return -ENOMEM;
	size = LZ4_compress_default(text, out, sizeof(text), sizeof(out), work);
	kfree(work);
	pr_info("64 zeros take %d bytes\n", size);
	return size > 0 && size < 64 ? 0 : -EINVAL;
}

static void __exit squeeze_exit(void)
{
}

module_init(squeeze_init);
module_exit(squeeze_exit);
MODULE_DESCRIPTION("needs a stock module");
MODULE_LICENSE("GPL");
