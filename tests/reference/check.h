/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The functions of include/vexfs/core.h once more, written in C and
 * independently of the Rust core: what that has to agree with in every bit of
 * every answer.
 */
#ifndef TESTS_REFERENCE_CHECK_H
#define TESTS_REFERENCE_CHECK_H

#include "include/vexfs/core.h"

int reference_check_super(const void *block, size_t size, u64 self, u64 device_blocks,
			  struct vexfs_fault *fault);
int reference_check_root(const void *block, size_t size, const void *super, size_t super_size,
			 struct vexfs_fault *fault);
int reference_check_root_inode(const void *block, size_t size, u32 *ret_start,
			       struct vexfs_fault *fault);
u64 reference_checksum(const void *block, size_t size);
u64 reference_xxh64(const void *data, size_t size, u64 seed);
u64 reference_slot_block(u32 slot);
bool reference_block_is_reserved(u64 block);

#endif /* TESTS_REFERENCE_CHECK_H */
