/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The C face of the Rust core in vexfs/core: the rules of
 * docs/dev/on-disk-format.md as pure functions over bytes that nobody trusts,
 * for the module and for user space alike. Nothing here allocates, locks,
 * sleeps, prints or uses the FPU. Pointers may be misaligned.
 * vexfs/core/abi.def has each struct and function of this file once more.
 */
#ifndef VEXFS_CORE_H
#define VEXFS_CORE_H

#include "format.h"

#ifndef __KERNEL__
#include <stdbool.h>
typedef __u8 u8;
typedef __u32 u32;
typedef __u64 u64;
#endif

/* Which rule does not hold. The texts are the core's own, and stay. */
struct vexfs_fault {
	const char *rule;	/* "S2" */
	const char *what;	/* "wrong checksum" */
	u32 offset;		/* of the field in the block, bytes */
};

/*
 * Each returns 0 and leaves *@fault alone, or a negative errno with *@fault
 * filled: -EINVAL when it is no VexFS at all (S1), -EOPNOTSUPP for a version or
 * feature of later times (S3 to S5), -EUCLEAN for damage, and for a block whose
 * @size is not VEXFS_BLOCK_SIZE (S0 of a superblock, N0 of a node and of the
 * superblock beside it; its bytes are not looked at). -EFAULT when a pointer is
 * NULL, with rule "" where there is a @fault to fill.
 */

/* @self: the block it was read from. @device_blocks: 0 = not to be checked. */
int vexfs_core_check_super(const void *block, size_t size, u64 self, u64 device_blocks,
			   struct vexfs_fault *fault);

/* A leaf that the superblock @super, which has been checked, points to. */
int vexfs_core_check_root(const void *block, size_t size, const void *super, size_t super_size,
			  struct vexfs_fault *fault);

/*
 * The root directory's inode in a leaf: *@ret_start is where in the block it
 * begins, set on success only. The whole inode lies inside the block. Any bytes
 * will do for @block, also such as vexfs_core_check_root() refuses: what points
 * out of the block is N7 or N9 here too.
 */
int vexfs_core_check_root_inode(const void *block, size_t size, u32 *ret_start,
				struct vexfs_fault *fault);

/*
 * The checksum that @block, a superblock or node, should have: XXH64 of bytes
 * 8 to 4095. 0 when @size is not VEXFS_BLOCK_SIZE or @block is NULL.
 */
u64 vexfs_core_checksum(const void *block, size_t size);

/* XXH64 of @size bytes. @data may be NULL when @size is 0; NULL with a size is 0. */
u64 vexfs_core_xxh64(const void *data, size_t size, u64 seed);

/* Block numbers of superblocks; @slot is 0 or 1. */
u64 vexfs_core_slot_block(u32 slot);

/* Whether @block can never belong to a tree. */
bool vexfs_core_block_is_reserved(u64 block);

#ifdef VEXFS_PANIC_TEST
/*
 * A Rust panic on purpose, unless @index is below 4, for the lab's own tests.
 * It calls vexfs_rust_panic(), which such a build has to have: @file has @len
 * bytes and no NUL; it must not return.
 */
u32 vexfs_core_panic(size_t index);
void vexfs_rust_panic(const char *file, size_t len, u32 line);
#endif

#endif /* VEXFS_CORE_H */
