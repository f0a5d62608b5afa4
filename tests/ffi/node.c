// SPDX-License-Identifier: GPL-2.0-only
/* vexfs_core_check_root() and vexfs_core_check_root_inode() against the reference. */
#include <endian.h>
#include <errno.h>
#include <stdint.h>
#include <string.h>

#include "tests/ffi/arena.h"
#include "tests/ffi/test.h"
#include "vexfs/selftest/damage.h"

#define ROUNDS 5000
#define ITEMS_MAX ((VEXFS_BLOCK_SIZE - sizeof(struct vexfs_node)) / sizeof(struct vexfs_item))

/* The node first, then, whatever it is, the inode in it. */
static void compare(const u8 *node, const u8 *super, size_t gap, const char *what)
{
	const void *copy = arena_copy(node, VEXFS_BLOCK_SIZE, gap);
	const void *super_copy = arena_copy(super, VEXFS_BLOCK_SIZE, 7 - gap);
	struct answer core, reference;

	answer_init(&core);
	answer_init(&reference);
	core.ret = vexfs_core_check_root(copy, VEXFS_BLOCK_SIZE, super_copy, VEXFS_BLOCK_SIZE, &core.fault);
	reference.ret = reference_check_root(node, VEXFS_BLOCK_SIZE, super, VEXFS_BLOCK_SIZE,
					     &reference.fault);
	answer_compare(&core, &reference, "%s: the node", what);
	answer_init(&core);
	answer_init(&reference);
	core.ret = vexfs_core_check_root_inode(copy, VEXFS_BLOCK_SIZE, &core.start, &core.fault);
	reference.ret = reference_check_root_inode(node, VEXFS_BLOCK_SIZE, &reference.start,
						   &reference.fault);
	answer_compare(&core, &reference, "%s: its inode", what);
	arena_reset();
}

static void test_good(void)
{
	struct vexfs_fault fault;
	struct ffi_blocks b;
	u32 start = 0;

	ffi_blank(&b, 0);
	for (size_t gap = 0; gap < 8; gap++) {
		const void *node = arena_copy(b.root, sizeof(b.root), gap);
		const void *super = arena_copy(b.super, sizeof(b.super), gap);

		arena_freeze();
		EXPECT(vexfs_core_check_root(node, sizeof(b.root), super, sizeof(b.super), &fault) == 0);
		EXPECT(vexfs_core_check_root_inode(node, sizeof(b.root), &start, &fault) == 0);
		EXPECT(start == VEXFS_BLOCK_SIZE - sizeof(struct vexfs_inode));
		arena_reset();
	}
}

static void test_damage(void)
{
	const struct vexfs_damage *d;
	struct ffi_blocks b;
	struct answer a;

	for (unsigned int i = 0; (d = vexfs_damage_get(i)); i++) {
		u8 block[VEXFS_BLOCK_SIZE] __attribute__((aligned(8)));
		const void *copy;

		if (!d->root)
			continue;
		ffi_blank(&b, 0);
		memcpy(block, b.root, sizeof(block));
		vexfs_damage_apply(d, block);
		copy = arena_copy(block, sizeof(block), 0);
		arena_freeze();
		answer_init(&a);
		a.ret = vexfs_core_check_root(copy, sizeof(block), b.super, sizeof(b.super), &a.fault);
		if (!a.ret)
			a.ret = vexfs_core_check_root_inode(copy, sizeof(block), &a.start, &a.fault);
		arena_reset();
		answer_is(&a, -EUCLEAN, d->rule);
		compare(block, b.super, 0, d->rule);
	}
}

static void expect_cut(const void *node, size_t node_size, const void *super, size_t super_size)
{
	struct answer a;

	answer_init(&a);
	a.ret = vexfs_core_check_root(node, node_size, super, super_size, &a.fault);
	answer_is(&a, -EUCLEAN, "N0");
	if (node_size == VEXFS_BLOCK_SIZE)
		return;
	answer_init(&a);
	a.ret = vexfs_core_check_root_inode(node, node_size, &a.start, &a.fault);
	answer_is(&a, -EUCLEAN, "N0");
}

static void test_cut(void)
{
	u8 more[VEXFS_BLOCK_SIZE + 8] = { 0 };
	struct ffi_blocks b;

	ffi_blank(&b, 0);
	memcpy(more, b.root, sizeof(b.root));
	for (size_t size = 0; size <= sizeof(more); size++) {
		if (size == VEXFS_BLOCK_SIZE)
			continue;
		expect_cut(arena_copy(more, size, 0), size, b.super, sizeof(b.super));
		expect_cut(b.root, sizeof(b.root), arena_copy(more, size, 0), size);
		arena_reset();
	}
	expect_cut(arena_copy(NULL, 0, 0), SIZE_MAX, b.super, sizeof(b.super));
	expect_cut(b.root, sizeof(b.root), arena_copy(NULL, 0, 0), SIZE_MAX);
}

static void test_null(void)
{
	struct ffi_blocks b;
	struct answer a;
	const size_t size = VEXFS_BLOCK_SIZE;

	ffi_blank(&b, 0);
	answer_init(&a);
	a.ret = vexfs_core_check_root(NULL, size, b.super, size, &a.fault);
	answer_is(&a, -EFAULT, "");
	a.ret = vexfs_core_check_root(b.root, size, NULL, size, &a.fault);
	answer_is(&a, -EFAULT, "");
	EXPECT(vexfs_core_check_root(b.root, size, b.super, size, NULL) == -EFAULT);
	a.ret = vexfs_core_check_root_inode(NULL, size, &a.start, &a.fault);
	answer_is(&a, -EFAULT, "");
	a.ret = vexfs_core_check_root_inode(b.root, size, NULL, &a.fault);
	answer_is(&a, -EFAULT, "");
	EXPECT(vexfs_core_check_root_inode(b.root, size, &a.start, NULL) == -EFAULT);
}

static void test_flips(void)
{
	struct ffi_blocks b;

	for (size_t i = 0; i < VEXFS_BLOCK_SIZE; i++) {
		ffi_blank(&b, 0);
		b.root[i] ^= (u8)(1u << (i % 8));
		compare(b.root, b.super, i % 8, "a bit");
		ffi_resum(b.root);
		compare(b.root, b.super, i % 8, "a bit, summed");
	}
}

static void put_items(u8 *node, u32 count)
{
	struct vexfs_node head;

	memcpy(&head, node, sizeof(head));
	head.nr_items = htole32(count);
	memcpy(node, &head, sizeof(head));
}

/* Item @i of a node: object @oid, @size bytes from @start on. */
static void put_item(u8 *node, size_t i, u64 oid, u32 start, u32 size)
{
	const struct vexfs_item item = { .key = { .oid = htole64(oid), .type = VEXFS_KEY_INODE },
					 .start = htole32(start), .size = htole32(size) };

	memcpy(node + sizeof(struct vexfs_node) + i * sizeof(item), &item, sizeof(item));
}

static void test_counts(void)
{
	static const u32 counts[] = { 0, 1, 2, ITEMS_MAX - 1, ITEMS_MAX, ITEMS_MAX + 1, 0x7fffffff, 0x80000000u,
				      0x08000000, 0x07ffffff, 0xffffffffu };
	struct ffi_blocks b;

	for (size_t i = 0; i < sizeof(counts) / sizeof(counts[0]); i++) {
		ffi_blank(&b, 0);
		put_items(b.root, counts[i]);
		ffi_resum(b.root);
		compare(b.root, b.super, 0, "a count");
		/* Full of items that ascend, whatever the count says. */
		for (size_t k = 0; k < ITEMS_MAX; k++)
			put_item(b.root, k, k, VEXFS_BLOCK_SIZE, 0);
		ffi_resum(b.root);
		compare(b.root, b.super, 0, "a count of many");
	}
}

static void test_places(void)
{
	static const u32 places[] = { 0, 1, 7, 8, 63, 64, 96, 127, 128, 3968, 3969, 4088, 4095, 4096, 4097, 4104,
				      0x7ffffff8, 0x7fffffff, 0x80000000u, 0xfffff000u, 0xffffff80u,
				      0xfffffff8u, 0xffffffffu };
	const size_t count = sizeof(places) / sizeof(places[0]);
	struct ffi_blocks b;

	for (size_t i = 0; i < count; i++)
		for (size_t k = 0; k < count; k++) {
			ffi_blank(&b, 0);
			put_item(b.root, 0, VEXFS_ROOT_OID, places[i], places[k]);
			ffi_resum(b.root);
			compare(b.root, b.super, i % 8, "an item's place");
			/* The size that an inode has, at any place. */
			put_item(b.root, 0, VEXFS_ROOT_OID, places[i], sizeof(struct vexfs_inode));
			compare(b.root, b.super, k % 8, "an inode's place");
		}
}

/* A key of item @i: all of its parts. */
static void put_key(u8 *node, size_t i, u64 oid, u8 type, u64 offset)
{
	const struct vexfs_key key = { .oid = htole64(oid), .type = type, .offset = htole64(offset) };

	memcpy(node + sizeof(struct vexfs_node) + i * sizeof(struct vexfs_item), &key, sizeof(key));
}

/* Each pair of keys whose parts differ in both directions. */
static void test_keys(void)
{
	struct ffi_blocks b;

	for (unsigned int bits = 0; bits < 64; bits++) {
		ffi_blank(&b, 0);
		put_items(b.root, 2);
		put_item(b.root, 0, 1, VEXFS_BLOCK_SIZE, 0);
		put_item(b.root, 1, 1, VEXFS_BLOCK_SIZE, 0);
		put_key(b.root, 0, 1 + (bits & 1), (u8)(1 + (bits >> 1 & 1)), bits >> 2 & 1);
		put_key(b.root, 1, 1 + (bits >> 3 & 1), (u8)(1 + (bits >> 4 & 1)), bits >> 5 & 1);
		ffi_resum(b.root);
		compare(b.root, b.super, 0, "two keys");
	}
}

/* The fault is in each item of a full node in turn. */
static void test_last_items(void)
{
	struct ffi_blocks b;

	for (size_t i = 0; i < ITEMS_MAX; i++) {
		ffi_blank(&b, 0);
		put_items(b.root, ITEMS_MAX);
		for (size_t k = 0; k < ITEMS_MAX; k++)
			put_item(b.root, k, k + 2, VEXFS_BLOCK_SIZE, 0);
		put_item(b.root, i, i + 2, VEXFS_BLOCK_SIZE, 8);
		ffi_resum(b.root);
		compare(b.root, b.super, 0, "the size of one of many");
		put_item(b.root, i, 0, VEXFS_BLOCK_SIZE, 0);
		ffi_resum(b.root);
		compare(b.root, b.super, 0, "the key of one of many");
		/* Found wherever it is: it does not lie inside. */
		put_item(b.root, i, VEXFS_ROOT_OID, VEXFS_BLOCK_SIZE, sizeof(struct vexfs_inode));
		compare(b.root, b.super, 0, "the root's is one of many");
	}
}

static void put_inode(struct ffi_blocks *b, size_t at, u32 number)
{
	const u32 disk = htole32(number);

	ffi_blank(b, 0);
	memcpy(b->root + VEXFS_BLOCK_SIZE - sizeof(struct vexfs_inode) + at, &disk, sizeof(disk));
	ffi_resum(b->root);
}

/* Each field of the inode at the borders of its rule. */
static void test_inode_fields(void)
{
	static const u32 numbers[] = { 0, 1, 2, 3, 4, 999999999, 1000000000, 0x80000000u, 0xffffffffu };
	struct ffi_blocks b;

	for (size_t at = 0; at < sizeof(struct vexfs_inode); at += sizeof(u32))
		for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
			put_inode(&b, at, numbers[i]);
			compare(b.root, b.super, i % 8, "a field of the inode");
		}
	for (u32 type = 0; type < 32; type++) {
		put_inode(&b, offsetof(struct vexfs_inode, mode), type << 12 | 0755);
		compare(b.root, b.super, 0, "a type of file");
	}
}

/* What the core writes to may lie anywhere; beside it nothing changes. */
static void test_odd_pointers(void)
{
	struct __attribute__((packed)) {
		u8 gap;
		struct vexfs_fault fault;
		u8 between;
		u32 start;
		u8 after;
	} odd;
	struct ffi_blocks b;
	u32 start;

	memset(&odd, 0xa5, sizeof(odd));
	ffi_blank(&b, 0);
	EXPECT(vexfs_core_check_root_inode(b.root, sizeof(b.root), (void *)((u8 *)&odd + offsetof(typeof(odd), start)),
					   (void *)((u8 *)&odd + 1)) == 0);
	start = odd.start;
	EXPECT(start == VEXFS_BLOCK_SIZE - sizeof(struct vexfs_inode));
	EXPECT(odd.gap == 0xa5 && odd.between == 0xa5 && odd.after == 0xa5);
	EXPECT(vexfs_core_check_root_inode(NULL, 0, (void *)((u8 *)&odd + offsetof(typeof(odd), start)),
					   (void *)((u8 *)&odd + 1)) == -EFAULT);
	EXPECT(!strcmp(odd.fault.rule, "") && odd.fault.offset == 0);
	EXPECT(odd.start == start && odd.gap == 0xa5 && odd.between == 0xa5 && odd.after == 0xa5);
}

static void test_random(void)
{
	struct ffi_blocks b;

	for (unsigned int i = 0; i < ROUNDS; i++) {
		u32 items = ffi_random() % 8;

		ffi_blank(&b, 0);
		put_items(b.root, items);
		for (u32 k = 0; k < items; k++)
			put_item(b.root, k, ffi_random() % 4, ffi_random() % 520 * 8,
				 ffi_random() & 1 ? 128 : ffi_random() % 4200);
		if (i % 4 == 0)
			ffi_random_bytes(b.root + 8 + ffi_random() % 200, 1 + ffi_random() % 8);
		if (i % 8 == 0)
			ffi_random_bytes(b.root + 3968 + ffi_random() % 120, 1 + ffi_random() % 8);
		if (i % 16)
			ffi_resum(b.root);
		compare(b.root, b.super, i % 8, "random items");
	}
	for (unsigned int i = 0; i < ROUNDS / 10; i++) {
		ffi_random_bytes(b.root, sizeof(b.root));
		ffi_random_bytes(b.super, sizeof(b.super));
		compare(b.root, b.super, i % 8, "random bytes");
	}
}

const struct ffi_test node_tests[] = {
	{ "check_root, check_root_inode: a new filesystem's", test_good },
	{ "check_root, check_root_inode: each damage by its rule", test_damage },
	{ "check_root, check_root_inode: cut short, and too long", test_cut },
	{ "check_root, check_root_inode: no pointer", test_null },
	{ "check_root, check_root_inode: each byte changed", test_flips },
	{ "check_root, check_root_inode: any number of items", test_counts },
	{ "check_root, check_root_inode: items anywhere", test_places },
	{ "check_root, check_root_inode: keys in any order", test_keys },
	{ "check_root, check_root_inode: each of many items", test_last_items },
	{ "check_root, check_root_inode: each field of the inode", test_inode_fields },
	{ "check_root, check_root_inode: pointers to odd addresses", test_odd_pointers },
	{ "check_root, check_root_inode: hostile bytes", test_random },
	{ NULL }
};
