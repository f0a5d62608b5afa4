// SPDX-License-Identifier: GPL-2.0-only
#include "damage.h"

#ifdef __KERNEL__
#include <linux/kernel.h>
#else
#include <endian.h>
#define cpu_to_le64(x) htole64(x)
#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))
#endif

#define SUPER(member) offsetof(struct vexfs_super_block, member)
#define NODE(member) offsetof(struct vexfs_node, member)
#define ITEM(member) (sizeof(struct vexfs_node) + offsetof(struct vexfs_item, member))
#define INODE(member) \
	(VEXFS_BLOCK_SIZE - sizeof(struct vexfs_inode) + offsetof(struct vexfs_inode, member))

static const struct vexfs_damage damages[] = {
	{ "S1", SUPER(magic), 0x01, true },
	{ "S2", SUPER(checksum), 0x01, false },
	{ "S2", SUPER(label), 0x01, false },
	{ "S2", VEXFS_BLOCK_SIZE - 1, 0x80, false },
	{ "S3", SUPER(version), 0x02, true },
	{ "S4", SUPER(block_bits), 0x01, true },
	{ "S5", SUPER(incompat) + 7, 0x80, true },
	{ "S6", SUPER(self_block), 0x01, true },
	{ "S7", SUPER(block_count) + 7, 0x80, true },
	{ "S8", SUPER(free_count) + 7, 0x80, true },
	{ "S9", SUPER(root_block) + 7, 0x80, true },
	{ "S10", SUPER(root_generation) + 1, 0x01, true },
	{ "S10", SUPER(generation), 0x01, true },
	{ "S11", SUPER(root_oid), 0x02, true },
	{ "S12", SUPER(made_nsec) + 3, 0x80, true },
	{ "S12", SUPER(reserved) + 3899, 0x01, true },
	{ "N1", NODE(magic), 0x01, true, true },
	{ "N2", NODE(checksum), 0x01, false, true },
	{ "N3", NODE(uuid), 0x01, true, true },
	{ "N4", NODE(self_block), 0x01, true, true },
	{ "N5", NODE(generation), 0x02, true, true },
	{ "N6", NODE(level), 0x01, true, true },
	{ "N6", NODE(owner), 0x02, true, true },
	{ "N7", NODE(nr_items) + 3, 0x80, true, true },
	{ "N8", ITEM(key.reserved), 0x01, true, true },
	{ "N9", ITEM(start), 0x01, true, true },
	{ "N9", ITEM(start) + 3, 0x80, true, true },
	{ "N9", ITEM(size) + 3, 0x80, true, true },
	{ "I1", ITEM(key.oid), 0x02, true, true },
	{ "I2", INODE(mode) + 1, 0x40, true, true },
	{ "I2", INODE(mode) + 2, 0x01, true, true },
	{ "I3", INODE(nlink), 0x01, true, true },
	{ "I4", INODE(mtime.nsec) + 3, 0x80, true, true },
	{ "I4", INODE(flags), 0x01, true, true },
};

const struct vexfs_damage *vexfs_damage_get(unsigned int nr)
{
	return nr < ARRAY_SIZE(damages) ? &damages[nr] : NULL;
}

void vexfs_damage_apply(const struct vexfs_damage *damage, void *block)
{
	struct vexfs_node *any = block;	/* the checksum stands first in both */

	((u8 *)block)[damage->offset] ^= damage->flip;
	if (damage->resum)
		any->checksum = cpu_to_le64(vexfs_core_checksum(block, VEXFS_BLOCK_SIZE));
}
