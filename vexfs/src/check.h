/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The rules of docs/dev/on-disk-format.md as pure functions over bytes that
 * nobody trusts, for the module and for user space alike. Nothing here
 * allocates, locks or prints.
 */
#ifndef VEXFS_CHECK_H
#define VEXFS_CHECK_H

#ifdef __KERNEL__
#include <linux/types.h>
#else
#include <linux/types.h>
#include <stdbool.h>
typedef __u8 u8;
typedef __u32 u32;
typedef __u64 u64;
#endif

#include "../../include/vexfs/format.h"

/* Which rule does not hold. */
struct vexfs_fault {
	const char *rule;	/* "S2" */
	const char *what;	/* "wrong checksum" */
	u32 offset;		/* of the field in the block, bytes */
};

/*
 * Each returns 0, or a negative errno with *@fault filled: -EINVAL when it is
 * no VexFS at all (S1), -EOPNOTSUPP for a version or feature of later times
 * (S3 to S5), -EUCLEAN for damage. @block points to 4096 bytes.
 */

/* @self: the block it was read from. @device_blocks: 0 = not to be checked. */
int vexfs_check_super(const void *block, u64 self, u64 device_blocks,
		      struct vexfs_fault *fault);

/* A leaf that a valid superblock @super points to. */
int vexfs_check_root(const void *block, const struct vexfs_super_block *super,
		     struct vexfs_fault *fault);

/* The root directory's inode in a leaf that has passed vexfs_check_root(). */
int vexfs_check_root_inode(const void *block, const struct vexfs_inode **inode,
			   struct vexfs_fault *fault);

/* Block and slot numbers of superblocks; @slot is 0 or 1. */
u64 vexfs_slot_block(unsigned int slot);
bool vexfs_block_is_reserved(u64 block);

/* The checksum that @block (superblock or node) should have. */
u64 vexfs_checksum(const void *block);

#endif /* VEXFS_CHECK_H */
