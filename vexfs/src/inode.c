// SPDX-License-Identifier: GPL-2.0-only
/* Inodes in memory, and the root's from its item. */
#define pr_fmt(fmt) "VexFS: " fmt

#include <linux/slab.h>

#include "compat.h"
#include "vexfs.h"

static struct kmem_cache *inode_cache;

static void init_once(void *data)
{
	struct vexfs_inode_info *info = data;

	inode_init_once(&info->vfs_inode);
}

int vexfs_inode_cache_init(void)
{
	inode_cache = kmem_cache_create("vexfs_inode", sizeof(struct vexfs_inode_info), 0,
					SLAB_RECLAIM_ACCOUNT | SLAB_ACCOUNT, init_once);
	return inode_cache ? 0 : -ENOMEM;
}

void vexfs_inode_cache_exit(void)
{
	/* Inodes are freed after a grace period. */
	rcu_barrier();
	kmem_cache_destroy(inode_cache);
}

struct inode *vexfs_alloc_inode(struct super_block *sb)
{
	struct vexfs_inode_info *info = vexfs_alloc_inode_sb(sb, inode_cache);

	if (!info)
		return NULL;
	info->generation = 0;
	return &info->vfs_inode;
}

void vexfs_free_inode(struct inode *inode)
{
	kmem_cache_free(inode_cache, VEXFS_I(inode));
}

static struct timespec64 time_from_disk(const struct vexfs_time *t)
{
	return (struct timespec64){ .tv_sec = (time64_t)le64_to_cpu(t->sec),
				    .tv_nsec = le32_to_cpu(t->nsec) };
}

struct inode *vexfs_root_inode(struct super_block *sb, const struct vexfs_inode *disk)
{
	struct inode *inode = iget_locked(sb, VEXFS_ROOT_OID);

	if (!inode)
		return ERR_PTR(-ENOMEM);
	if (!vexfs_inode_is_new(inode))
		return inode;
	VEXFS_I(inode)->generation = le64_to_cpu(disk->generation);
	inode->i_mode = le32_to_cpu(disk->mode);
	i_uid_write(inode, le32_to_cpu(disk->uid));
	i_gid_write(inode, le32_to_cpu(disk->gid));
	set_nlink(inode, le32_to_cpu(disk->nlink));
	inode->i_size = le64_to_cpu(disk->size);
	vexfs_inode_set_atime(inode, time_from_disk(&disk->atime));
	vexfs_inode_set_mtime(inode, time_from_disk(&disk->mtime));
	vexfs_inode_set_ctime(inode, time_from_disk(&disk->ctime));
	inode->i_op = &vexfs_dir_inode_operations;
	inode->i_fop = &vexfs_dir_operations;
	unlock_new_inode(inode);
	return inode;
}
