// SPDX-License-Identifier: GPL-2.0-only
/*
 * Writes each number that its parameter "entry" is given to the disk, as the first bytes
 * of that block of 4 KiB, and says whether it is there. With careless=Y it does not look
 * whether it is.
 */
#include <linux/err.h>
#include <linux/fs.h>
#include <linux/module.h>

#define BLOCK 4096

static char *disk = "/dev/vdb";
module_param(disk, charp, 0444);
MODULE_PARM_DESC(disk, "the disk");

static bool careless;
module_param(careless, bool, 0644);
MODULE_PARM_DESC(careless, "whether errors are not looked at");

static int write_block(struct file *file, unsigned int nr)
{
	static char block[BLOCK];
	loff_t at = (loff_t)nr * BLOCK;
	ssize_t n;

	scnprintf(block, sizeof(block), "entry %u\n", nr);
	n = kernel_write(file, block, sizeof(block), &at);
	if (n < 0)
		return n;
	return vfs_fsync(file, 1);
}

static int entry_set(const char *text, const struct kernel_param *param)
{
	struct file *file;
	unsigned int nr;
	int err = kstrtouint(text, 10, &nr);

	if (err)
		return err;
	file = filp_open(disk, O_WRONLY | O_LARGEFILE, 0);
	if (IS_ERR(file))
		return PTR_ERR(file);
	err = write_block(file, nr);
	filp_close(file, NULL);
	return careless ? 0 : err;
}

static const struct kernel_param_ops entry_ops = { .set = entry_set };
module_param_cb(entry, &entry_ops, NULL, 0200);
MODULE_PARM_DESC(entry, "a number to write");

static int __init ledger_init(void)
{
	return 0;
}

static void __exit ledger_exit(void)
{
}

module_init(ledger_init);
module_exit(ledger_exit);
MODULE_DESCRIPTION("writes to a disk");
MODULE_LICENSE("GPL");
