/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Memory that catches who reads behind it: the bytes end where a page without
 * any right begins. Frozen, it catches who writes into it, too. It holds for
 * code that no sanitizer has instrumented.
 */
#ifndef TESTS_FFI_ARENA_H
#define TESTS_FFI_ARENA_H

#include <stddef.h>

/*
 * A copy of the @size bytes at @bytes (1 MiB at most), @gap bytes before the
 * guard page (0 to 7: for misaligned copies; the gap's bytes are 0xa5). Valid
 * until arena_reset(); at most ARENA_COPIES of them. @size 0 is the guard page itself.
 */
#define ARENA_COPIES 4
const void *arena_copy(const void *bytes, size_t size, size_t gap);

/* Makes the copies that there are read-only until arena_reset(); it takes a while in an emulated guest. */
void arena_freeze(void);
void arena_reset(void);

#endif /* TESTS_FFI_ARENA_H */
