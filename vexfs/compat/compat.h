/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Differences between kernels (5.15 and later), and the only file that tests
 * for them. Kbuild looks into the kernel's headers and defines HAVE_*.
 */
#ifndef VEXFS_COMPAT_H
#define VEXFS_COMPAT_H

#include <linux/blkdev.h>
#include <linux/fs.h>
#include <linux/slab.h>

/* How large the device is that @sb lies on, bytes. */
static inline u64 vexfs_device_bytes(const struct super_block *sb)
{
#ifdef HAVE_BDEV_NR_BYTES
	return bdev_nr_bytes(sb->s_bdev);
#else
	return i_size_read(sb->s_bdev->bd_inode);
#endif
}

/* Whether iget_locked() has made @inode just now. */
static inline bool vexfs_inode_is_new(struct inode *inode)
{
#ifdef HAVE_INODE_STATE_READ
	return inode_state_read_once(inode) & I_NEW;
#else
	return inode->i_state & I_NEW;
#endif
}

/* Where it is there, the list of unused inodes relies on it. */
static inline void *vexfs_alloc_inode_sb(struct super_block *sb, struct kmem_cache *cache)
{
#ifdef HAVE_ALLOC_INODE_SB
	return alloc_inode_sb(sb, cache, GFP_KERNEL);
#else
	return kmem_cache_alloc(cache, GFP_KERNEL);
#endif
}

static inline void vexfs_inode_set_ctime(struct inode *inode, struct timespec64 ts)
{
#ifdef HAVE_INODE_SET_CTIME
	inode_set_ctime_to_ts(inode, ts);
#else
	inode->i_ctime = ts;
#endif
}

static inline void vexfs_inode_set_mtime(struct inode *inode, struct timespec64 ts)
{
#ifdef HAVE_INODE_SET_MTIME
	inode_set_mtime_to_ts(inode, ts);
#else
	inode->i_mtime = ts;
#endif
}

static inline void vexfs_inode_set_atime(struct inode *inode, struct timespec64 ts)
{
#ifdef HAVE_INODE_SET_MTIME
	inode_set_atime_to_ts(inode, ts);
#else
	inode->i_atime = ts;
#endif
}

#endif /* VEXFS_COMPAT_H */
