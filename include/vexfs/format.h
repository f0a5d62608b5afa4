/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * VexFS on disk: docs/dev/on-disk-format.md in C. Kernel and tools share this
 * file; every field is little-endian and of a fixed size.
 */
#ifndef VEXFS_FORMAT_H
#define VEXFS_FORMAT_H

#ifdef __KERNEL__
#include <linux/build_bug.h>
#include <linux/stddef.h>
#include <linux/types.h>
#else
#include <assert.h>
#include <linux/types.h>
#include <stddef.h>
#endif

#define VEXFS_BLOCK_BITS	12
#define VEXFS_BLOCK_SIZE	(1u << VEXFS_BLOCK_BITS)
#define VEXFS_VERSION		1
#define VEXFS_MAGIC		"VexFS\x1a\r\n"	/* 8 bytes, without the NUL */
#define VEXFS_NODE_MAGIC	"VexNode\n"
#define VEXFS_MAGIC_SIZE	8
#define VEXFS_STATFS_MAGIC	0x56455846	/* "VEXF", statfs(2)'s f_type */
#define VEXFS_NAME_MAX		255
#define VEXFS_LABEL_SIZE	64

#define VEXFS_SLOTS		2
#define VEXFS_SLOT0_BLOCK	16	/* byte 65536 */
#define VEXFS_SLOT1_BLOCK	256	/* byte 1048576 */
#define VEXFS_FIRST_ROOT_BLOCK	17
#define VEXFS_BLOCKS_MIN	1024ull
#define VEXFS_BLOCKS_MAX	(1ull << 51)

#define VEXFS_ROOT_OID		1
#define VEXFS_ROOT_TREE		1	/* owner of its nodes */
#define VEXFS_KEY_INODE		1

/* Bits this version knows. */
#define VEXFS_INCOMPAT_KNOWN	0ull
#define VEXFS_RO_COMPAT_KNOWN	0ull

struct vexfs_super_block {
	__le64 checksum;	/* XXH64, seed 0, of all that follows in the block */
	__u8 magic[8];
	__le32 version;
	__le32 block_bits;
	__le64 compat;
	__le64 ro_compat;
	__le64 incompat;
	__u8 uuid[16];
	__u8 label[VEXFS_LABEL_SIZE];	/* UTF-8, NUL-ended */
	__le64 generation;	/* slot = generation & 1 */
	__le64 block_count;
	__le64 free_count;
	__le64 root_block;
	__le64 root_generation;
	__le64 root_oid;
	__le64 self_block;	/* where this copy lies */
	__le64 made_sec;
	__le32 made_nsec;
	__u8 reserved[3900];	/* zero */
};

struct vexfs_node {
	__le64 checksum;	/* XXH64, seed 0, of all that follows in the block */
	__u8 magic[8];
	__u8 uuid[16];		/* the filesystem's */
	__le64 self_block;
	__le64 generation;
	__le64 owner;
	__le16 level;		/* 0 = leaf */
	__le16 reserved;	/* zero */
	__le32 nr_items;
};

struct vexfs_key {
	__le64 oid;
	__u8 type;
	__u8 reserved[7];	/* zero */
	__le64 offset;
};

struct vexfs_item {
	struct vexfs_key key;
	__le32 start;		/* of its bytes in the block */
	__le32 size;
};

struct vexfs_time {
	__le64 sec;
	__le32 nsec;
	__le32 reserved;	/* zero */
};

struct vexfs_inode {
	__le32 mode;		/* stat(2)'s st_mode */
	__le32 nlink;
	__le32 uid;
	__le32 gid;
	__le64 size;
	__le64 blocks;
	struct vexfs_time atime, mtime, ctime, btime;
	__le64 generation;
	__le64 flags;		/* zero */
	__u8 reserved[16];	/* zero */
};

#define VEXFS_AT(type, member, at) \
	static_assert(offsetof(struct type, member) == (at), #type "." #member)
#define VEXFS_SIZE(type, size) static_assert(sizeof(struct type) == (size), #type)

VEXFS_SIZE(vexfs_super_block, 4096);
VEXFS_AT(vexfs_super_block, magic, 8);
VEXFS_AT(vexfs_super_block, version, 16);
VEXFS_AT(vexfs_super_block, block_bits, 20);
VEXFS_AT(vexfs_super_block, compat, 24);
VEXFS_AT(vexfs_super_block, ro_compat, 32);
VEXFS_AT(vexfs_super_block, incompat, 40);
VEXFS_AT(vexfs_super_block, uuid, 48);
VEXFS_AT(vexfs_super_block, label, 64);
VEXFS_AT(vexfs_super_block, generation, 128);
VEXFS_AT(vexfs_super_block, block_count, 136);
VEXFS_AT(vexfs_super_block, free_count, 144);
VEXFS_AT(vexfs_super_block, root_block, 152);
VEXFS_AT(vexfs_super_block, root_generation, 160);
VEXFS_AT(vexfs_super_block, root_oid, 168);
VEXFS_AT(vexfs_super_block, self_block, 176);
VEXFS_AT(vexfs_super_block, made_sec, 184);
VEXFS_AT(vexfs_super_block, made_nsec, 192);
VEXFS_AT(vexfs_super_block, reserved, 196);

VEXFS_SIZE(vexfs_node, 64);
VEXFS_AT(vexfs_node, magic, 8);
VEXFS_AT(vexfs_node, uuid, 16);
VEXFS_AT(vexfs_node, self_block, 32);
VEXFS_AT(vexfs_node, generation, 40);
VEXFS_AT(vexfs_node, owner, 48);
VEXFS_AT(vexfs_node, level, 56);
VEXFS_AT(vexfs_node, nr_items, 60);

VEXFS_SIZE(vexfs_key, 24);
VEXFS_SIZE(vexfs_item, 32);
VEXFS_AT(vexfs_item, start, 24);
VEXFS_AT(vexfs_item, size, 28);

VEXFS_SIZE(vexfs_inode, 128);
VEXFS_AT(vexfs_inode, size, 16);
VEXFS_AT(vexfs_inode, blocks, 24);
VEXFS_AT(vexfs_inode, atime, 32);
VEXFS_AT(vexfs_inode, btime, 80);
VEXFS_AT(vexfs_inode, generation, 96);
VEXFS_AT(vexfs_inode, flags, 104);
VEXFS_AT(vexfs_inode, reserved, 112);

#endif /* VEXFS_FORMAT_H */
