// SPDX-License-Identifier: GPL-2.0-only
/* Rules of errors to inject: what is one, and which requests they are for. */
#include "lib/fault.h"
#include "libvm/inject.h"

static void parse(const char *text, struct inject_rule *ret)
{
	g_autoptr(GError) error = NULL;

	inject_parse(text, ret, &error);
	g_assert_no_error(error);
}

/* What is read is told as it would be read again, for its first n. */
static void test_words(void)
{
	static const struct {
		const char *typed, *told;
	} rules[] = {
		{ "eio:read", "eio:read:n=1" },
		{ "eio:read:n=3", "eio:read:n=3" },
		{ "eio:n=3:read", "eio:read:n=3" },
		{ "eio:write:n=2..", "eio:write:n=2" },
		{ "eio:write:n=2..9:keep=1", "eio:write:n=2:keep=1" },
		{ "eio:flush:n=all", "eio:flush:n=all" },
		{ "eio:read:n=all:at=8", "eio:read:n=all:at=8..8" },
		{ "eio:read:at=8..15", "eio:read:n=1:at=8..15" },
		{ "torn", "torn:n=1" },
		{ "torn:write:n=4", "torn:n=4" },
		{ "torn:n=1..:keep=0", "torn:n=1:keep=0" },
		{ "torn:keep=7", "torn:n=1:keep=7" },
		{ "slow:ms=20", "slow:ms=20" },
		{ "slow:write:ms=20:at=0..7", "slow:write:ms=20:at=0..7" },
	};

	for (guint i = 0; i < G_N_ELEMENTS(rules); i++) {
		struct inject_rule rule, again;
		g_autofree char *told = NULL;

		g_test_message("%s", rules[i].typed);
		parse(rules[i].typed, &rule);
		told = inject_text(&rule);
		g_assert_cmpstr(told, ==, rules[i].told);
		parse(told, &again);
		g_assert_cmpuint(again.n, ==, rule.n);
		g_assert_cmpuint(again.ops, ==, rule.ops);
		g_assert_cmpuint(again.keep, ==, rule.keep);
		g_assert_false(inject_is_sweep(&again));
	}
}

/* Each says what is wrong, and what would be right. */
static void test_refused(void)
{
	static const struct {
		const char *typed, *why;
	} rules[] = {
		{ "", "this is no kind of error" },
		{ "eoi:read", "this is no kind of error" },
		{ "EIO:read", "this is no kind of error" },
		{ "enospc", "reports as EIO" },
		{ "enospc:write:n=1", "reports as EIO" },
		{ "eio", "eio needs read, write or flush" },
		{ "eio:n=1", "eio needs read" },
		{ "eio:reed", "'reed' does not belong" },
		{ "eio:read:", "'' does not belong" },
		{ "eio:read:write", "'write' says again" },
		{ "eio:read:n=1:n=2", "'n=2' says again" },
		{ "eio:read:n=0", "'n=0' does not belong" },
		{ "eio:read:n=-1", "'n=-1'" },
		{ "eio:read:n=", "'n='" },
		{ "eio:read:n=9..8", "'n=9..8'" },
		{ "eio:read:n=..8", "'n=..8'" },
		{ "eio:read:n=1...", "'n=1...'" },
		{ "eio:read:n=1000001", "'n=1000001'" },
		{ "eio:read:n=1 ", "'n=1 '" },
		{ "eio:read:at=8..", "'at=8..'" },
		{ "eio:read:at=99999999999999999999", "'at=9" },
		{ "eio:read:keep=1", "keep= goes with writes" },
		{ "eio:flush:at=1", "a flush has no place" },
		{ "eio:write:ms=1", "ms= goes with slow" },
		{ "torn:read", "only a write can be torn" },
		{ "slow", "slow needs ms=" },
		{ "slow:ms=0", "'ms=0'" },
		{ "slow:ms=10001", "'ms=10001'" },
		{ "slow:ms=5:n=1", "slow has no n=" },
		{ "eio:\n", "inject 'eio: ': '" },
	};

	for (guint i = 0; i < G_N_ELEMENTS(rules); i++) {
		g_autoptr(GError) error = NULL;
		struct inject_rule rule;

		g_test_message("%s", rules[i].typed);
		g_assert_false(inject_parse(rules[i].typed, &rule, &error));
		g_assert_error(error, LAB_ERROR, LAB_ERROR_USAGE);
		g_assert_nonnull(strstr(error->message, rules[i].why));
		g_assert_nonnull(strstr(error->message, "a rule is eio:read, eio:write, eio:flush, torn or slow:ms=M"));
	}
}

static void test_sweeps(void)
{
	struct inject_rule rule;

	parse("eio:read:n=3..5", &rule);
	g_assert_true(inject_is_sweep(&rule));
	g_assert_false(rule.open);
	rule.n = 5;
	g_assert_false(inject_is_sweep(&rule));
	parse("eio:read:n=3..", &rule);
	g_assert_true(rule.open);
	g_assert_cmpuint(rule.last - rule.n + 1, ==, INJECT_SWEEP_MAX);
	parse("eio:read:n=all", &rule);
	g_assert_false(inject_is_sweep(&rule));
}

static void expect(const char *text, enum inject_op op, guint64 sector, guint64 sectors, bool counted)
{
	struct inject_rule rule;

	parse(text, &rule);
	g_test_message("%s, %d at %u+%u", text, op, (guint)sector, (guint)sectors);
	g_assert_cmpint(inject_counts(&rule, op, sector * INJECT_SECTOR, sectors * INJECT_SECTOR), ==, counted);
}

static void test_counted(void)
{
	struct inject_rule rule;

	expect("eio:read", INJECT_READ, 0, 1, true);
	expect("eio:read", INJECT_WRITE, 0, 1, false);
	expect("eio:flush", INJECT_FLUSH, 0, 0, true);
	expect("eio:read:at=8..15", INJECT_READ, 0, 8, false);
	expect("eio:read:at=8..15", INJECT_READ, 0, 9, true);
	expect("eio:read:at=8..15", INJECT_READ, 15, 1, true);
	expect("eio:read:at=8..15", INJECT_READ, 16, 1, false);
	expect("slow:ms=1:at=8", INJECT_FLUSH, 0, 0, true);
	/* What is not longer than what is kept cannot be torn. */
	expect("torn", INJECT_WRITE, 0, 1, false);
	expect("torn", INJECT_WRITE, 0, 2, true);
	expect("torn:keep=0", INJECT_WRITE, 0, 1, true);
	parse("eio:read:n=2", &rule);
	g_assert_false(inject_hits(&rule, 1));
	g_assert_true(inject_hits(&rule, 2));
	g_assert_false(inject_hits(&rule, 3));
	parse("eio:read:n=all", &rule);
	g_assert_true(inject_hits(&rule, 1) && inject_hits(&rule, 2));
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/inject/words", test_words);
	g_test_add_func("/inject/refused", test_refused);
	g_test_add_func("/inject/sweeps", test_sweeps);
	g_test_add_func("/inject/counted", test_counted);
	return g_test_run();
}
