// SPDX-License-Identifier: GPL-2.0-only
/* What a suite's results and its end are taken to mean; no guest is needed for that. */
#include <string.h>

#include "lib/folder.h"
#include "libvm/stage-suite-private.h"

struct fixture {
	char *dir;
	struct stage stage;
	struct suite_ref ref;
	struct inject_rule rule;
	struct suite suite;
};

static void set_up(struct fixture *f, gconstpointer data)
{
	g_autofree char *log = NULL;
	g_autoptr(GError) error = NULL;

	f->dir = g_dir_make_tmp("vexvm-suite-judge-XXXXXX", NULL);
	log = g_build_filename(f->dir, "kmsg.jsonl", NULL);
	f->stage.report = report_new("test");
	f->stage.kmsg = kmsg_new(log, &error);
	g_assert_no_error(error);
	f->ref.path = (char *)"s.sh";
	f->suite = (struct suite){ .stage = &f->stage, .ref = &f->ref, .ktap = ktap_new(NULL, NULL),
				   .result = report_suite(f->stage.report, "s.sh") };
	report_set_suite(f->stage.report, "s.sh");
}

static void tear_down(struct fixture *f, gconstpointer data)
{
	ktap_free(f->suite.ktap);
	g_free(f->suite.said);
	kmsg_free(f->stage.kmsg);
	report_free(f->stage.report);
	g_assert_true(folder_remove(f->dir, NULL));
	g_free(f->dir);
}

/* The suite has printed @text and ended with @status. */
static void judge(struct fixture *f, const char *text, int status)
{
	const struct guest_result result = { .status = status };

	ktap_feed(f->suite.ktap, text, strlen(text));
	suite_judge(&f->suite, &result);
}

/* @failure is the one of the report's, NULL: there is none. */
static void expect(const struct fixture *f, enum outcome outcome, const char *detail, const char *failure)
{
	const GPtrArray *failures = f->stage.report->failures;

	g_assert_cmpint(f->suite.result->outcome, ==, outcome);
	g_assert_cmpstr(f->suite.result->detail, ==, detail);
	if (failures->len)
		g_assert_cmpstr(((struct report_failure *)failures->pdata[0])->text, ==, failure);
	g_assert_cmpuint(failures->len, ==, failure ? 1 : 0);
}

static enum outcome test_outcome(const struct fixture *f, guint i)
{
	g_assert_cmpuint(i, <, f->suite.result->tests->len);
	return ((struct test_result *)f->suite.result->tests->pdata[i])->outcome;
}

/* Without KTAP its exit status is the one result. */
static void test_status_pass(struct fixture *f, gconstpointer data)
{
	judge(f, "some words\n", 0);
	expect(f, OUTCOME_PASS, NULL, NULL);
	g_assert_cmpuint(f->suite.result->tests->len, ==, 1);
	g_assert_cmpstr(((struct test_result *)f->suite.result->tests->pdata[0])->name, ==, "s.sh");
}

static void test_status_skip(struct fixture *f, gconstpointer data)
{
	judge(f, "", 4);
	expect(f, OUTCOME_SKIP, NULL, NULL);
	g_assert_cmpint(test_outcome(f, 0), ==, OUTCOME_SKIP);
}

static void test_status_fail(struct fixture *f, gconstpointer data)
{
	f->suite.said = g_strdup("no such disk");
	judge(f, "", 2);
	expect(f, OUTCOME_FAIL, "exit status 2: no such disk", "s.sh: exit status 2: no such disk");
}

static void test_signal(struct fixture *f, gconstpointer data)
{
	judge(f, "", 139);
	expect(f, OUTCOME_FAIL, "killed by signal 11 (Segmentation fault)",
	       "s.sh: killed by signal 11 (Segmentation fault)");
}

static void test_passed(struct fixture *f, gconstpointer data)
{
	judge(f, "KTAP version 1\n1..2\nok 1 a\nok 2 b\n", 0);
	expect(f, OUTCOME_PASS, NULL, NULL);
	g_assert_cmpuint(f->suite.result->tests->len, ==, 2);
	g_assert_cmpuint(f->suite.result->planned, ==, 2);
}

static void test_failed(struct fixture *f, gconstpointer data)
{
	judge(f, "KTAP version 1\n1..2\nok 1 a\n# got 3\nnot ok 2 b\n", 1);
	expect(f, OUTCOME_FAIL, NULL, "s.sh: b: got 3");
}

/* All passed, and yet it was not content. */
static void test_odd_end(struct fixture *f, gconstpointer data)
{
	judge(f, "KTAP version 1\n1..2\nok 1 a\nok 2 b\n", 1);
	expect(f, OUTCOME_FAIL, "exit status 1, though none of its results is a failure (2 of 2)",
	       "s.sh: exit status 1, though none of its results is a failure (2 of 2)");
}

static void test_short(struct fixture *f, gconstpointer data)
{
	judge(f, "KTAP version 1\n1..2\nok 1 a\n", 0);
	g_assert_cmpint(f->suite.result->outcome, ==, OUTCOME_FAIL);
	g_assert_cmpuint(f->stage.report->failures->len, ==, 1);
}

static void test_skipped(struct fixture *f, gconstpointer data)
{
	judge(f, "KTAP version 1\n1..0 # SKIP no disk\n", 0);
	expect(f, OUTCOME_SKIP, "no disk", NULL);
}

/* Results behind the test that broke the guest are another guest's. */
static void test_dropping(struct fixture *f, gconstpointer data)
{
	static const char text[] = "KTAP version 1\n1..3\nok 1 a\nnot ok 2 b\nok 3 c\n";

	ktap_feed(f->suite.ktap, text, strlen(text));
	((struct test_result *)ktap_tests(f->suite.ktap)->pdata[1])->cause = CAUSE_CRASH;
	f->suite.result->selectable = f->stage.goes_on = f->suite.spoilt = true;
	g_assert_true(suite_is_dropping(&f->suite));
	suite_take_tests(&f->suite);
	g_assert_cmpuint(f->suite.result->tests->len, ==, 2);
}

/* With a rule of errors; @injected of 7 requests met one. */
static void judge_rule(struct fixture *f, guint injected)
{
	f->ref.rule = &f->rule;
	f->suite.result->requests = 7;
	f->suite.result->injected = injected;
	judge(f, "KTAP version 1\n1..2\nok 1 a\nok 2 b # SKIP x\n", 0);
	suite_judge_injection(&f->suite);
}

static const char none[] = "no error was injected: of the requests that the rule counts there were 7";

static void test_injected(struct fixture *f, gconstpointer data)
{
	judge_rule(f, 1);
	expect(f, OUTCOME_PASS, NULL, NULL);
	g_assert_cmpint(test_outcome(f, 0), ==, OUTCOME_PASS);
}

/* Nothing that passed was tested. */
static void test_not_injected(struct fixture *f, gconstpointer data)
{
	g_autofree char *failure = g_strconcat("s.sh: ", none, NULL);

	judge_rule(f, 0);
	expect(f, OUTCOME_FAIL, none, failure);
	g_assert_cmpint(test_outcome(f, 0), ==, OUTCOME_SKIP);
}

/* That is how a sweep ends. */
static void test_swept(struct fixture *f, gconstpointer data)
{
	f->ref.swept = true;
	judge_rule(f, 0);
	expect(f, OUTCOME_SKIP, none, NULL);
	g_assert_cmpint(test_outcome(f, 0), ==, OUTCOME_SKIP);
}

static void test_endless_sweep(struct fixture *f, gconstpointer data)
{
	f->rule = (struct inject_rule){ .open = true, .n = 9, .last = 9 };
	judge_rule(f, 1);
	g_assert_cmpuint(f->stage.report->failures->len, ==, 1);
	g_assert_nonnull(strstr(((struct report_failure *)f->stage.report->failures->pdata[0])->text,
				"the sweep has no end"));
}

int main(int argc, char **argv)
{
	static const struct {
		const char *path;
		void (*test)(struct fixture *f, gconstpointer data);
	} tests[] = {
		{ "/suite judge/status pass", test_status_pass }, { "/suite judge/status skip", test_status_skip },
		{ "/suite judge/status fail", test_status_fail }, { "/suite judge/signal", test_signal },
		{ "/suite judge/passed", test_passed }, { "/suite judge/failed", test_failed },
		{ "/suite judge/odd end", test_odd_end }, { "/suite judge/short", test_short },
		{ "/suite judge/skipped", test_skipped }, { "/suite judge/dropping", test_dropping },
		{ "/suite judge/injected", test_injected }, { "/suite judge/not injected", test_not_injected },
		{ "/suite judge/swept", test_swept }, { "/suite judge/endless sweep", test_endless_sweep },
	};

	g_test_init(&argc, &argv, NULL);
	for (guint i = 0; i < G_N_ELEMENTS(tests); i++)
		g_test_add(tests[i].path, struct fixture, NULL, set_up, tests[i].test, tear_down);
	return g_test_run();
}
