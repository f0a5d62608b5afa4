// SPDX-License-Identifier: GPL-2.0-only
/* Which test broke its guest, which are left, and the words for what fails always or sometimes. */
#include <string.h>

#include "libvm/culprit.h"

static struct report_suite *suite_with(struct report *r, guint passed, guint planned)
{
	struct report_suite *suite = report_suite(r, "s.sh");

	for (guint i = 1; i <= passed; i++) {
		g_autofree char *name = g_strdup_printf("t%u", i);

		g_ptr_array_add(suite->tests, test_result_new(name, OUTCOME_PASS, NULL));
	}
	suite->reported = passed;
	suite->planned = planned;
	return suite;
}

static struct finding *add_finding(struct report *r, enum lab_error code, bool fatal, const char *test)
{
	struct finding *f = finding_new("oops", code, "a fault");

	f->fatal = fatal;
	f->test = g_strdup(test);
	g_ptr_array_add(r->findings, f);
	return f;
}

static void expect(const struct report_suite *suite, guint i, const char *name, enum outcome outcome,
		   enum cause cause)
{
	const struct test_result *test;

	g_assert_cmpuint(i, <, suite->tests->len);
	test = suite->tests->pdata[i];
	g_assert_cmpstr(test->name, ==, name);
	g_assert_cmpint(test->outcome, ==, outcome);
	g_assert_cmpint(test->cause, ==, cause);
}

static void test_cause(void)
{
	g_autoptr(report_owner) r = report_new("part");

	g_assert_cmpint(culprit_cause(r), ==, CAUSE_NONE);
	report_fail(r, LAB_ERROR_LAB, "the host's disk is full");
	g_assert_cmpint(culprit_cause(r), ==, CAUSE_NONE);
	report_fail(r, LAB_ERROR_TIMEOUT, "s.sh did not end");
	g_assert_cmpint(culprit_cause(r), ==, CAUSE_HANG);
	add_finding(r, LAB_ERROR_KERNEL, false, NULL);
	g_assert_cmpint(culprit_cause(r), ==, CAUSE_HANG);
	add_finding(r, LAB_ERROR_KERNEL, true, NULL);
	g_assert_cmpint(culprit_cause(r), ==, CAUSE_CRASH);
	add_finding(r, LAB_ERROR_TIMEOUT, true, NULL);
	g_assert_cmpint(culprit_cause(r), ==, CAUSE_HANG);
}

/* The first without a result; what was said of the suite is the test's then. */
static void test_by_names(void)
{
	static char *const names[] = { (char *)"t1", (char *)"t2", (char *)"t3", (char *)"t4", NULL };
	g_autoptr(report_owner) r = report_new("part");
	struct report_suite *suite = suite_with(r, 2, 4);
	const struct report_failure *failure;
	g_auto(GStrv) left = NULL;

	report_fail(r, LAB_ERROR_TEST, "s.shabby has another name");
	report_fail(r, LAB_ERROR_TIMEOUT, "s.sh did not end");
	left = culprit_by_names(r, suite, names);
	g_assert_cmpuint(g_strv_length(left), ==, 1);
	g_assert_cmpstr(left[0], ==, "t4");
	g_assert_cmpuint(suite->tests->len, ==, 3);
	expect(suite, 2, "t3", OUTCOME_FAIL, CAUSE_HANG);
	g_assert_true(culprit_find(suite) == suite->tests->pdata[2]);
	failure = r->failures->pdata[0];
	g_assert_cmpstr(failure->text, ==, "s.shabby has another name");
	failure = r->failures->pdata[1];
	g_assert_cmpstr(failure->text, ==, "s.sh: t3 did not end");
	g_assert_cmpstr(failure->suite, ==, "s.sh");
	g_assert_cmpstr(failure->test, ==, "t3");
}

/* One that has a result and is marked; a group counts by what is in it. */
static void test_by_names_marked(void)
{
	static char *const names[] = { (char *)"t1", (char *)"group", (char *)"last", NULL };
	g_autoptr(report_owner) r = report_new("part");
	struct report_suite *suite = suite_with(r, 1, 3);
	struct test_result *inner = test_result_new("group/inner", OUTCOME_FAIL, NULL);
	g_auto(GStrv) left = NULL, none = NULL;

	inner->cause = CAUSE_CRASH;
	g_ptr_array_add(suite->tests, inner);
	left = culprit_by_names(r, suite, names);
	g_assert_cmpuint(g_strv_length(left), ==, 1);
	g_assert_cmpstr(left[0], ==, "last");
	g_assert_cmpuint(suite->tests->len, ==, 2);
	g_ptr_array_add(suite->tests, test_result_new("last", OUTCOME_PASS, NULL));
	none = culprit_by_names(r, suite, names);
	g_assert_cmpuint(g_strv_length(none), ==, 0);
}

static void test_by_number(void)
{
	g_autoptr(report_owner) r = report_new("part");
	struct report_suite *suite = suite_with(r, 1, 4);
	const struct finding *f = add_finding(r, LAB_ERROR_KERNEL, true, "s.sh");
	const struct test_result *skipped;

	((struct test_result *)suite->tests->pdata[0])->range = (struct log_range){ 3, 4 };
	suite->range = (struct log_range){ 3, 9 };
	suite->selectable = true;
	culprit_by_number(r, suite, "there is no way");
	/* Nobody can ask for what has a number alone. */
	g_assert_true(report_can_select(suite, "t1"));
	g_assert_false(report_can_select(suite, "test 2"));
	g_assert_false(report_can_select(suite, "test 3"));
	g_assert_cmpuint(((struct test_result *)suite->tests->pdata[1])->range.first, ==, 5);
	g_assert_cmpuint(((struct test_result *)suite->tests->pdata[1])->range.last, ==, 9);
	g_assert_cmpuint(suite->tests->len, ==, 4);
	expect(suite, 1, "test 2", OUTCOME_FAIL, CAUSE_CRASH);
	expect(suite, 2, "test 3", OUTCOME_SKIP, CAUSE_NOT_RUN);
	expect(suite, 3, "test 4", OUTCOME_SKIP, CAUSE_NOT_RUN);
	skipped = suite->tests->pdata[3];
	g_assert_cmpstr(skipped->detail, ==, "not run: there is no way");
	g_assert_cmpstr(test_result_reason(skipped), ==, "not run");
	g_assert_cmpstr(f->test, ==, "s.sh: test 2");
}

/* A plan is the guest's word: it does not fill the report. No plan, no number. */
static void test_by_number_bounds(void)
{
	g_autoptr(report_owner) r = report_new("part"), bare = report_new("part"), ended = report_new("part");
	struct report_suite *suite = suite_with(r, 1, 100000), *none = suite_with(bare, 0, 0);
	struct report_suite *whole = suite_with(ended, 3, 3);

	culprit_by_number(r, suite, "why");
	g_assert_cmpuint(suite->tests->len, <, 1100);
	culprit_by_number(bare, none, "why");
	g_assert_cmpuint(none->tests->len, ==, 1);
	expect(none, 0, "s.sh", OUTCOME_FAIL, CAUSE_NONE);
	/* All have their results: the suite broke behind them. */
	culprit_by_number(ended, whole, "why");
	g_assert_cmpuint(whole->tests->len, ==, 3);
	g_assert_null(culprit_find(whole));
}

static void test_words(void)
{
	static const struct {
		guint failed, runs;
		const char *counts;
	} samples[] = {
		{ 0, 0, NULL }, { 1, 1, NULL }, { 3, 3, "broken: 3 of 3 runs" },
		{ 1, 3, "flaky: failed in 1 of 3 runs" }, { 2, 3, "flaky: failed in 2 of 3 runs" },
	};
	struct test_result test = { .outcome = OUTCOME_FAIL };

	for (guint i = 0; i < G_N_ELEMENTS(samples); i++) {
		g_autofree char *counts = NULL;

		test.failed = samples[i].failed;
		test.runs = samples[i].runs;
		counts = test_result_counts(&test);
		g_assert_cmpstr(counts, ==, samples[i].counts);
	}
	g_assert_cmpstr(test_result_word(&test), ==, "flaky");
	g_assert_cmpstr(test_result_reason(&test), ==, "failed");
	test.outcome = OUTCOME_PASS;
	g_assert_null(test_result_reason(&test));
}

/* In all three: lines for people, JSON and JUnit. */
static void test_shown(void)
{
	g_autoptr(report_owner) r = report_new("test");
	struct report_suite *suite = suite_with(r, 1, 3);
	g_autoptr(JsonNode) root = NULL;
	g_autofree char *xml = NULL;
	g_auto(GStrv) lines = NULL, one = NULL;
	struct test_result *test;
	JsonObject *o;

	add_finding(r, LAB_ERROR_KERNEL, true, "s.sh");
	culprit_mark(r, suite, "t2", CAUSE_CRASH);
	test = report_test(suite, "t2");
	test->runs = test->failed = 3;
	g_ptr_array_add(suite->tests, test_result_new("t3", OUTCOME_FAIL, "expected 4\ngot 5"));
	lines = report_culprits(r, 5);
	g_assert_cmpuint(g_strv_length(lines), ==, 2);
	g_assert_cmpstr(lines[0], ==, "crash   s.sh: t2 (broken: 3 of 3 runs): a fault");
	g_assert_cmpstr(lines[1], ==, "failed  s.sh: t3: expected 4");
	one = report_culprits(r, 1);
	g_assert_cmpstr(one[1], ==, "and 1 more");
	xml = report_to_junit(r);
	g_assert_nonnull(strstr(xml, "<failure type=\"crash\" message=\"crash, broken: 3 of 3 runs: a fault\">"));
	g_assert_nonnull(strstr(xml, "<failure type=\"failed\" message=\"expected 4\">"));
	root = report_to_json(r);
	o = json_array_get_object_element(json_object_get_array_member(json_node_get_object(root), "suites"), 0);
	o = json_array_get_object_element(json_object_get_array_member(o, "tests"), 1);
	g_assert_cmpstr(json_object_get_string_member(o, "reason"), ==, "crash");
	g_assert_cmpstr(json_object_get_string_member(o, "word"), ==, "broken");
	g_assert_cmpint(json_object_get_int_member(o, "failed_runs"), ==, 3);
	g_assert_cmpint(json_object_get_int_member(o, "runs"), ==, 3);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/culprit/cause", test_cause);
	g_test_add_func("/culprit/by names", test_by_names);
	g_test_add_func("/culprit/by names, marked", test_by_names_marked);
	g_test_add_func("/culprit/by number", test_by_number);
	g_test_add_func("/culprit/by number, bounds", test_by_number_bounds);
	g_test_add_func("/culprit/words", test_words);
	g_test_add_func("/culprit/shown", test_shown);
	return g_test_run();
}
