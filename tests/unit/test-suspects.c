// SPDX-License-Identifier: GPL-2.0-only
/* Whose a leak is, as far as it is plain without running anything again. */
#include "lib/folder.h"
#include "libvm/audit.h"
#include "libvm/suspects.c"

struct fixture {
	char *dir;
	struct report *report;
	struct run_options options;
	struct run run;
	struct farm farm;
};

static void set_up(struct fixture *f, gconstpointer data)
{
	f->dir = g_dir_make_tmp("vexvm-suspects-XXXXXX", NULL);
	f->report = report_new("test");
	f->report->folder = g_strdup(f->dir);
	f->run.report = f->report;
	f->run.options = &f->options;
	f->farm.run = &f->run;
	f->farm.conf.source = f->dir;
	f->farm.conf.audit = true;
	f->farm.suspects = suspects_new();
}

static void tear_down(struct fixture *f, gconstpointer data)
{
	suspects_free(f->farm.suspects);
	report_free(f->report);
	g_assert_true(folder_remove(f->dir, NULL));
	g_free(f->dir);
}

/* The names in /proc that are left, with blanks between them. */
static void leave(struct report *part, const char *names)
{
	g_autoptr(GPtrArray) functions = audit_functions_new(), leaks = NULL;
	g_auto(GStrv) words = g_strsplit(names, " ", -1);
	GString *text = g_string_new(NULL);

	for (char **word = words; *word; word++)
		g_string_append_printf(text, "proc\t/proc/%s\tfile\t0\t1\n", *word);
	leaks = audit_compare(text->str, functions, NULL);
	g_assert_cmpuint(leaks->len, ==, g_strv_length(words));
	report_take_leaks(part, leaks);
	g_string_free(text, TRUE);
}

/* The load stage's clone; one that @ended before its audit left nothing that anybody saw. */
static void load_stage(struct fixture *f, const char *leaks, bool ended)
{
	struct task *task = task_new(&f->farm, 0);
	struct leg *leg;

	task->checks = true;
	leg = leg_new(task, task->suites);
	report_set_suite(leg->part, "load");
	report_suite(leg->part, "load");
	if (!ended)
		report_add_stage(leg->part, "audit");
	leg->broken = 0;
	if (leaks)
		leave(leg->part, leaks);
	suspects_note(&f->farm, task, leg);
	report_absorb(f->report, leg->part);
	task_free(task);
}

static void load(struct fixture *f, const char *leaks)
{
	load_stage(f, leaks, false);
}

/* One clone with the suite s.sh or its test @test, which left @leaks. */
static void run(struct fixture *f, const char *test, const char *leaks)
{
	struct task *task = task_new(&f->farm, 1);
	struct report_suite *suite;
	struct leg *leg;

	suite_refs_add(task->suites, &(struct suite_ref){ .path = (char *)"t/s.sh", .test = (char *)test });
	leg = leg_new(task, task->suites);
	leg->broken = 1;
	suite = report_suite(leg->part, "s.sh");
	g_ptr_array_add(suite->tests, test_result_new("a", OUTCOME_PASS, NULL));
	leave(leg->part, leaks);
	suspects_note(&f->farm, task, leg);
	report_absorb(f->report, leg->part);
	task_free(task);
}

static const struct test_result *only_test(const struct fixture *f)
{
	const struct report_suite *suite = report_find_suite(f->report, "s.sh");

	g_assert_cmpuint(suite->tests->len, ==, 1);
	return suite->tests->pdata[0];
}

static const char *blamed(const struct fixture *f, const char *name)
{
	for (guint i = 0; i < f->report->leaks->len; i++) {
		const struct leak *leak = f->report->leaks->pdata[i];

		if (g_str_has_suffix(leak->detail, name))
			return leak->test;
	}
	g_assert_not_reached();
}

static void test_alone(struct fixture *f, gconstpointer data)
{
	const struct test_result *test;

	load(f, NULL);
	run(f, "a", "x y");
	test = only_test(f);
	g_assert_cmpint(test->outcome, ==, OUTCOME_FAIL);
	g_assert_cmpint(test->cause, ==, CAUSE_LEAK);
	g_assert_cmpstr(test->detail, ==, "left behind: /proc entry /proc/x");
	g_assert_cmpstr(blamed(f, "x"), ==, "s.sh: a");
	g_assert_cmpstr(blamed(f, "y"), ==, "s.sh: a");
}

/* What is left without any test is none's; what comes to it is. */
static void test_own(struct fixture *f, gconstpointer data)
{
	load(f, "x");
	run(f, "a", "x");
	g_assert_cmpint(only_test(f)->outcome, ==, OUTCOME_PASS);
	g_assert_null(blamed(f, "x"));
}

static void test_own_and_more(struct fixture *f, gconstpointer data)
{
	load(f, "x");
	run(f, "a", "x y");
	g_assert_cmpint(only_test(f)->cause, ==, CAUSE_LEAK);
	g_assert_null(blamed(f, "x"));
	g_assert_cmpstr(blamed(f, "y"), ==, "s.sh: a");
}

/* A suite that cannot be asked for single tests is named, and none of its tests. */
static void test_whole(struct fixture *f, gconstpointer data)
{
	load(f, NULL);
	run(f, NULL, "x");
	g_assert_cmpint(only_test(f)->outcome, ==, OUTCOME_PASS);
	g_assert_cmpstr(blamed(f, "x"), ==, "s.sh");
}

/* The suite that a failure sends people to. */
static const char *sent_to(const struct fixture *f, const char *name)
{
	for (guint i = f->report->failures->len; i-- > 0;) {
		const struct report_failure *failure = f->report->failures->pdata[i];

		if (g_str_has_suffix(failure->text, name))
			return failure->suite;
	}
	g_assert_not_reached();
}

/* What the module leaves by itself is seen again by loading it, and not the suite's beside it. */
static void test_own_again(struct fixture *f, gconstpointer data)
{
	load(f, "x");
	run(f, NULL, "x y");
	g_assert_cmpstr(sent_to(f, "x"), ==, "load");
	g_assert_cmpstr(sent_to(f, "y"), ==, "s.sh");
}

/* A load stage that ended before its audit says nothing of what the module leaves by itself. */
static void test_load_ended(struct fixture *f, gconstpointer data)
{
	load_stage(f, NULL, true);
	run(f, NULL, "x");
	g_assert_null(blamed(f, "x"));
}

/* Two tests ended well before the clone broke under the third. */
static void broken_run(struct fixture *f, bool selectable)
{
	struct task *task = task_new(&f->farm, 1);
	struct report_suite *suite;
	struct leg *leg;

	suite_refs_add(task->suites, &(struct suite_ref){ .path = (char *)"t/s.sh" });
	leg = leg_new(task, task->suites);
	leg->broken = 0;
	suite = report_suite(leg->part, "s.sh");
	suite->selectable = selectable;
	g_ptr_array_add(suite->tests, test_result_new("a", OUTCOME_PASS, NULL));
	g_ptr_array_add(suite->tests, test_result_new("b", OUTCOME_PASS, NULL));
	g_ptr_array_add(suite->tests, test_result_new("c", OUTCOME_FAIL, NULL));
	report_test(suite, "c")->cause = CAUSE_CRASH;
	suspects_note(&f->farm, task, leg);
	report_absorb(f->report, leg->part);
	task_free(task);
	suspects_close(&f->farm);
}

/* What nobody has looked for is said, and what would. */
static void test_unaudited(struct fixture *f, gconstpointer data)
{
	g_autofree char *text = NULL;

	load(f, NULL);
	broken_run(f, true);
	report_fail(f->report, LAB_ERROR_KERNEL, "oops");
	g_assert_cmpuint(f->report->unaudited, ==, 2);
	text = report_blame_text(f->report);
	g_assert_cmpstr(text, ==, "  tests     2 passed, 1 failed, in 2 suites\n"
				  "            crash   s.sh: c\n"
				  "  leaks     not looked for after 2 tests in clones that broke; --confirm=1 finds out\n");
}

/* A suite that cannot be asked for single tests is not run again for those. */
static void test_unaudited_whole(struct fixture *f, gconstpointer data)
{
	f->options.confirm = 2;
	load(f, NULL);
	broken_run(f, false);
	g_assert_cmpuint(f->report->unaudited, ==, 2);
	g_assert_false(f->report->audits_more);
}

/* The tests that nobody asked, in a clone that had an audit or broke again. */
static void search(struct fixture *f, bool audited)
{
	g_autoptr(GPtrArray) groups = NULL;
	struct group *group;
	struct leg *leg;

	load(f, NULL);
	broken_run(f, true);
	groups = split(&f->farm);
	g_assert_cmpuint(groups->len, ==, 1);
	group = groups->pdata[0];
	group->task = task_new(&f->farm, 2);
	leg = leg_new(group->task, group->refs);
	if (audited)
		report_add_stage(leg->part, "audit");
	g_assert_false(judge(&f->farm, group));
	g_ptr_array_set_size(f->farm.suspects->groups, 0);
	suspects_close(&f->farm);
	task_free(group->task);
}

static void test_search(struct fixture *f, gconstpointer data)
{
	search(f, true);
	g_assert_cmpuint(f->report->unaudited, ==, 0);
}

static void test_search_broken(struct fixture *f, gconstpointer data)
{
	search(f, false);
	g_assert_cmpuint(f->report->unaudited, ==, 2);
}

/* With the load checks in the same clone it may be the module's: nothing is said at once. */
static void test_unknown_base(struct fixture *f, gconstpointer data)
{
	run(f, "a", "x");
	g_assert_cmpint(only_test(f)->outcome, ==, OUTCOME_PASS);
	g_assert_null(blamed(f, "x"));
}

static void keep_update(void *data, const char *what, enum progress_unit unit, guint64 done, guint64 total)
{
	char **last = data;

	g_free(*last);
	*last = g_strdup_printf("%s: %" G_GUINT64_FORMAT " of %" G_GUINT64_FORMAT, what, done, total);
}

/* While tests are run again, how far that is: not what the one that comes next does. */
static void test_progress(struct fixture *f, gconstpointer data)
{
	g_autofree char *last = NULL;
	const struct progress progress = { .update = keep_update, .data = &last };
	struct task *second;

	f->run.progress = &progress;
	f->farm.tasks = g_ptr_array_new_with_free_func(task_free);
	farm_add(&f->farm)->done = true;
	farm_add(&f->farm)->done = true;
	second = farm_add(&f->farm);
	f->farm.from = f->farm.merged = 1;
	progress_update(&second->progress, "s.sh", PROGRESS_STEPS, 1, 1);
	g_assert_null(last);
	f->farm.doing = "Repeating what failed";
	progress_update(&second->progress, "s.sh", PROGRESS_STEPS, 1, 1);
	g_assert_cmpstr(last, ==, "Repeating what failed: 1 of 2");
	g_ptr_array_unref(f->farm.tasks);
}

int main(int argc, char **argv)
{
	static const struct {
		const char *path;
		void (*test)(struct fixture *f, gconstpointer data);
	} tests[] = {
		{ "/suspects/alone", test_alone }, { "/suspects/own", test_own },
		{ "/suspects/own-and-more", test_own_and_more }, { "/suspects/whole", test_whole },
		{ "/suspects/own-again", test_own_again }, { "/suspects/load-ended", test_load_ended },
		{ "/suspects/progress", test_progress }, { "/suspects/unaudited", test_unaudited },
		{ "/suspects/unaudited-whole", test_unaudited_whole }, { "/suspects/search", test_search },
		{ "/suspects/search-broken", test_search_broken }, { "/suspects/unknown-base", test_unknown_base },
	};

	g_test_init(&argc, &argv, NULL);
	for (guint i = 0; i < G_N_ELEMENTS(tests); i++)
		g_test_add(tests[i].path, struct fixture, NULL, set_up, tests[i].test, tear_down);
	return g_test_run();
}
