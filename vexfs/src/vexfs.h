/* SPDX-License-Identifier: GPL-2.0-only */
/* What the module's files share; prototypes stand under the file they are in. */
#ifndef VEXFS_H
#define VEXFS_H

#include <linux/buffer_head.h>
#include <linux/fs.h>

#include "../../include/vexfs/core.h"

struct vexfs_sb_info {
	struct buffer_head *super_bh;	/* the superblock that counts */
	struct buffer_head *root_bh;	/* the root node */
	unsigned int slot;		/* of super_bh */
};

struct vexfs_inode_info {
	u64 generation;
	struct inode vfs_inode;
};

static inline struct vexfs_sb_info *VEXFS_SB(const struct super_block *sb)
{
	return sb->s_fs_info;
}

static inline struct vexfs_inode_info *VEXFS_I(struct inode *inode)
{
	return container_of(inode, struct vexfs_inode_info, vfs_inode);
}

static inline const struct vexfs_super_block *vexfs_super(const struct vexfs_sb_info *sbi)
{
	return (const struct vexfs_super_block *)sbi->super_bh->b_data;
}

/* super.c */
extern struct file_system_type vexfs_type;

/* inode.c */
int vexfs_inode_cache_init(void);
void vexfs_inode_cache_exit(void);
struct inode *vexfs_alloc_inode(struct super_block *sb);
void vexfs_free_inode(struct inode *inode);
struct inode *vexfs_root_inode(struct super_block *sb, const struct vexfs_inode *disk);

/* dir.c */
extern const struct inode_operations vexfs_dir_inode_operations;
extern const struct file_operations vexfs_dir_operations;

/* selftest/selftest.c: 0, -ENOMEM, or -EINVAL when a check failed */
int vexfs_selftest(void);

#endif /* VEXFS_H */
