// SPDX-License-Identifier: GPL-2.0-only
/* Mounting: the newest valid superblock, its root node, the root directory. */
#define pr_fmt(fmt) "VexFS: " fmt

#include <linux/blkdev.h>
#include <linux/fs_context.h>
#include <linux/module.h>
#include <linux/slab.h>
#include <linux/statfs.h>

#include "compat.h"
#include "vexfs.h"

/* One slot as it was found. */
struct slot {
	struct buffer_head *bh;		/* NULL when it is of no use */
	int error;
	struct vexfs_fault fault;
};

static u64 generation_of(const struct slot *slot)
{
	const struct vexfs_super_block *s = (const void *)slot->bh->b_data;

	return le64_to_cpu(s->generation);
}

static void slot_read(struct super_block *sb, unsigned int nr, struct slot *slot)
{
	u64 device_blocks = vexfs_device_bytes(sb) >> VEXFS_BLOCK_BITS;
	u64 block = vexfs_core_slot_block(nr);

	slot->bh = NULL;
	slot->error = -EINVAL;
	slot->fault = (struct vexfs_fault){ .rule = "S1", .what = "behind the device's end" };
	if (block >= device_blocks)
		return;
	slot->error = -EIO;
	slot->fault.what = "cannot be read";
	slot->bh = sb_bread(sb, block);
	if (!slot->bh)
		return;
	slot->error = vexfs_core_check_super(slot->bh->b_data, slot->bh->b_size, block,
					     device_blocks, &slot->fault);
	if (!slot->error)
		return;
	brelse(slot->bh);
	slot->bh = NULL;
}

/*
 * One line for all that is wrong. A device that is no VexFS at all is no
 * news where mount(8) only tries types.
 */
static int no_super(struct super_block *sb, const struct slot *slots, bool silent)
{
	const struct slot *first = &slots[0];

	/* Of two reasons the one that is damage tells more than "no VexFS". */
	if (first->error == -EINVAL)
		first = &slots[1];
	if (first->error == -EINVAL && silent)
		return -EINVAL;
	pr_err("%s: no valid superblock: at byte %llu rule %s: %s (offset %u), at byte %llu rule %s: %s (offset %u)\n",
	       sb->s_id, vexfs_core_slot_block(0) << VEXFS_BLOCK_BITS, slots[0].fault.rule,
	       slots[0].fault.what, slots[0].fault.offset,
	       vexfs_core_slot_block(1) << VEXFS_BLOCK_BITS, slots[1].fault.rule,
	       slots[1].fault.what, slots[1].fault.offset);
	return first->error;
}

static int read_super(struct super_block *sb, struct vexfs_sb_info *sbi, bool silent)
{
	struct slot slots[VEXFS_SLOTS];
	unsigned int best;

	slot_read(sb, 0, &slots[0]);
	slot_read(sb, 1, &slots[1]);
	if (!slots[0].bh && !slots[1].bh)
		return no_super(sb, slots, silent);
	best = !slots[0].bh ||
	       (slots[1].bh && generation_of(&slots[1]) > generation_of(&slots[0]));
	sbi->super_bh = slots[best].bh;
	sbi->slot = best;
	if (slots[!best].bh)
		brelse(slots[!best].bh);
	else
		pr_warn("%s: superblock at byte %llu is damaged (rule %s: %s, offset %u), using the other\n",
			sb->s_id, vexfs_core_slot_block(!best) << VEXFS_BLOCK_BITS,
			slots[!best].fault.rule, slots[!best].fault.what,
			slots[!best].fault.offset);
	return 0;
}

/* *@ret_disk points into sbi->root_bh, and the whole inode lies inside it. */
static int check_root(const struct vexfs_sb_info *sbi, const struct vexfs_inode **ret_disk,
		      struct vexfs_fault *fault)
{
	const struct buffer_head *root = sbi->root_bh, *super = sbi->super_bh;
	u32 start;
	int ret = vexfs_core_check_root(root->b_data, root->b_size, super->b_data, super->b_size,
					fault);

	if (!ret)
		ret = vexfs_core_check_root_inode(root->b_data, root->b_size, &start, fault);
	if (!ret)
		*ret_disk = (const void *)(root->b_data + start);
	return ret;
}

static int read_root(struct super_block *sb, struct vexfs_sb_info *sbi)
{
	u64 block = le64_to_cpu(vexfs_super(sbi)->root_block);
	const struct vexfs_inode *disk;
	struct vexfs_fault fault;
	struct inode *inode;
	int ret;

	sbi->root_bh = sb_bread(sb, block);
	if (!sbi->root_bh) {
		pr_err("%s: the root node at block %llu cannot be read\n", sb->s_id, block);
		return -EIO;
	}
	ret = check_root(sbi, &disk, &fault);
	if (ret) {
		pr_err("%s: the root node at block %llu is damaged: rule %s: %s (offset %u)\n",
		       sb->s_id, block, fault.rule, fault.what, fault.offset);
		return ret;
	}
	inode = vexfs_root_inode(sb, disk);
	if (IS_ERR(inode))
		return PTR_ERR(inode);
	sb->s_root = d_make_root(inode);
	return sb->s_root ? 0 : -ENOMEM;
}

static int vexfs_statfs(struct dentry *dentry, struct kstatfs *buf)
{
	struct super_block *sb = dentry->d_sb;
	const struct vexfs_super_block *s = vexfs_super(VEXFS_SB(sb));

	buf->f_type = VEXFS_STATFS_MAGIC;
	buf->f_bsize = VEXFS_BLOCK_SIZE;
	buf->f_blocks = le64_to_cpu(s->block_count);
	buf->f_bfree = le64_to_cpu(s->free_count);
	buf->f_bavail = buf->f_bfree;
	buf->f_namelen = VEXFS_NAME_MAX;
	buf->f_fsid = u64_to_fsid(huge_encode_dev(sb->s_bdev->bd_dev));
	return 0;
}

static void vexfs_put_super(struct super_block *sb)
{
	struct vexfs_sb_info *sbi = VEXFS_SB(sb);

	brelse(sbi->root_bh);
	brelse(sbi->super_bh);
	kfree(sbi);
	sb->s_fs_info = NULL;
	pr_debug("%s: unmounted\n", sb->s_id);
}

static const struct super_operations vexfs_super_operations = {
	.alloc_inode = vexfs_alloc_inode,
	.free_inode = vexfs_free_inode,
	.put_super = vexfs_put_super,
	.statfs = vexfs_statfs,
};

static void set_limits(struct super_block *sb)
{
	sb->s_magic = VEXFS_STATFS_MAGIC;
	sb->s_maxbytes = MAX_LFS_FILESIZE;
	sb->s_time_gran = 1;
	sb->s_op = &vexfs_super_operations;
}

static int vexfs_fill_super(struct super_block *sb, struct fs_context *fc)
{
	struct vexfs_sb_info *sbi;
	int ret;

	if (!sb_set_blocksize(sb, VEXFS_BLOCK_SIZE)) {
		pr_err("%s: the device's blocks are larger than %u bytes\n", sb->s_id,
		       VEXFS_BLOCK_SIZE);
		return -EINVAL;
	}
	sbi = kzalloc(sizeof(*sbi), GFP_KERNEL);
	if (!sbi)
		return -ENOMEM;
	sb->s_fs_info = sbi;
	set_limits(sb);
	ret = read_super(sb, sbi, fc->sb_flags & SB_SILENT);
	if (ret)
		goto free_info;
	ret = read_root(sb, sbi);
	if (ret)
		goto release_blocks;
	pr_debug("%s: mounted from slot %u, generation %llu\n", sb->s_id, sbi->slot,
		 le64_to_cpu(vexfs_super(sbi)->generation));
	return 0;

release_blocks:
	brelse(sbi->root_bh);
	brelse(sbi->super_bh);
free_info:
	kfree(sbi);
	sb->s_fs_info = NULL;
	return ret;
}

/* Nothing can be written yet: every mount is read-only, and one line says so. */
static void force_read_only(struct fs_context *fc)
{
	if (!(fc->sb_flags & SB_RDONLY))
		pr_info("mounting read-only: this version does not write\n");
	fc->sb_flags |= SB_RDONLY;
}

static int vexfs_get_tree(struct fs_context *fc)
{
	force_read_only(fc);
	return get_tree_bdev(fc, vexfs_fill_super);
}

static int vexfs_reconfigure(struct fs_context *fc)
{
	force_read_only(fc);
	return 0;
}

static const struct fs_context_operations vexfs_context_operations = {
	.get_tree = vexfs_get_tree,
	.reconfigure = vexfs_reconfigure,
};

static int vexfs_init_fs_context(struct fs_context *fc)
{
	fc->ops = &vexfs_context_operations;
	return 0;
}

struct file_system_type vexfs_type = {
	.owner = THIS_MODULE,
	.name = "vexfs",
	.init_fs_context = vexfs_init_fs_context,
	.kill_sb = kill_block_super,
	.fs_flags = FS_REQUIRES_DEV,
};
