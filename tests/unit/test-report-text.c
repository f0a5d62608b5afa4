// SPDX-License-Identifier: GPL-2.0-only
/* What is told of a run that failed: what broke, why, where, and how to see it again. */
#include <string.h>

#include "libvm/culprit.h"
#include "libvm/report.h"

static struct report *report_with_suite(const char *name, bool selectable)
{
	struct report *r = report_new("test");
	struct report_suite *suite = report_suite(r, name);

	suite->select = g_strdup(name);
	suite->selectable = selectable;
	r->again.program = g_strdup("vexvm --project=/p");
	r->again.wanted = g_strdup(" --suite=a --suite=b");
	r->again.options = g_strdup(" --cold --memory=1G");
	return r;
}

static void expect_again(const struct report *r, const char *suite, const char *test, const char *wanted)
{
	g_autofree char *again = report_again(r, suite, test);

	g_assert_cmpstr(again, ==, wanted);
}

/* As little as shows it: the suite, of one that can the test; and what else was asked for. */
static void test_again(void)
{
	g_autoptr(report_owner) r = report_with_suite("it's.sh", false);
	struct report_suite *suite = r->suites->pdata[0];

	report_suite(r, "load");
	expect_again(r, NULL, NULL, "vexvm --project=/p test --suite=a --suite=b --cold --memory=1G");
	expect_again(r, "no such", "x", "vexvm --project=/p test --suite=a --suite=b --cold --memory=1G");
	expect_again(r, "it's.sh", "x", "vexvm --project=/p test --suite='it'\\''s.sh' --cold --memory=1G");
	suite->selectable = true;
	expect_again(r, "it's.sh", NULL, "vexvm --project=/p test --suite='it'\\''s.sh' --cold --memory=1G");
	expect_again(r, "it's.sh", "a b",
		     "vexvm --project=/p test --suite='it'\\''s.sh' --test='a b' --cold --memory=1G");
	g_ptr_array_add(suite->tests, test_result_new("test 3", OUTCOME_FAIL, NULL));
	report_test(suite, "test 3")->numbered = true;
	expect_again(r, "it's.sh", "test 3", "vexvm --project=/p test --suite='it'\\''s.sh' --cold --memory=1G");
	expect_again(r, "load", "unload", "vexvm --project=/p test load --cold --memory=1G");
	g_free(r->mode);
	r->mode = g_strdup("ffi");
	expect_again(r, NULL, NULL, "vexvm --project=/p test ffi --suite=a --suite=b --cold --memory=1G");
	expect_again(r, "it's.sh", NULL, "vexvm --project=/p test --suite='it'\\''s.sh' --cold --memory=1G");
}

static void test_passed(void)
{
	g_autoptr(report_owner) r = report_with_suite("a.sh", false);
	g_autofree char *text = report_blame_text(r);

	g_assert_cmpstr(text, ==, "");
}

static void test_finding(void)
{
	g_autoptr(report_owner) r = report_with_suite("a.sh", true);
	struct finding *f = finding_new("kasan", LAB_ERROR_KERNEL, "BUG: KASAN: \033[31muse-after-free");
	const struct report_failure *worst;
	g_autofree char *text = NULL;

	f->test = g_strdup("a.sh: it mounts");
	f->stage = g_strdup("tests");
	f->function = g_strdup("put_it");
	f->module = g_strdup("vexfs");
	f->file = g_strdup("src/inode.c");
	f->file_line = 7;
	f->excerpt = g_strdup("       6  {\n>      7  \tfree(x);\n");
	f->first_line = 40;
	f->last_line = 70;
	g_ptr_array_add(r->findings, f);
	report_fail(r, LAB_ERROR_TEST, "b.sh: other");
	text = report_blame_text(r);
	g_assert_cmpstr(text, ==,
			"  where     src/inode.c:7, put_it [vexfs]\n"
			"             6  {\n"
			"      >      7  \tfree(x);\n"
			"  why       kasan: BUG: KASAN: use-after-free\n"
			"  log       kmsg.jsonl, lines 40 to 70\n"
			"  also      b.sh: other\n");
	worst = report_judge(r);
	g_assert_cmpstr(worst->suite, ==, "a.sh");
	g_assert_cmpstr(worst->test, ==, "it mounts");
	expect_again(r, worst->suite, worst->test,
		     "vexvm --project=/p test --suite=a.sh --test='it mounts' --cold --memory=1G");
}

/* One of the load stage has no test, and the stage's name is the suite's. */
static void test_finding_of_load(void)
{
	g_autoptr(report_owner) r = report_with_suite("a.sh", true);
	struct finding *f = finding_new("panic", LAB_ERROR_KERNEL, "Kernel panic");

	report_suite(r, "load");
	f->stage = g_strdup("load");
	g_ptr_array_add(r->findings, f);
	g_assert_cmpstr(report_judge(r)->suite, ==, "load");
	g_assert_null(report_judge(r)->test);
}

static void test_failed_test(void)
{
	g_autoptr(report_owner) r = report_with_suite("a.sh", false);
	g_autoptr(GString) detail = g_string_new("expected 4, got 5\n");
	g_autofree char *text = NULL, *whole = NULL;

	for (guint i = 2; i <= 20; i++)
		g_string_append_printf(detail, "line %u\n", i);
	g_ptr_array_add(r->suites->pdata[0] ? ((struct report_suite *)r->suites->pdata[0])->tests : NULL,
			test_result_new("adds", OUTCOME_FAIL, detail->str));
	report_set_suite(r, "a.sh");
	report_fail_test(r, "adds", "expected 4, got 5");
	g_assert_cmpstr(report_judge(r)->text, ==, "a.sh: adds: expected 4, got 5");
	text = report_blame_text(r);
	g_assert_true(g_str_has_prefix(text, "  said      not ok - adds\n"
					     "            expected 4, got 5\n"
					     "            line 2\n"));
	g_assert_nonnull(strstr(text, "line 12\n            …\n"));
	g_assert_null(strstr(text, "line 13"));
}

static void test_hang(void)
{
	g_autoptr(report_owner) r = report_with_suite("a.sh", false);
	g_autofree char *text = NULL;

	r->hang = g_strdup("test hung: a.sh; the kernel answers\nrmmod hangs in f [m]\n"
			   "    PID    PPID STAT\n      1       0 Ss\n");
	report_set_suite(r, "a.sh");
	report_fail(r, LAB_ERROR_TIMEOUT, "a.sh did not end within 5 s");
	text = report_blame_text(r);
	g_assert_cmpstr(text, ==, "  hang      test hung: a.sh; the kernel answers\n"
				  "            rmmod hangs in f [m]\n"
				  "            (all of it: hang.txt)\n");
	g_assert_cmpstr(report_judge(r)->suite, ==, "a.sh");
}

/* What the headline says is not said again, neither as the test's words nor behind its name. */
static void test_hang_once(void)
{
	g_autoptr(report_owner) r = report_with_suite("a.sh", false);
	g_autofree char *text = NULL;

	report_set_suite(r, "a.sh");
	report_fail(r, LAB_ERROR_TIMEOUT, "a.sh did not end within 5 s: cat is busy in f [m] at m.c:7");
	culprit_mark(r, r->suites->pdata[0], "reads", CAUSE_HANG);
	g_assert_cmpstr(report_judge(r)->text, ==, "a.sh: reads did not end within 5 s: cat is busy in f [m] at m.c:7");
	text = report_blame_text(r);
	g_assert_cmpstr(text, ==, "  tests     0 passed, 1 failed, in 1 suite\n"
				  "            hang    a.sh: reads: did not end within 5 s: cat is busy in f [m] at m.c:7\n");
}

static void add_leak(GPtrArray *leaks, const char *detail)
{
	struct leak *leak = g_new0(struct leak, 1);

	leak->kind = "proc";
	leak->name = g_strdup(detail);
	leak->detail = g_strdup(detail);
	g_ptr_array_add(leaks, leak);
}

/* All of them, and none of them is told twice; the suite is told where there was one alone. */
static void test_leaks(void)
{
	g_autoptr(report_owner) r = report_with_suite("a.sh", false), two = report_with_suite("a.sh", false);
	g_autoptr(GPtrArray) leaks = g_ptr_array_new();
	g_autofree char *text = NULL;

	add_leak(leaks, "left behind: /proc/x");
	add_leak(leaks, "left behind: /proc/y");
	report_take_leaks(r, leaks);
	text = report_blame_text(r);
	g_assert_cmpstr(text, ==, "  left      left behind: /proc/x\n"
				  "            left behind: /proc/y\n");
	g_assert_cmpstr(report_judge(r)->suite, ==, "a.sh");
	report_suite(two, "b.sh");
	add_leak(leaks, "left behind: /proc/x");
	report_take_leaks(two, leaks);
	g_assert_null(report_judge(two)->suite);
}

/* By the load stage's reloads a leak of one load is many; what a load left by itself needs no words. */
static void test_loads(void)
{
	static const struct {
		guint first, second;
		const char *line;
	} samples[] = {
		{ 21, 21, "            (the module was loaded 21 times)\n" }, { 1, 1, "" }, { 0, 0, "" }, { 21, 0, "" },
	};

	for (guint i = 0; i < G_N_ELEMENTS(samples); i++) {
		g_autoptr(report_owner) r = report_new("load");
		g_autoptr(GPtrArray) leaks = g_ptr_array_new();
		g_autofree char *text = NULL, *wanted = NULL;

		add_leak(leaks, "left behind: /proc/x");
		add_leak(leaks, "left behind: /proc/y");
		((struct leak *)leaks->pdata[0])->loads = samples[i].first;
		((struct leak *)leaks->pdata[1])->loads = samples[i].second;
		report_take_leaks(r, leaks);
		text = report_blame_text(r);
		wanted = g_strconcat("  left      left behind: /proc/x\n            left behind: /proc/y\n",
				     samples[i].line, NULL);
		g_assert_cmpstr(text, ==, wanted);
	}
}

/* Who left it there is known after the search; several tests are none. */
static void test_leak_of_test(void)
{
	g_autoptr(report_owner) r = report_with_suite("a.sh", true);
	GPtrArray *tests = ((struct report_suite *)r->suites->pdata[0])->tests;
	g_autoptr(GPtrArray) leaks = g_ptr_array_new();
	g_autofree char *text = NULL;

	g_ptr_array_add(tests, test_result_new("x", OUTCOME_FAIL, "left behind: /proc/x"));
	report_suite(r, "b.sh");
	add_leak(leaks, "left behind: /proc/x");
	add_leak(leaks, "left behind: /proc/y");
	((struct leak *)leaks->pdata[0])->test = g_strdup("a.sh: x");
	((struct leak *)leaks->pdata[1])->test = g_strdup("a.sh: x, a.sh: y");
	report_take_leaks(r, leaks);
	text = report_blame_text(r);
	g_assert_cmpstr(text, ==, "  left      left behind: /proc/x, by a.sh: x\n"
				  "            left behind: /proc/y, by a.sh: x, a.sh: y\n"
				  "  tests     0 passed, 1 failed, in 2 suites\n"
				  "            failed  a.sh: x: left behind: /proc/x\n");
	g_assert_cmpstr(report_judge(r)->suite, ==, "a.sh");
	g_assert_cmpstr(report_judge(r)->test, ==, "x");
	g_assert_null(((struct report_failure *)r->failures->pdata[1])->test);
}

/* Failed tests are told with how often they do; a finding beside them too. */
static void test_culprits(void)
{
	g_autoptr(report_owner) r = report_with_suite("a.sh", true);
	GPtrArray *tests = ((struct report_suite *)r->suites->pdata[0])->tests;
	struct finding *f = finding_new("warning", LAB_ERROR_KERNEL, "WARNING");
	g_autofree char *text = NULL;

	g_ptr_array_add(tests, test_result_new("x", OUTCOME_FAIL, "hung"));
	g_ptr_array_add(tests, test_result_new("y", OUTCOME_FAIL, "no"));
	report_test(r->suites->pdata[0], "x")->cause = CAUSE_HANG;
	report_test(r->suites->pdata[0], "y")->runs = 3;
	report_test(r->suites->pdata[0], "y")->failed = 1;
	report_set_suite(r, "a.sh");
	report_fail_test(r, "y", "no");
	report_fail(r, LAB_ERROR_LAB, "the disk is full");
	report_set_suite(r, NULL);
	f->test = g_strdup("a.sh: y");
	g_ptr_array_add(r->findings, f);
	text = report_blame_text(r);
	g_assert_nonnull(strstr(text, "  tests     0 passed, 2 failed, in 1 suite\n"
				      "            hang    a.sh: x: hung\n"
				      "            failed  a.sh: y (flaky: failed in 1 of 3 runs): no\n"
				      "  also      the disk is full\n"));
}

/* The source's lines come before what the kernel reports of the same fault later. */
static void test_order_of_others(void)
{
	g_autoptr(report_owner) r = report_with_suite("a.sh", true);
	struct finding *real = finding_new("slab", LAB_ERROR_KERNEL, "BUG kmalloc-64: Right Redzone overwritten");
	g_autofree char *text = NULL;

	g_ptr_array_add(r->findings, finding_new("oops", LAB_ERROR_KERNEL, "the worst"));
	for (guint i = 0; i < 6; i++)
		g_ptr_array_add(r->findings, finding_new("slab", LAB_ERROR_KERNEL, "BUG kmalloc-64: Wrong object count"));
	real->file = g_strdup("uaf.c");
	real->file_line = 51;
	g_ptr_array_add(r->findings, real);
	text = report_blame_text(r);
	g_assert_nonnull(strstr(text, "  also      BUG kmalloc-64: Right Redzone overwritten at uaf.c:51\n"));
	g_assert_nonnull(strstr(text, "  and 2 more\n"));
}

static struct finding *init_result_new(const char *test)
{
	struct finding *f = finding_new("init-result", LAB_ERROR_LOAD, "do_init_module: 'nc'->init suspiciously "
					"returned 3, it should follow 0/-E convention");

	f->function = g_strdup("do_init_module");
	f->stage = g_strdup(test ? "tests" : "load");
	f->test = g_strdup(test);
	return f;
}

/* Each load tells it: it is one fault, the module's, and no test's. */
static void test_init_result(void)
{
	g_autoptr(report_owner) r = report_new("test");
	g_autoptr(GPtrArray) findings = g_ptr_array_new();
	const struct finding *f;

	report_suite(r, "load");
	g_ptr_array_add(findings, init_result_new(NULL));
	report_take_findings(r, findings, 0);
	g_ptr_array_add(findings, init_result_new("a.sh: x"));
	report_take_findings(r, findings, 9);
	g_assert_cmpuint(r->findings->len, ==, 1);
	f = r->findings->pdata[0];
	g_assert_cmpstr(f->module, ==, "nc");
	g_assert_cmpuint(f->count, ==, 2);
	g_assert_cmpstr(report_judge(r)->text, ==,
			"init_module returned 3, and not 0 or a negative error [nc], in load");
	g_assert_cmpuint(r->failures->len, ==, 1);
}

/* What another run took is told beside what this one did; what nobody noticed is not. */
static void test_waited(void)
{
	g_autoptr(report_owner) r = report_new("test");
	g_autofree char *at_once = NULL, *late = NULL;

	r->seconds = 9.5;
	r->waited = 0.2;
	at_once = report_verdict_line(r);
	g_assert_true(g_str_has_suffix(at_once, "total 9.5 s"));
	r->waited = 128.3;
	late = report_verdict_line(r);
	g_assert_true(g_str_has_suffix(late, "total 9.5 s, after 128 s of waiting for another run"));
}

static void add_unrun(GPtrArray *tests, guint from, guint n)
{
	for (guint i = from; i < from + n; i++) {
		g_autofree char *name = g_strdup_printf("test %u", i);
		struct test_result *test = test_result_new(name, OUTCOME_SKIP, "not run: it cannot be asked");

		test->cause = CAUSE_NOT_RUN;
		g_ptr_array_add(tests, test);
	}
}

/* What a crash cost is said, with what would mend it, in one line. */
static void test_unrun(void)
{
	g_autoptr(report_owner) r = report_with_suite("a.sh", false);
	GPtrArray *tests = ((struct report_suite *)r->suites->pdata[0])->tests;
	g_autofree char *text = NULL;
	g_auto(GStrv) few = NULL;

	g_ptr_array_add(tests, test_result_new("test 1", OUTCOME_FAIL, "it crashed"));
	add_unrun(tests, 2, 7);
	add_unrun(report_suite(r, "b.sh")->tests, 1, 1);
	report_suite(r, "d.sh")->detail = g_strdup("not run: 16 tests before it ended their guests");
	report_set_suite(r, "a.sh");
	report_fail_test(r, "test 1", "it crashed");
	text = report_blame_text(r);
	g_assert_nonnull(strstr(text, "  tests     0 passed, 1 failed, 8 not run, in 3 suites\n"
				      "            failed  a.sh: test 1: it crashed\n"
				      "  not run   a.sh: 7 tests: it cannot be asked\n"
				      "            b.sh: 1 test: it cannot be asked\n"
				      "            d.sh: 16 tests before it ended their guests\n"));
	add_unrun(report_suite(r, "c.sh")->tests, 1, 3);
	few = report_unrun(r, 1);
	g_assert_cmpuint(g_strv_length(few), ==, 2);
	g_assert_cmpstr(few[1], ==, "and 5 more");
}

/* How far a run came that failed is told as of one that passed; nothing where it came to no test. */
static void test_counts(void)
{
	g_autoptr(report_owner) r = report_with_suite("a.sh", false), none = report_with_suite("a.sh", false);
	GPtrArray *tests = ((struct report_suite *)r->suites->pdata[0])->tests;
	g_autofree char *text = NULL, *nothing = NULL;

	g_ptr_array_add(tests, test_result_new("x", OUTCOME_PASS, NULL));
	g_ptr_array_add(tests, test_result_new("y", OUTCOME_PASS, NULL));
	g_ptr_array_add(tests, test_result_new("z", OUTCOME_SKIP, "no disk"));
	g_ptr_array_add(tests, test_result_new("v", OUTCOME_XFAIL, NULL));
	add_unrun(tests, 5, 2);
	report_suite(r, "b.sh");
	report_fail(r, LAB_ERROR_LAB, "the disk is full");
	text = report_blame_text(r);
	g_assert_true(g_str_has_prefix(text, "  tests     2 passed, 0 failed, 2 not run, 1 skipped, "
					     "1 failed as expected, in 2 suites\n  not run "));
	report_fail(none, LAB_ERROR_BUILD, "a.c:1:2: error: x");
	nothing = report_blame_text(none);
	g_assert_cmpstr(nothing, ==, "");
}

static void test_skipped(void)
{
	g_autoptr(report_owner) r = report_with_suite("a.sh", false);
	GPtrArray *tests = ((struct report_suite *)r->suites->pdata[0])->tests;
	g_autofree char *none = report_skipped_text(r), *text = NULL;
	g_auto(GStrv) few = NULL;

	g_assert_cmpstr(none, ==, "");
	g_ptr_array_add(tests, test_result_new("x", OUTCOME_SKIP, "no disk"));
	g_ptr_array_add(tests, test_result_new("y", OUTCOME_SKIP, NULL));
	g_ptr_array_add(tests, test_result_new("z", OUTCOME_PASS, NULL));
	add_unrun(tests, 4, 1);
	text = report_skipped_text(r);
	g_assert_cmpstr(text, ==, "  skipped   a.sh: x: no disk\n"
				  "            a.sh: y\n");
	few = report_skipped(r, 1);
	g_assert_cmpstr(few[1], ==, "and 1 more");
}

/* A part's lines of the log are behind those of the parts before it. */
static void test_log_lines(void)
{
	g_autoptr(report_owner) r = report_new("test");

	for (guint i = 0; i < 2; i++) {
		g_autoptr(report_owner) part = report_new("part");
		struct report_suite *suite = report_suite(part, "a.sh");
		struct test_result *test = test_result_new("t", OUTCOME_PASS, NULL);
		struct finding *f = finding_new("oops", LAB_ERROR_KERNEL, "x");

		suite->range = (struct log_range){ 3, 9 };
		test->range = (struct log_range){ 4, 5 };
		g_ptr_array_add(suite->tests, test);
		g_ptr_array_add(suite->tests, test_result_new("said nothing", OUTCOME_PASS, NULL));
		f->first_line = f->last_line = 6;
		g_ptr_array_add(part->findings, f);
		part->log_lines = 10;
		report_absorb(r, part);
	}
	g_assert_cmpuint(r->log_lines, ==, 20);
	g_assert_cmpuint(((struct finding *)r->findings->pdata[0])->first_line, ==, 6);
	g_assert_cmpuint(((struct finding *)r->findings->pdata[1])->first_line, ==, 16);
	g_assert_cmpuint(((struct finding *)r->findings->pdata[1])->last_line, ==, 16);
	g_assert_cmpuint(r->suites->len, ==, 1);
	{
		const struct report_suite *suite = r->suites->pdata[0];
		const struct test_result *second = suite->tests->pdata[2], *silent = suite->tests->pdata[3];

		g_assert_cmpuint(suite->range.first, ==, 3);
		g_assert_cmpuint(suite->range.last, ==, 19);
		g_assert_cmpuint(second->range.first, ==, 14);
		g_assert_cmpuint(second->range.last, ==, 15);
		g_assert_cmpuint(silent->range.first, ==, 0);
	}
}

static void add_stage(struct report *r, const char *name, double from, double to)
{
	struct report_stage *stage = report_add_stage(r, name);

	stage->from = from;
	stage->to = to;
	stage->seconds = to - from;
}

/* What ran side by side is one stage, from the first beginning to the last end. */
static void test_stage_times(void)
{
	g_autoptr(report_owner) r = report_new("test"), a = report_new("part"), b = report_new("part");
	const struct report_stage *stage;

	add_stage(a, "tests", 3, 6);
	add_stage(b, "tests", 2, 4);
	report_absorb(r, a);
	report_absorb(r, b);
	stage = r->stages->pdata[0];
	g_assert_cmpfloat(stage->from, ==, 2);
	g_assert_cmpfloat(stage->to, ==, 6);
	g_assert_cmpfloat(stage->seconds, ==, 5);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/report-text/again", test_again);
	g_test_add_func("/report-text/passed", test_passed);
	g_test_add_func("/report-text/finding", test_finding);
	g_test_add_func("/report-text/finding-of-load", test_finding_of_load);
	g_test_add_func("/report-text/failed-test", test_failed_test);
	g_test_add_func("/report-text/hang", test_hang);
	g_test_add_func("/report-text/hang-once", test_hang_once);
	g_test_add_func("/report-text/leaks", test_leaks);
	g_test_add_func("/report-text/loads", test_loads);
	g_test_add_func("/report-text/leak-of-test", test_leak_of_test);
	g_test_add_func("/report-text/culprits", test_culprits);
	g_test_add_func("/report-text/order of others", test_order_of_others);
	g_test_add_func("/report-text/waited", test_waited);
	g_test_add_func("/report-text/init-result", test_init_result);
	g_test_add_func("/report-text/unrun", test_unrun);
	g_test_add_func("/report-text/counts", test_counts);
	g_test_add_func("/report-text/skipped", test_skipped);
	g_test_add_func("/report-text/log-lines", test_log_lines);
	g_test_add_func("/report-text/stage-times", test_stage_times);
	return g_test_run();
}
