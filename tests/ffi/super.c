// SPDX-License-Identifier: GPL-2.0-only
/* vexfs_core_check_super() against the reference. */
#include <endian.h>
#include <errno.h>
#include <stdint.h>
#include <string.h>

#include "tests/ffi/arena.h"
#include "tests/ffi/test.h"
#include "vexfs/selftest/damage.h"

#define ROUNDS 5000
#define DEVICE_BLOCKS 4096

static void ask(struct answer *a, const void *block, size_t size, u64 self, u64 device_blocks)
{
	answer_init(a);
	a->ret = vexfs_core_check_super(block, size, self, device_blocks, &a->fault);
}

static void ask_reference(struct answer *a, const void *block, size_t size, u64 self, u64 device_blocks)
{
	answer_init(a);
	a->ret = reference_check_super(block, size, self, device_blocks, &a->fault);
}

/* Both are asked about the @size bytes at @bytes, which end at a guard page. */
static void compare(const void *bytes, size_t size, size_t gap, u64 self, u64 device_blocks, const char *what)
{
	struct answer core, reference;

	ask(&core, arena_copy(bytes, size, gap), size, self, device_blocks);
	ask_reference(&reference, bytes, size, self, device_blocks);
	answer_compare(&core, &reference, "%s: %zu bytes, block %llu of %llu", what, size,
		       (unsigned long long)self, (unsigned long long)device_blocks);
	arena_reset();
}

static void test_good(void)
{
	struct ffi_blocks b;
	struct answer a;

	for (unsigned int slot = 0; slot < VEXFS_SLOTS; slot++)
		for (size_t gap = 0; gap < 8; gap++) {
			const void *super;

			ffi_blank(&b, slot);
			super = arena_copy(b.super, sizeof(b.super), gap);
			arena_freeze();
			ask(&a, super, sizeof(b.super), reference_slot_block(slot), DEVICE_BLOCKS);
			EXPECT(a.ret == 0);
			arena_reset();
		}
	ask(&a, b.super, sizeof(b.super), VEXFS_SLOT1_BLOCK, 0);
	EXPECT(a.ret == 0);
}

static void test_damage(void)
{
	const struct vexfs_damage *d;
	struct ffi_blocks b;
	struct answer a;

	for (unsigned int i = 0; (d = vexfs_damage_get(i)); i++) {
		u8 block[VEXFS_BLOCK_SIZE] __attribute__((aligned(8)));
		const void *copy;

		if (d->root)
			continue;
		ffi_blank(&b, 0);
		memcpy(block, b.super, sizeof(block));
		vexfs_damage_apply(d, block);
		copy = arena_copy(block, sizeof(block), 0);
		arena_freeze();
		ask(&a, copy, sizeof(block), VEXFS_SLOT0_BLOCK, DEVICE_BLOCKS);
		arena_reset();
		EXPECT(a.ret < 0);
		answer_is(&a, a.ret, d->rule);
		compare(block, sizeof(block), 0, VEXFS_SLOT0_BLOCK, DEVICE_BLOCKS, d->rule);
	}
}

static void test_cut(void)
{
	u8 more[VEXFS_BLOCK_SIZE + 8] = { 0 };
	struct ffi_blocks b;
	struct answer a;

	ffi_blank(&b, 0);
	memcpy(more, b.super, sizeof(b.super));
	for (size_t size = 0; size <= sizeof(more); size++) {
		if (size == VEXFS_BLOCK_SIZE)
			continue;
		ask(&a, arena_copy(more, size, 0), size, VEXFS_SLOT0_BLOCK, DEVICE_BLOCKS);
		answer_is(&a, -EUCLEAN, "S0");
		arena_reset();
	}
	/* None of them is there to be read. */
	ask(&a, arena_copy(NULL, 0, 0), SIZE_MAX, VEXFS_SLOT0_BLOCK, DEVICE_BLOCKS);
	answer_is(&a, -EUCLEAN, "S0");
}

static void test_null(void)
{
	struct ffi_blocks b;
	struct answer a;

	ffi_blank(&b, 0);
	ask(&a, NULL, VEXFS_BLOCK_SIZE, VEXFS_SLOT0_BLOCK, DEVICE_BLOCKS);
	answer_is(&a, -EFAULT, "");
	ask(&a, NULL, 0, VEXFS_SLOT0_BLOCK, DEVICE_BLOCKS);
	answer_is(&a, -EFAULT, "");
	EXPECT(vexfs_core_check_super(b.super, sizeof(b.super), VEXFS_SLOT0_BLOCK, 0, NULL) == -EFAULT);
	EXPECT(vexfs_core_check_super(NULL, 0, 0, 0, NULL) == -EFAULT);
}

/* Each byte in turn, with and without a checksum that fits it. */
static void test_flips(void)
{
	struct ffi_blocks b;

	for (size_t i = 0; i < VEXFS_BLOCK_SIZE; i++) {
		ffi_blank(&b, i & 1);
		b.super[i] ^= (u8)(1u << (i % 8));
		compare(b.super, sizeof(b.super), 0, reference_slot_block(i & 1), DEVICE_BLOCKS, "a bit");
		ffi_resum(b.super);
		compare(b.super, sizeof(b.super), 0, reference_slot_block(i & 1), DEVICE_BLOCKS,
			"a bit, summed");
	}
}

/* Numbers at the borders of the rules, in every 64-bit field. */
static void test_numbers(void)
{
	static const u64 numbers[] = { 0, 1, 2, 12, 15, 16, 17, 18, 255, 256, 257, 1023, 1024, 4095, 4096, 4097,
				       999999999, 1000000000, 1ull << 32,
				       (1ull << 32) + 16, (1ull << 32) + 256, (1ull << 51) - 1, 1ull << 51,
				       (1ull << 51) + 1, 1ull << 63, ~0ull - 1, ~0ull };
	const size_t count = sizeof(numbers) / sizeof(numbers[0]);
	struct ffi_blocks b;

	for (size_t at = 8; at < 208; at += 4)
		for (size_t i = 0; i < count; i++) {
			u64 disk = htole64(numbers[i]);

			ffi_blank(&b, 0);
			memcpy(b.super + at, &disk, sizeof(disk));
			ffi_resum(b.super);
			compare(b.super, sizeof(b.super), i % 8, VEXFS_SLOT0_BLOCK, numbers[(at + i) % count],
				"a number");
		}
}

/* Full to the last byte, and with its end at each of them. */
static void test_labels(void)
{
	const size_t at = offsetof(struct vexfs_super_block, label);
	struct ffi_blocks b;
	struct answer a;

	ffi_blank(&b, 0);
	memset(b.super + at, 'x', VEXFS_LABEL_SIZE);
	ffi_resum(b.super);
	ask(&a, b.super, sizeof(b.super), VEXFS_SLOT0_BLOCK, DEVICE_BLOCKS);
	answer_is(&a, -EUCLEAN, "S12");
	for (size_t end = 0; end < VEXFS_LABEL_SIZE; end++) {
		b.super[at + end] = '\0';
		ffi_resum(b.super);
		compare(b.super, sizeof(b.super), end % 8, VEXFS_SLOT0_BLOCK, DEVICE_BLOCKS, "a label");
		b.super[at + end] = 'x';
	}
}

/* Fields at random behind a head that leads the checks on. */
static void test_random(void)
{
	struct ffi_blocks b;

	for (unsigned int i = 0; i < ROUNDS; i++) {
		size_t from = 16 + ffi_random() % 200, size = 1 + ffi_random() % 16;

		ffi_blank(&b, i & 1);
		ffi_random_bytes(b.super + from, size);
		if (i % 8)
			ffi_resum(b.super);
		compare(b.super, sizeof(b.super), i % 8, reference_slot_block(i & 1), ffi_random() >> (i % 64),
			"random fields");
	}
	for (unsigned int i = 0; i < ROUNDS / 10; i++) {
		ffi_random_bytes(b.super, sizeof(b.super));
		compare(b.super, sizeof(b.super), i % 8, ffi_random(), ffi_random(), "random bytes");
	}
}

const struct ffi_test super_tests[] = {
	{ "check_super: a new filesystem's, at each alignment", test_good },
	{ "check_super: each damage by its rule", test_damage },
	{ "check_super: cut short, and too long", test_cut },
	{ "check_super: no pointer", test_null },
	{ "check_super: each byte changed", test_flips },
	{ "check_super: numbers at the rules' borders", test_numbers },
	{ "check_super: labels of each length, and without end", test_labels },
	{ "check_super: hostile bytes", test_random },
	{ NULL }
};
