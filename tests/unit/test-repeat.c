// SPDX-License-Identifier: GPL-2.0-only
/* Which tests that failed are repeated, by what, and what the repeats tell; no clone is needed for that. */
#include "lib/folder.h"
#include "libvm/audit.h"
#include "libvm/farm.h"

struct fixture {
	char *dir;
	struct report *report;
	struct run run;
	struct farm farm;
	GString *notes;
};

static void note(void *data, const char *text)
{
	g_string_append_printf(data, "%s\n", text);
}

static void set_up(struct fixture *f, gconstpointer data)
{
	f->dir = g_dir_make_tmp("vexvm-repeat-XXXXXX", NULL);
	f->notes = g_string_new(NULL);
	f->report = report_new("test");
	f->report->folder = g_strdup(f->dir);
	f->run.report = f->report;
	f->run.progress = g_memdup2(&(struct progress){ .note = note, .data = f->notes },
				    sizeof(struct progress));
	f->farm.run = &f->run;
	f->farm.conf.source = f->dir;
	f->farm.tasks = g_ptr_array_new_with_free_func(task_free);
	f->farm.suspects = suspects_new();
}

static void tear_down(struct fixture *f, gconstpointer data)
{
	g_ptr_array_unref(f->farm.tasks);
	suspects_free(f->farm.suspects);
	g_free((gpointer)f->run.progress);
	report_free(f->report);
	g_string_free(f->notes, TRUE);
	g_assert_true(folder_remove(f->dir, NULL));
	g_free(f->dir);
}

/* A task of the run with the suite @path, or its @test alone. */
static struct report_suite *add_suite(struct fixture *f, const char *path, const char *test, bool selectable)
{
	struct task *task = farm_add(&f->farm);
	struct report_suite *suite = report_suite(f->report, path);

	suite_refs_add(task->suites, &(struct suite_ref){ .path = (char *)path, .test = (char *)test });
	suite->selectable = selectable;
	return suite;
}

static struct test_result *add_test(struct report_suite *suite, const char *name, enum outcome outcome)
{
	struct test_result *test = test_result_new(name, outcome, NULL);

	g_ptr_array_add(suite->tests, test);
	return test;
}

/* The tasks that repeat something, each as "SUITE" or "SUITE:TEST", with blanks between them. */
static char *planned(const struct fixture *f)
{
	GString *text = g_string_new(NULL);

	for (guint i = 0; i < f->farm.tasks->len; i++) {
		const struct task *task = f->farm.tasks->pdata[i];
		const struct suite_ref *ref;

		if (!task->repeat)
			continue;
		g_assert_cmpuint(task->suites->len, ==, 1);
		ref = task->suites->pdata[0];
		g_string_append_printf(text, "%s%s%s%s", text->len ? " " : "", ref->path, ref->test ? ":" : "",
				       ref->test ? ref->test : "");
	}
	return g_string_free(text, FALSE);
}

static void expect_plan(struct fixture *f, guint times, const char *plan)
{
	g_autoptr(GPtrArray) repeats = repeats_find(&f->farm);
	g_autofree char *text = NULL;

	repeats_plan(&f->farm, repeats, times);
	text = planned(f);
	g_assert_cmpstr(text, ==, plan);
}

static void test_alone(struct fixture *f, gconstpointer data)
{
	struct report_suite *suite = add_suite(f, "s.sh", NULL, true);

	add_test(suite, "a", OUTCOME_FAIL);
	add_test(suite, "b", OUTCOME_PASS);
	add_test(suite, "c", OUTCOME_SKIP);
	add_test(suite, "d", OUTCOME_XFAIL);
	add_test(suite, "e", OUTCOME_FAIL);
	expect_plan(f, 2, "s.sh:a s.sh:a s.sh:e s.sh:e");
}

/* What one run of a suite shows of several tests is run once. */
static void test_whole(struct fixture *f, gconstpointer data)
{
	struct report_suite *suite = add_suite(f, "s.sh", NULL, false);
	struct report_suite *other = add_suite(f, "other.sh", NULL, false);

	add_test(suite, "a", OUTCOME_FAIL);
	add_test(suite, "b", OUTCOME_FAIL);
	add_test(other, "a", OUTCOME_FAIL);
	expect_plan(f, 3, "s.sh s.sh s.sh other.sh other.sh other.sh");
}

/* Of a test whose name is its number all of the suite is run, though the others can be had alone. */
static void test_numbered(struct fixture *f, gconstpointer data)
{
	struct report_suite *suite = add_suite(f, "s.sh", NULL, true);

	add_test(suite, "a", OUTCOME_FAIL);
	add_test(suite, "2", OUTCOME_FAIL)->numbered = true;
	expect_plan(f, 1, "s.sh:a s.sh");
}

/* In tasks of single tests each is repeated as it ran, with what is in it, and not by another's task. */
static void test_single(struct fixture *f, gconstpointer data)
{
	struct report_suite *suite = add_suite(f, "s.sh", "a", true);

	add_suite(f, "s.sh", "ab", true);
	add_test(suite, "a/1", OUTCOME_FAIL);
	add_test(suite, "a/2", OUTCOME_FAIL);
	add_test(suite, "ab", OUTCOME_FAIL);
	expect_plan(f, 2, "s.sh:a s.sh:a s.sh:ab s.sh:ab");
}

static void test_passed(struct fixture *f, gconstpointer data)
{
	add_test(add_suite(f, "s.sh", NULL, true), "a", OUTCOME_PASS);
	/* One that was never begun has no result. */
	farm_add(&f->farm);
	expect_plan(f, 2, "");
}

static void test_many(struct fixture *f, gconstpointer data)
{
	struct report_suite *suite = add_suite(f, "s.sh", NULL, true);
	g_autoptr(GPtrArray) repeats = NULL;

	for (guint i = 0; i < REPEATS_MAX + 5; i++) {
		g_autofree char *name = g_strdup_printf("t%u", i);

		add_test(suite, name, OUTCOME_FAIL);
	}
	repeats = repeats_find(&f->farm);
	g_assert_cmpuint(repeats->len, ==, REPEATS_MAX);
	g_assert_cmpstr(f->notes->str, ==, "25 tests failed; the first 20 are repeated\n");
	/* What repeats is not repeated itself. */
	repeats_plan(&f->farm, repeats, 1);
	g_ptr_array_unref(repeats);
	repeats = repeats_find(&f->farm);
	g_assert_cmpuint(repeats->len, ==, REPEATS_MAX);
}

/* One that hung without a CPU is repeated beside the others, unless the user said how many at a time. */
static void test_waits(struct fixture *f, gconstpointer data)
{
	struct report_suite *suite = add_suite(f, "s.sh", NULL, true);
	g_autoptr(GPtrArray) repeats = NULL;

	add_test(suite, "a", OUTCOME_FAIL)->asleep = true;
	add_test(suite, "b", OUTCOME_FAIL);
	repeats = repeats_find(&f->farm);
	repeats_plan(&f->farm, repeats, 1);
	f->farm.strict = true;
	repeats_plan(&f->farm, repeats, 1);
	g_assert_cmpuint(f->farm.tasks->len, ==, 5);
	for (guint i = 0; i < f->farm.tasks->len; i++)
		g_assert_cmpint(((struct task *)f->farm.tasks->pdata[i])->waits, ==, i == 1);
}

/* What a clone made of the next repeat: its report, for s.sh's test @name, which ended as @outcome. */
static struct leg *work(struct fixture *f, const char *name, enum outcome outcome)
{
	for (guint i = 0; i < f->farm.tasks->len; i++) {
		struct task *task = f->farm.tasks->pdata[i];
		struct leg *leg;

		if (!task->repeat || task->done)
			continue;
		leg = leg_new(task, task->suites);
		leg->broken = leg->refs->len;
		if (name)
			add_test(report_suite(leg->part, "s.sh"), name, outcome);
		task->done = true;
		return leg;
	}
	g_assert_not_reached();
}

struct counting {
	GPtrArray *repeats;
	struct test_result *test;
};

/* s.sh's test "a" has failed, and is to be repeated @times. */
static struct counting begin(struct fixture *f, guint times)
{
	struct report_suite *suite = add_suite(f, "s.sh", NULL, true);
	struct counting c = { .test = add_test(suite, "a", OUTCOME_FAIL) };

	c.repeats = repeats_find(&f->farm);
	repeats_plan(&f->farm, c.repeats, times);
	return c;
}

static void expect_counts(struct fixture *f, struct counting *c, const char *counts)
{
	g_autofree char *text = NULL;

	repeats_count(&f->farm, c->repeats);
	text = test_result_counts(c->test);
	g_assert_cmpstr(text, ==, counts);
	g_clear_pointer(&c->repeats, g_ptr_array_unref);
}

static void test_broken(struct fixture *f, gconstpointer data)
{
	struct counting c = begin(f, 2);

	work(f, "a", OUTCOME_FAIL);
	work(f, "a", OUTCOME_FAIL);
	expect_counts(f, &c, "broken: 3 of 3 runs");
}

static void test_flaky(struct fixture *f, gconstpointer data)
{
	struct counting c = begin(f, 3);

	work(f, "a", OUTCOME_PASS);
	work(f, "a", OUTCOME_FAIL);
	work(f, "a", OUTCOME_SKIP);
	expect_counts(f, &c, "flaky: failed in 2 of 4 runs");
}

/* Nothing is said of it where no repeat tells anything. */
static void test_silent(struct fixture *f, gconstpointer data)
{
	struct counting c = begin(f, 4);
	struct leg *leg;

	/* Not run, no result, a clone lost by nobody's fault. The fourth was not begun. */
	work(f, "a", OUTCOME_FAIL);
	leg = ((struct task *)f->farm.tasks->pdata[1])->legs->pdata[0];
	report_test(leg->part->suites->pdata[0], "a")->cause = CAUSE_NOT_RUN;
	work(f, NULL, OUTCOME_PASS);
	leg = work(f, "a", OUTCOME_FAIL);
	leg->broken = 0;
	expect_counts(f, &c, NULL);
	g_assert_cmpuint(c.test->runs, ==, 0);
}

/* A clone that the test itself broke counts. */
static void test_crash(struct fixture *f, gconstpointer data)
{
	struct counting c = begin(f, 1);
	struct leg *leg = work(f, "a", OUTCOME_FAIL);

	leg->broken = 0;
	report_fail(leg->part, LAB_ERROR_TIMEOUT, "a did not end");
	expect_counts(f, &c, "broken: 2 of 2 runs");
}

/* Without the error that the run met, a repeat tells nothing. */
static void test_injected(struct fixture *f, gconstpointer data)
{
	struct counting c = begin(f, 2);
	struct report_suite *again;

	again = work(f, "a", OUTCOME_PASS)->part->suites->pdata[0];
	again->inject = g_strdup("eio:read:n=3");
	again = work(f, "a", OUTCOME_FAIL)->part->suites->pdata[0];
	again->inject = g_strdup("eio:read:n=3");
	again->injected = 1;
	expect_counts(f, &c, "broken: 2 of 2 runs");
}

static void audit(struct report *part, enum outcome outcome, bool leaves)
{
	g_autoptr(GPtrArray) functions = audit_functions_new();
	g_autoptr(GPtrArray) leaks = audit_compare(leaves ? "proc\t/proc/x\tfile\t0\t1\n" : "", functions, NULL);

	report_add_stage(part, "audit")->outcome = outcome;
	report_take_leaks(part, leaks);
}

/* One that left something behind: by what is left again, where somebody looked. */
static void test_leak(struct fixture *f, gconstpointer data)
{
	struct counting c = begin(f, 3);

	c.test->cause = CAUSE_LEAK;
	audit(work(f, "a", OUTCOME_PASS)->part, OUTCOME_FAIL, true);
	audit(work(f, "a", OUTCOME_PASS)->part, OUTCOME_PASS, false);
	audit(work(f, "a", OUTCOME_PASS)->part, OUTCOME_SKIP, false);
	expect_counts(f, &c, "flaky: failed in 2 of 3 runs");
}

int main(int argc, char **argv)
{
	static const struct {
		const char *path;
		void (*test)(struct fixture *f, gconstpointer data);
	} tests[] = {
		{ "/repeat/alone", test_alone }, { "/repeat/whole", test_whole },
		{ "/repeat/numbered", test_numbered }, { "/repeat/single", test_single },
		{ "/repeat/passed", test_passed }, { "/repeat/many", test_many },
		{ "/repeat/waits", test_waits },
		{ "/repeat/broken", test_broken }, { "/repeat/flaky", test_flaky },
		{ "/repeat/silent", test_silent }, { "/repeat/crash", test_crash },
		{ "/repeat/injected", test_injected }, { "/repeat/leak", test_leak },
	};

	g_test_init(&argc, &argv, NULL);
	for (guint i = 0; i < G_N_ELEMENTS(tests); i++)
		g_test_add(tests[i].path, struct fixture, NULL, set_up, tests[i].test, tear_down);
	return g_test_run();
}
