// SPDX-License-Identifier: GPL-2.0-only
#include "blank.h"

#ifdef __KERNEL__
#include <linux/stat.h>
#include <linux/string.h>
#else
#include <endian.h>
#include <string.h>
#include <sys/stat.h>
#define cpu_to_le16(x) htole16(x)
#define cpu_to_le32(x) htole32(x)
#define cpu_to_le64(x) htole64(x)
#endif

#define ROOT_MODE (S_IFDIR | 0755)

/* Blocks 0 to 16 and 256, and the root node. */
#define USED_BLOCKS (VEXFS_SLOT0_BLOCK + 1 + 1 + 1)

void vexfs_blank_super(const struct vexfs_blank *blank, unsigned int slot, void *block)
{
	struct vexfs_super_block *s = block;

	memset(s, 0, sizeof(*s));
	memcpy(s->magic, VEXFS_MAGIC, VEXFS_MAGIC_SIZE);
	s->version = cpu_to_le32(VEXFS_VERSION);
	s->block_bits = cpu_to_le32(VEXFS_BLOCK_BITS);
	memcpy(s->uuid, blank->uuid, sizeof(s->uuid));
	memcpy(s->label, blank->label, sizeof(s->label));
	/* Slot 1 holds generation 1, slot 0 generation 2. */
	s->generation = cpu_to_le64(VEXFS_BLANK_GENERATION + (slot == 0));
	s->block_count = cpu_to_le64(blank->block_count);
	s->free_count = cpu_to_le64(blank->block_count - USED_BLOCKS);
	s->root_block = cpu_to_le64(VEXFS_FIRST_ROOT_BLOCK);
	s->root_generation = cpu_to_le64(VEXFS_BLANK_GENERATION);
	s->root_oid = cpu_to_le64(VEXFS_ROOT_OID);
	s->self_block = cpu_to_le64(vexfs_core_slot_block(slot));
	s->made_sec = cpu_to_le64(blank->sec);
	s->made_nsec = cpu_to_le32(blank->nsec);
	s->checksum = cpu_to_le64(vexfs_core_checksum(s, sizeof(*s)));
}

static void blank_inode(const struct vexfs_blank *blank, struct vexfs_inode *i)
{
	const struct vexfs_time now = { .sec = cpu_to_le64(blank->sec),
					.nsec = cpu_to_le32(blank->nsec) };

	i->mode = cpu_to_le32(ROOT_MODE);
	i->nlink = cpu_to_le32(2);
	i->uid = cpu_to_le32(blank->uid);
	i->gid = cpu_to_le32(blank->gid);
	i->atime = now;
	i->mtime = now;
	i->ctime = now;
	i->btime = now;
	i->generation = cpu_to_le64(VEXFS_BLANK_GENERATION);
}

void vexfs_blank_root(const struct vexfs_blank *blank, void *block)
{
	struct vexfs_node *n = block;
	struct vexfs_item *item = (void *)((u8 *)block + sizeof(*n));
	u32 start = VEXFS_BLOCK_SIZE - sizeof(struct vexfs_inode);

	memset(block, 0, VEXFS_BLOCK_SIZE);
	memcpy(n->magic, VEXFS_NODE_MAGIC, VEXFS_MAGIC_SIZE);
	memcpy(n->uuid, blank->uuid, sizeof(n->uuid));
	n->self_block = cpu_to_le64(VEXFS_FIRST_ROOT_BLOCK);
	n->generation = cpu_to_le64(VEXFS_BLANK_GENERATION);
	n->owner = cpu_to_le64(VEXFS_ROOT_TREE);
	n->nr_items = cpu_to_le32(1);
	item->key.oid = cpu_to_le64(VEXFS_ROOT_OID);
	item->key.type = VEXFS_KEY_INODE;
	item->start = cpu_to_le32(start);
	item->size = cpu_to_le32(sizeof(struct vexfs_inode));
	blank_inode(blank, (void *)((u8 *)block + start));
	n->checksum = cpu_to_le64(vexfs_core_checksum(n, VEXFS_BLOCK_SIZE));
}
