/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The blocks of an empty filesystem: what mkfs.vexfs writes, and what the
 * module's self-test damages. Pure.
 */
#ifndef VEXFS_BLANK_H
#define VEXFS_BLANK_H

#include "../../include/vexfs/core.h"

/* Generations of a new filesystem's two superblocks; the root is of the first. */
#define VEXFS_BLANK_GENERATION 1

struct vexfs_blank {
	u64 block_count;	/* VEXFS_BLOCKS_MIN … VEXFS_BLOCKS_MAX */
	u8 uuid[16];
	char label[VEXFS_LABEL_SIZE];	/* NUL-ended */
	u64 sec;		/* now, since 1970 */
	u32 nsec;
	u32 uid, gid;		/* of the root directory */
};

/* Each fills 4096 bytes at @block, checksum included. @slot is 0 or 1. */
void vexfs_blank_super(const struct vexfs_blank *blank, unsigned int slot, void *block);
void vexfs_blank_root(const struct vexfs_blank *blank, void *block);

#endif /* VEXFS_BLANK_H */
