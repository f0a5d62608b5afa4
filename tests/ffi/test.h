/* SPDX-License-Identifier: GPL-2.0-only */
/* What the tests of the border between C and Rust have in common. */
#ifndef TESTS_FFI_TEST_H
#define TESTS_FFI_TEST_H

#include <stdbool.h>
#include <stddef.h>

#include "include/vexfs/core.h"
#include "include/vexfs/format.h"
#include "tests/reference/check.h"
#include "vexfs/src/blank.h"

struct ffi_test {
	const char *name;
	void (*run)(void);
};

/* Ended by one without a name. */
extern const struct ffi_test helper_tests[], super_tests[], node_tests[];

/* The test under way fails, and says so: printf's arguments, one line. */
void ffi_fail(const char *format, ...) __attribute__((format(printf, 1, 2)));

#define EXPECT(condition)							\
	do {									\
		if (!(condition))						\
			ffi_fail("%s:%d: %s", __FILE__, __LINE__, #condition);	\
	} while (0)

/* What a validator gave back, with canaries around what it may write. */
struct answer {
	u64 before;
	struct vexfs_fault fault;
	u64 between;
	u32 start;		/* vexfs_core_check_root_inode()'s; a canary where that fails */
	u64 after;
	int ret;
};
void answer_init(struct answer *a);

/* The core's and the reference's must be one; @format says what was asked. */
void answer_compare(const struct answer *core, const struct answer *reference, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* It failed with @ret by @rule. */
void answer_is(const struct answer *a, int ret, const char *rule);

/* The same numbers in each run. */
u64 ffi_random(void);
void ffi_random_bytes(void *bytes, size_t size);

/* The blocks of a new filesystem of 4096 blocks. */
struct ffi_blocks {
	u8 super[VEXFS_BLOCK_SIZE];
	u8 root[VEXFS_BLOCK_SIZE];
};
void ffi_blank(struct ffi_blocks *b, unsigned int slot);

/* Makes a changed block's checksum right again. */
void ffi_resum(void *block);

#endif /* TESTS_FFI_TEST_H */
