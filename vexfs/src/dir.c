// SPDX-License-Identifier: GPL-2.0-only
/* Directories: so far the root, which is empty. */
#include "vexfs.h"

static int vexfs_readdir(struct file *file, struct dir_context *ctx)
{
	dir_emit_dots(file, ctx);
	return 0;
}

static struct dentry *vexfs_lookup(struct inode *dir, struct dentry *dentry, unsigned int flags)
{
	if (dentry->d_name.len > VEXFS_NAME_MAX)
		return ERR_PTR(-ENAMETOOLONG);
	return d_splice_alias(NULL, dentry);
}

const struct inode_operations vexfs_dir_inode_operations = {
	.lookup = vexfs_lookup,
};

const struct file_operations vexfs_dir_operations = {
	.read = generic_read_dir,
	.iterate_shared = vexfs_readdir,
	.llseek = generic_file_llseek,
};
