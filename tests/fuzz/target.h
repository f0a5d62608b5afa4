/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What is fuzzed. A target takes any @size bytes and aborts when it finds
 * something; `make fuzz` runs each under libFuzzer, tests/unit/test-fuzz.c runs
 * each on what is kept below tests/fuzz/corpus.
 */
#ifndef TESTS_FUZZ_TARGET_H
#define TESTS_FUZZ_TARGET_H

#include <stddef.h>
#include <stdint.h>

/*
 * The validators of include/vexfs/core.h against the reference in C. The
 * first byte says how the rest is given to them (core.c).
 */
void fuzz_super(const uint8_t *data, size_t size);
void fuzz_root(const uint8_t *data, size_t size);
void fuzz_root_inode(const uint8_t *data, size_t size);
void fuzz_xxh64(const uint8_t *data, size_t size);

/* A kernel's log, for libvm/oops.h and what shows its findings. */
void fuzz_oops(const uint8_t *data, size_t size);

#endif /* TESTS_FUZZ_TARGET_H */
