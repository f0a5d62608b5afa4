// SPDX-License-Identifier: GPL-2.0-only
/*
 * A suite in which tests crash, hang, leak and fail: each of its thirty tests gets
 * its verdict, and what failed the word for how often.
 */
#include <json-glib/json-glib.h>

#include "tests/lib/lab.h"

#define LIMIT_S 900
#define MODULE "tests/modules/thirty"
#define TEST "build/vexvm test --source " MODULE " "
#define RESULT ".vexvm/default/runs/latest/result.json"

struct verdict {
	const char *name, *outcome, *reason, *word;	/* the last two may be NULL */
	gint64 failed, runs;		/* 0 = null */
};

static void expect_string(JsonObject *test, const char *member, const char *value, const char *name)
{
	const char *is = json_object_get_null_member(test, member) ? NULL :
			 json_object_get_string_member(test, member);

	if (!g_strcmp0(is, value))
		return;
	g_test_message("%s: %s is %s, %s expected", name, member, is ? is : "null", value ? value : "null");
	g_test_fail();
}

static void expect_number(JsonObject *test, const char *member, gint64 value, const char *name)
{
	gint64 is = json_object_get_null_member(test, member) ? 0 : json_object_get_int_member(test, member);

	if (is == value)
		return;
	g_test_message("%s: %s is %" G_GINT64_FORMAT ", %" G_GINT64_FORMAT " expected", name, member, is, value);
	g_test_fail();
}

static void expect_verdict(JsonObject *test, const struct verdict *v)
{
	expect_string(test, "outcome", v->outcome, v->name);
	expect_string(test, "reason", v->reason, v->name);
	expect_string(test, "word", v->word, v->name);
	expect_number(test, "runs", v->runs, v->name);
	expect_number(test, "failed_runs", v->failed, v->name);
}

/*
 * The suite @name of the last run has @n tests; those of @special (ends with an empty one)
 * are as that says, all others have passed.
 */
static void expect_suite(const char *name, guint n, const struct verdict *special)
{
	g_autofree char *path = g_build_filename(lab_tree(), RESULT, NULL);
	g_autoptr(JsonParser) parser = json_parser_new();
	JsonArray *suites, *tests = NULL;

	g_assert_true(json_parser_load_from_file(parser, path, NULL));
	suites = json_object_get_array_member(json_node_get_object(json_parser_get_root(parser)), "suites");
	for (guint i = 0; i < json_array_get_length(suites); i++) {
		JsonObject *suite = json_array_get_object_element(suites, i);

		if (g_str_equal(json_object_get_string_member(suite, "name"), name))
			tests = json_object_get_array_member(suite, "tests");
	}
	g_assert_nonnull(tests);
	g_assert_cmpuint(json_array_get_length(tests), ==, n);
	for (guint i = 0; i < json_array_get_length(tests); i++) {
		JsonObject *test = json_array_get_object_element(tests, i);
		const char *is = json_object_get_string_member(test, "name");
		const struct verdict *v = special, passed = { is, "pass", NULL, NULL, 0, 0 };

		while (v->name && g_strcmp0(v->name, is))
			v++;
		expect_verdict(test, v->name ? v : &passed);
	}
}

/* The same thirty without their mishaps: to compare the time with, and all pass. */
static double clean_run(void)
{
	auto_lab_result result = { 0 };

	lab_check("", "touch " MODULE "/tests/tame", 10, 0, NULL);
	lab_type("", TEST, NULL, LIMIT_S, &result);
	lab_expect(&result, 0, "^PASS.*37 tests");
	expect_suite("thirty.sh", 30, &(const struct verdict){ NULL });
	lab_check("", "rm " MODULE "/tests/tame", 10, 0, NULL);
	return result.seconds;
}

static void test_thirty(void)
{
	static const struct verdict special[] = {
		{ "number 05", "fail", "crash", "broken", 3, 3 },
		{ "number 08", "fail", "hang", "broken", 3, 3 },
		{ "number 12", "fail", "leak", "broken", 3, 3 },
		{ "number 17", "fail", "failed", "flaky", 1, 3 },
		{ "number 18", "fail", "failed", "broken", 3, 3 },
		{ "number 20", "fail", "crash", "broken", 3, 3 },
		{ "number 23", "fail", "hang", "broken", 3, 3 },
		{ "number 28", "fail", "leak", "broken", 3, 3 },
		{ NULL },
	};
	static const char *const lines[] = {
		"^  .{9} crash   thirty\\.sh: number 05 \\(broken: 3 of 3 runs\\): .*mishaps_oops",
		"^  .{9} hang    thirty\\.sh: number 08 \\(broken: 3 of 3 runs\\): .*mishaps_hang",
		"^  .{9} leak    thirty\\.sh: number 12 \\(broken: 3 of 3 runs\\): .*mishaps_leak",
		"^  .{9} failed  thirty\\.sh: number 17 \\(flaky: failed in 1 of 3 runs\\)",
		"^  .{9} crash   thirty\\.sh: number 20 \\(broken: 3 of 3 runs\\): .*panic",
		"^  .{9} leak    thirty\\.sh: number 28 \\(broken: 3 of 3 runs\\): .*mishaps_leak_other",
	};
	double clean = clean_run();
	auto_lab_result result = { 0 };

	lab_type("", TEST, NULL, LIMIT_S, &result);
	g_test_message("clean %.1f s, with mishaps and their repeats %.1f s", clean, result.seconds);
	for (guint i = 0; i < G_N_ELEMENTS(lines); i++)
		lab_expect(&result, 5, lines[i]);
	expect_suite("thirty.sh", 30, special);
	lab_check("", "grep 'name=\"number 17\"' -A1 .vexvm/default/runs/latest/junit.xml", 10, 0,
		  "type=\"failed\" message=\"flaky: failed in 1 of 3 runs: ");
	lab_check("", "grep 'name=\"number 23\"' -A1 .vexvm/default/runs/latest/junit.xml", 10, 0,
		  "type=\"hang\" message=\"hang, broken: 3 of 3 runs: ");
	lab_check("", "ls -A .vexvm/default/clones; ls -d .vexvm/default/runs/latest/part-*", 10, 2, "No such file");
}

/* Each is alone from the start, so that a leak is known at once; nothing is repeated. */
static void test_alone(void)
{
	static const struct verdict special[] = {
		{ "number 05", "fail", "crash", NULL, 0, 0 },
		{ "number 12", "fail", "leak", NULL, 0, 0 },
		{ NULL },
	};

	lab_check("", "touch " MODULE "/tests/few", 10, 0, NULL);
	lab_check("", TEST "--isolation=test --confirm=0", LIMIT_S, 5, "^  .{9} leak    thirty\\.sh: number 12: slab leak");
	expect_suite("thirty.sh", 4, special);
	lab_check("", "rm " MODULE "/tests/few", 10, 0, NULL);
}

/* A suite that lists no tests: what it had left says why it did not run. */
static void test_by_number(void)
{
	static const struct verdict special[] = {
		{ "test 2", "fail", "crash", "broken", 2, 2 },
		{ "test 3", "skip", "not run", NULL, 0, 0 },
		{ "test 4", "skip", "not run", NULL, 0, 0 },
		{ NULL },
	};

	lab_check("", TEST "--suite plain/plain.sh --confirm=1", LIMIT_S, 5,
		  "^  .{9} crash   plain\\.sh: test 2 \\(broken: 2 of 2 runs\\).*\n"
		  "  not run   plain\\.sh: 2 tests: .* cannot be asked for single tests ");
	expect_suite("plain.sh", 4, special);
	lab_check("", "grep -c 'cannot be asked for single tests' " RESULT, 10, 0, "^2$");
}

/* Whose tests cannot be had alone: the suite is to blame, and the clock tells which test it was. */
static void test_by_clock(void)
{
	lab_check("", TEST "--suite plain/leaky.sh", LIMIT_S, 6,
		  "slab leak: 1 object of 96 bytes .*, by leaky\\.sh, during leaky\\.sh: leaks$");
	lab_check("", "grep '\"during\"' " RESULT, 10, 0, "\"leaky.sh: leaks\"");
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_set_nonfatal_assertions();
	g_test_add_func("/go on/thirty", test_thirty);
	g_test_add_func("/go on/alone", test_alone);
	g_test_add_func("/go on/by number", test_by_number);
	g_test_add_func("/go on/by clock", test_by_clock);
	return g_test_run();
}
