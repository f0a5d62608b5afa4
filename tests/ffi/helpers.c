// SPDX-License-Identifier: GPL-2.0-only
/* The functions that give numbers: hash, checksum, blocks. */
#include <limits.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "tests/ffi/arena.h"
#include "tests/ffi/test.h"

#define HUGE_BYTES (16ul << 20)

/* Of the hash's own test suite and its authors' page. */
static void test_vectors(void)
{
	static const struct {
		const char *text;
		u64 hash;
	} vectors[] = {
		{ "", 0xef46db3751d8e999ull },
		{ "a", 0xd24ec4f1a98c6e5bull },
		{ "abc", 0x44bc2cf5ad770999ull },
	};

	for (size_t i = 0; i < sizeof(vectors) / sizeof(vectors[0]); i++) {
		const char *text = vectors[i].text;

		EXPECT(vexfs_core_xxh64(text, strlen(text), 0) == vectors[i].hash);
		EXPECT(reference_xxh64(text, strlen(text), 0) == vectors[i].hash);
	}
}

static void test_lengths(void)
{
	u8 bytes[512];

	ffi_random_bytes(bytes, sizeof(bytes));
	for (size_t size = 0; size <= sizeof(bytes); size++)
		for (size_t gap = 0; gap < 8; gap++) {
			const void *copy = arena_copy(bytes, size, gap);
			u64 seed = ffi_random();

			if (vexfs_core_xxh64(copy, size, seed) != reference_xxh64(bytes, size, seed))
				ffi_fail("%zu bytes, %zu before the end of the page", size, gap);
			arena_reset();
		}
}

static void test_huge(void)
{
	u8 *bytes = malloc(HUGE_BYTES);

	EXPECT(bytes);
	if (!bytes)
		return;
	for (size_t i = 0; i < HUGE_BYTES; i += sizeof(u64)) {
		u64 number = ffi_random();

		memcpy(bytes + i, &number, sizeof(number));
	}
	EXPECT(vexfs_core_xxh64(bytes, HUGE_BYTES, 7) == reference_xxh64(bytes, HUGE_BYTES, 7));
	EXPECT(vexfs_core_xxh64(bytes + 1, HUGE_BYTES - 1, ULLONG_MAX) ==
	       reference_xxh64(bytes + 1, HUGE_BYTES - 1, ULLONG_MAX));
	free(bytes);
}

static void test_no_bytes(void)
{
	const void *end = arena_copy(NULL, 0, 0);

	EXPECT(vexfs_core_xxh64(NULL, 0, 5) == reference_xxh64("", 0, 5));
	EXPECT(vexfs_core_xxh64(end, 0, 5) == reference_xxh64("", 0, 5));
	EXPECT(vexfs_core_xxh64(NULL, 1, 5) == 0);
	EXPECT(vexfs_core_xxh64(NULL, SIZE_MAX, 5) == 0);
}

static void test_checksum(void)
{
	u8 block[VEXFS_BLOCK_SIZE];
	const void *copy;

	for (size_t gap = 0; gap < 8; gap++) {
		ffi_random_bytes(block, sizeof(block));
		copy = arena_copy(block, sizeof(block), gap);
		EXPECT(vexfs_core_checksum(copy, sizeof(block)) == reference_checksum(block, sizeof(block)));
		arena_reset();
	}
	/* The field itself is not summed. */
	copy = arena_copy(block, sizeof(block), 0);
	memset(block, 0, sizeof(u64));
	EXPECT(vexfs_core_checksum(copy, sizeof(block)) == vexfs_core_checksum(block, sizeof(block)));
}

static void test_checksum_sizes(void)
{
	static const size_t sizes[] = { 0, 1, 8, 64, VEXFS_BLOCK_SIZE - 1, VEXFS_BLOCK_SIZE + 1,
					SIZE_MAX / 2, SIZE_MAX };
	const void *end = arena_copy(NULL, 0, 0);

	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++)
		EXPECT(vexfs_core_checksum(end, sizes[i]) == 0);
	EXPECT(vexfs_core_checksum(NULL, VEXFS_BLOCK_SIZE) == 0);
}

static void test_slots(void)
{
	static const u32 slots[] = { 0, 1, 2, 3, 0x80000000u, UINT_MAX };

	EXPECT(vexfs_core_slot_block(0) == VEXFS_SLOT0_BLOCK);
	EXPECT(vexfs_core_slot_block(1) == VEXFS_SLOT1_BLOCK);
	for (size_t i = 0; i < sizeof(slots) / sizeof(slots[0]); i++)
		EXPECT(vexfs_core_slot_block(slots[i]) == reference_slot_block(slots[i]));
}

/* The answer is a byte whose other bits a C caller takes to be zero. */
static void expect_reserved(u64 block)
{
	bool reserved = vexfs_core_block_is_reserved(block);
	u8 byte;

	memcpy(&byte, &reserved, sizeof(byte));
	if (byte > 1 || reserved != reference_block_is_reserved(block))
		ffi_fail("block %llu: %u", (unsigned long long)block, byte);
}

static void test_reserved(void)
{
	for (u64 block = 0; block < 1024; block++)
		expect_reserved(block);
	for (unsigned int i = 0; i < 100000; i++)
		expect_reserved(ffi_random());
	expect_reserved(ULLONG_MAX);
	for (unsigned int bit = 9; bit < 64; bit++) {
		expect_reserved(VEXFS_SLOT0_BLOCK | 1ull << bit);
		expect_reserved(VEXFS_SLOT1_BLOCK | 1ull << bit);
	}
}

const struct ffi_test helper_tests[] = {
	{ "xxh64: known answers", test_vectors },
	{ "xxh64: each length at each alignment", test_lengths },
	{ "xxh64: 16 MiB", test_huge },
	{ "xxh64: no bytes, and no pointer", test_no_bytes },
	{ "checksum: of any block, at each alignment", test_checksum },
	{ "checksum: of what is no block", test_checksum_sizes },
	{ "slot_block: any slot", test_slots },
	{ "block_is_reserved: any block", test_reserved },
	{ NULL }
};
