// SPDX-License-Identifier: GPL-2.0-only
#include "tests/reference/check.h"

#include <endian.h>
#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#define NSEC_MAX 999999999u
#define MODE_BITS (S_IFMT | 07777)
#define ITEMS_MAX \
	((VEXFS_BLOCK_SIZE - sizeof(struct vexfs_node)) / sizeof(struct vexfs_item))

/* The caller's block may lie anywhere. */
union aligned {
	u8 bytes[VEXFS_BLOCK_SIZE];
	struct vexfs_node node;
};

#define FAIL(error, name, text, type, member)					\
	do {									\
		fault->rule = name;						\
		fault->what = text;						\
		fault->offset = offsetof(struct type, member);			\
		return -(error);						\
	} while (0)

u64 reference_checksum(const void *block, size_t size)
{
	if (!block || size != VEXFS_BLOCK_SIZE)
		return 0;
	return reference_xxh64((const u8 *)block + sizeof(__le64), size - sizeof(__le64), 0);
}

u64 reference_slot_block(u32 slot)
{
	return slot ? VEXFS_SLOT1_BLOCK : VEXFS_SLOT0_BLOCK;
}

bool reference_block_is_reserved(u64 block)
{
	return block <= VEXFS_SLOT0_BLOCK || block == VEXFS_SLOT1_BLOCK;
}

/* Whether @block, a superblock or node, is there and whole; @rule says if not. */
static int check_whole(const void *block, size_t size, const char *rule, struct vexfs_fault *fault)
{
	if (block && size == VEXFS_BLOCK_SIZE)
		return 0;
	*fault = (struct vexfs_fault){ .rule = block ? rule : "",
				       .what = block ? "not a whole block" : "a pointer is NULL" };
	return block ? -EUCLEAN : -EFAULT;
}

static bool is_zero(const u8 *bytes, size_t size)
{
	size_t i;

	for (i = 0; i < size; i++)
		if (bytes[i])
			return false;
	return true;
}

/* S1 to S5: whether this version may read on at all. */
static int check_identity(const struct vexfs_super_block *s, struct vexfs_fault *fault)
{
	if (memcmp(s->magic, VEXFS_MAGIC, VEXFS_MAGIC_SIZE))
		FAIL(EINVAL, "S1", "no VexFS", vexfs_super_block, magic);
	if (le64toh(s->checksum) != reference_checksum(s, sizeof(*s)))
		FAIL(EUCLEAN, "S2", "wrong checksum", vexfs_super_block, checksum);
	if (le32toh(s->version) != VEXFS_VERSION)
		FAIL(EOPNOTSUPP, "S3", "unknown version", vexfs_super_block, version);
	if (le32toh(s->block_bits) != VEXFS_BLOCK_BITS)
		FAIL(EOPNOTSUPP, "S4", "unknown block size", vexfs_super_block, block_bits);
	if (le64toh(s->incompat) & ~VEXFS_INCOMPAT_KNOWN)
		FAIL(EOPNOTSUPP, "S5", "unknown feature", vexfs_super_block, incompat);
	return 0;
}

/* S7 to S9: numbers of blocks. */
static int check_extent(const struct vexfs_super_block *s, struct vexfs_fault *fault)
{
	u64 blocks = le64toh(s->block_count);
	u64 root = le64toh(s->root_block);

	if (blocks < VEXFS_BLOCKS_MIN || blocks > VEXFS_BLOCKS_MAX)
		FAIL(EUCLEAN, "S7", "impossible number of blocks", vexfs_super_block, block_count);
	if (le64toh(s->free_count) > blocks)
		FAIL(EUCLEAN, "S8", "more free blocks than blocks", vexfs_super_block, free_count);
	if (root >= blocks || reference_block_is_reserved(root))
		FAIL(EUCLEAN, "S9", "root node outside the filesystem", vexfs_super_block, root_block);
	return 0;
}

/* S10 to S12: numbers and bytes that depend on nothing else. */
static int check_fields(const struct vexfs_super_block *s, u64 self, struct vexfs_fault *fault)
{
	u64 generation = le64toh(s->generation);
	u64 root_generation = le64toh(s->root_generation);

	if (root_generation < 1 || root_generation > generation)
		FAIL(EUCLEAN, "S10", "root node from the future", vexfs_super_block, root_generation);
	if (reference_slot_block(generation & 1) != self)
		FAIL(EUCLEAN, "S10", "generation of the other slot", vexfs_super_block, generation);
	if (le64toh(s->root_oid) != VEXFS_ROOT_OID)
		FAIL(EUCLEAN, "S11", "unknown root directory", vexfs_super_block, root_oid);
	if (le32toh(s->made_nsec) > NSEC_MAX)
		FAIL(EUCLEAN, "S12", "impossible time", vexfs_super_block, made_nsec);
	if (!memchr(s->label, 0, sizeof(s->label)))
		FAIL(EUCLEAN, "S12", "label without end", vexfs_super_block, label);
	if (!is_zero(s->reserved, sizeof(s->reserved)))
		FAIL(EUCLEAN, "S12", "reserved bytes in use", vexfs_super_block, reserved);
	return 0;
}

int reference_check_super(const void *block, size_t size, u64 self, u64 device_blocks,
			  struct vexfs_fault *fault)
{
	struct vexfs_super_block copy, *s = &copy;
	int ret = fault ? check_whole(block, size, "S0", fault) : -EFAULT;

	if (ret)
		return ret;
	memcpy(&copy, block, sizeof(copy));
	ret = check_identity(s, fault);
	if (ret)
		return ret;
	if (le64toh(s->self_block) != self)
		FAIL(EUCLEAN, "S6", "lies elsewhere than it says", vexfs_super_block, self_block);
	ret = check_extent(s, fault);
	if (!ret)
		ret = check_fields(s, self, fault);
	if (ret)
		return ret;
	if (device_blocks && le64toh(s->block_count) > device_blocks)
		FAIL(EUCLEAN, "S13", "larger than its device", vexfs_super_block, block_count);
	return 0;
}

/* N1 to N6: whether it is the node that was meant. */
static int check_node_identity(const struct vexfs_node *n, const struct vexfs_super_block *super,
			       struct vexfs_fault *fault)
{
	if (memcmp(n->magic, VEXFS_NODE_MAGIC, VEXFS_MAGIC_SIZE))
		FAIL(EUCLEAN, "N1", "no node", vexfs_node, magic);
	if (le64toh(n->checksum) != reference_checksum(n, VEXFS_BLOCK_SIZE))
		FAIL(EUCLEAN, "N2", "wrong checksum", vexfs_node, checksum);
	if (memcmp(n->uuid, super->uuid, sizeof(n->uuid)))
		FAIL(EUCLEAN, "N3", "of another filesystem", vexfs_node, uuid);
	if (n->self_block != super->root_block)
		FAIL(EUCLEAN, "N4", "lies elsewhere than it says", vexfs_node, self_block);
	if (n->generation != super->root_generation)
		FAIL(EUCLEAN, "N5", "of another generation", vexfs_node, generation);
	if (n->level || n->reserved || le64toh(n->owner) != VEXFS_ROOT_TREE)
		FAIL(EUCLEAN, "N6", "unknown kind of node", vexfs_node, level);
	return 0;
}

/* Negative, zero or positive as @a lies before, at or behind @b. */
static int compare_keys(const struct vexfs_key *a, const struct vexfs_key *b)
{
	u64 x = le64toh(a->oid), y = le64toh(b->oid);

	if (x == y) {
		x = a->type;
		y = b->type;
	}
	if (x == y) {
		x = le64toh(a->offset);
		y = le64toh(b->offset);
	}
	return (x > y) - (x < y);
}

static const struct vexfs_item *items_of(const void *block)
{
	return (const struct vexfs_item *)((const u8 *)block + sizeof(struct vexfs_node));
}

/* Like FAIL, for a member of item @i's head. */
static int fail_item(const char *rule, const char *what, u32 i, struct vexfs_fault *fault)
{
	fault->rule = rule;
	fault->what = what;
	fault->offset = sizeof(struct vexfs_node) + i * sizeof(struct vexfs_item);
	return -EUCLEAN;
}

static int check_items(const void *block, struct vexfs_fault *fault)
{
	const struct vexfs_node *n = block;
	const struct vexfs_item *item = items_of(block);
	u32 nr = le32toh(n->nr_items);
	u32 i, heads_end, start, size;

	if (nr > ITEMS_MAX)
		FAIL(EUCLEAN, "N7", "more items than fit", vexfs_node, nr_items);
	heads_end = sizeof(*n) + nr * sizeof(*item);
	for (i = 0; i < nr; i++) {
		start = le32toh(item[i].start);
		size = le32toh(item[i].size);
		if (i && compare_keys(&item[i - 1].key, &item[i].key) >= 0)
			return fail_item("N8", "keys do not ascend", i, fault);
		if (!is_zero(item[i].key.reserved, sizeof(item[i].key.reserved)))
			return fail_item("N8", "reserved bytes in use", i, fault);
		if (start % 8 || start < heads_end || start > VEXFS_BLOCK_SIZE ||
		    size > VEXFS_BLOCK_SIZE - start)
			return fail_item("N9", "item outside the node", i, fault);
	}
	return 0;
}

int reference_check_root(const void *block, size_t size, const void *super, size_t super_size,
			 struct vexfs_fault *fault)
{
	struct vexfs_super_block super_copy;
	union aligned copy;
	int ret = fault ? check_whole(super ? block : NULL, size, "N0", fault) : -EFAULT;

	if (!ret)
		ret = check_whole(super, super_size, "N0", fault);
	if (ret)
		return ret;
	memcpy(&copy, block, sizeof(copy));
	memcpy(&super_copy, super, sizeof(super_copy));
	ret = check_node_identity(&copy.node, &super_copy, fault);
	return ret ? ret : check_items(&copy, fault);
}

static bool time_is_valid(const struct vexfs_time *t)
{
	return le32toh(t->nsec) <= NSEC_MAX && !t->reserved;
}

static int check_inode(const struct vexfs_inode *i, struct vexfs_fault *fault)
{
	if (le32toh(i->mode) & ~MODE_BITS || !S_ISDIR(le32toh(i->mode)))
		FAIL(EUCLEAN, "I2", "root is no directory", vexfs_inode, mode);
	if (le32toh(i->nlink) != 2 || i->size)
		FAIL(EUCLEAN, "I3", "root with entries", vexfs_inode, nlink);
	if (!time_is_valid(&i->atime) || !time_is_valid(&i->mtime) || !time_is_valid(&i->ctime) ||
	    !time_is_valid(&i->btime))
		FAIL(EUCLEAN, "I4", "impossible time", vexfs_inode, atime);
	if (i->flags || !is_zero(i->reserved, sizeof(i->reserved)))
		FAIL(EUCLEAN, "I4", "reserved bytes in use", vexfs_inode, flags);
	return 0;
}

/* The head of the root's inode; NULL when there is none. */
static const struct vexfs_item *find_root(const struct vexfs_item *item, u32 nr)
{
	for (; nr--; item++)
		if (le64toh(item->key.oid) == VEXFS_ROOT_OID &&
		    item->key.type == VEXFS_KEY_INODE && !item->key.offset)
			return item;
	return NULL;
}

static int check_root_inode(const void *block, u32 *ret_start, struct vexfs_fault *fault)
{
	const struct vexfs_node *n = block;
	const struct vexfs_item *items = items_of(block), *item;
	struct vexfs_inode inode;
	u32 start;
	int ret;

	if (le32toh(n->nr_items) > ITEMS_MAX)
		FAIL(EUCLEAN, "N7", "more items than fit", vexfs_node, nr_items);
	item = find_root(items, le32toh(n->nr_items));
	if (!item || le32toh(item->size) != sizeof(struct vexfs_inode))
		FAIL(EUCLEAN, "I1", "no inode of the root directory", vexfs_node, nr_items);
	start = le32toh(item->start);
	if (start > VEXFS_BLOCK_SIZE - sizeof(struct vexfs_inode))
		return fail_item("N9", "item outside the node", item - items, fault);
	memcpy(&inode, (const u8 *)block + start, sizeof(inode));
	ret = check_inode(&inode, fault);
	if (ret)
		fault->offset += start;
	else
		*ret_start = start;
	return ret;
}

int reference_check_root_inode(const void *block, size_t size, u32 *ret_start,
			       struct vexfs_fault *fault)
{
	union aligned copy;
	int ret = fault ? check_whole(ret_start ? block : NULL, size, "N0", fault) : -EFAULT;

	if (ret)
		return ret;
	memcpy(&copy, block, sizeof(copy));
	return check_root_inode(&copy, ret_start, fault);
}
