// SPDX-License-Identifier: GPL-2.0-only
/*
 * test_ffi: calls every function of include/vexfs/core.h with good, bad, cut,
 * misaligned, huge and hostile input, and compares with a reference in C that
 * shares nothing with it but the format's page. Prints KTAP. Runs on the host
 * and in any guest. Exit status: 0 all passed, 1 not.
 */
#include <endian.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/ffi/arena.h"
#include "tests/ffi/test.h"

#define CANARY 0x5ca1ab1e0ddba115ull
#define SHOWN 5			/* failures of one test that are told */

static const struct ffi_test *const groups[] = { helper_tests, super_tests, node_tests };
#define GROUPS (sizeof(groups) / sizeof(groups[0]))

static unsigned int failures;	/* of the test under way */
static u64 random_state;

static void complain(const char *format, va_list args)
{
	if (++failures > SHOWN)
		return;
	fputs("# ", stdout);
	vprintf(format, args);
	putchar('\n');
}

void ffi_fail(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	complain(format, args);
	va_end(args);
}

void answer_init(struct answer *a)
{
	memset(a, 0, sizeof(*a));
	a->before = CANARY;
	a->between = CANARY;
	a->after = CANARY;
	a->start = (u32)CANARY;
}

static bool text_is_same(const char *a, const char *b)
{
	return a == b || (a && b && !strcmp(a, b));
}

static bool answer_is_whole(const struct answer *a)
{
	return a->before == CANARY && a->between == CANARY && a->after == CANARY;
}

void answer_compare(const struct answer *core, const struct answer *reference, const char *format, ...)
{
	const struct vexfs_fault *c = &core->fault, *r = &reference->fault;
	va_list args;

	EXPECT(answer_is_whole(core));
	if (core->ret == reference->ret && core->start == reference->start && c->offset == r->offset &&
	    text_is_same(c->rule, r->rule) && text_is_same(c->what, r->what))
		return;
	va_start(args, format);
	complain(format, args);
	va_end(args);
	ffi_fail("  core: %d %s \"%s\" offset %u start %u; reference: %d %s \"%s\" offset %u start %u",
		 core->ret, c->rule ? c->rule : "-", c->what ? c->what : "-", c->offset, core->start,
		 reference->ret, r->rule ? r->rule : "-", r->what ? r->what : "-", r->offset,
		 reference->start);
}

void answer_is(const struct answer *a, int ret, const char *rule)
{
	EXPECT(answer_is_whole(a));
	if (a->ret != ret || !text_is_same(a->fault.rule, rule))
		ffi_fail("wanted %d by rule \"%s\", got %d by \"%s\"", ret, rule, a->ret,
			 a->fault.rule ? a->fault.rule : "-");
}

/* xorshift64*, Vigna 2016. */
u64 ffi_random(void)
{
	random_state ^= random_state >> 12;
	random_state ^= random_state << 25;
	random_state ^= random_state >> 27;
	return random_state * 0x2545f4914f6cdd1dull;
}

void ffi_random_bytes(void *bytes, size_t size)
{
	u8 *at = bytes;

	for (size_t i = 0; i < size; i++)
		at[i] = (u8)(ffi_random() >> 56);
}

void ffi_blank(struct ffi_blocks *b, unsigned int slot)
{
	static const struct vexfs_blank blank = { .block_count = 4096, .label = "test", .sec = 1, .nsec = 2,
						  .uuid = "0123456789abcde", .uid = 3, .gid = 4 };
	u8 block[VEXFS_BLOCK_SIZE] __attribute__((aligned(8)));

	vexfs_blank_super(&blank, slot, block);
	memcpy(b->super, block, sizeof(block));
	vexfs_blank_root(&blank, block);
	memcpy(b->root, block, sizeof(block));
}

void ffi_resum(void *block)
{
	u64 sum = htole64(reference_checksum(block, VEXFS_BLOCK_SIZE));

	memcpy(block, &sum, sizeof(sum));
}

static bool run(const struct ffi_test *test)
{
	failures = 0;
	random_state = 1;
	test->run();
	arena_reset();
	if (failures > SHOWN)
		printf("# and %u more\n", failures - SHOWN);
	return !failures;
}

int main(void)
{
	unsigned int count = 0, nr = 0, failed = 0;

	for (size_t i = 0; i < GROUPS; i++)
		for (const struct ffi_test *t = groups[i]; t->name; t++)
			count++;
	printf("KTAP version 1\n1..%u\n", count);
	for (size_t i = 0; i < GROUPS; i++)
		for (const struct ffi_test *t = groups[i]; t->name; t++) {
			bool ok = run(t);

			failed += !ok;
			printf("%sok %u %s\n", ok ? "" : "not ", ++nr, t->name);
			fflush(stdout);
		}
	return failed ? 1 : 0;
}
