// SPDX-License-Identifier: GPL-2.0-only
/*
 * The tests that failed are run again: whether each fails always, or sometimes. Alone
 * where their suite can run them one by one, else with all of it.
 */
#include "lib/clock.h"
#include "libvm/culprit.h"
#include "libvm/farm.h"

#define CULPRITS_MAX 20		/* in one run: where more fail it is no flake */

struct culprit {
	const struct suite_ref *ref;
	struct test_result *test;	/* the run's */
	const char *suite;		/* its name; the run's */
	GPtrArray *tasks;		/* struct task, the farm's: its repeats */
};

static void culprit_free(gpointer data)
{
	struct culprit *culprit = data;

	g_ptr_array_unref(culprit->tasks);
	g_free(culprit);
}

static void add_culprits(GPtrArray *culprits, const struct suite_ref *ref, const struct report_suite *suite)
{
	for (guint i = 0; suite && i < suite->tests->len; i++) {
		struct test_result *test = suite->tests->pdata[i];
		struct culprit *culprit;

		if (test->outcome != OUTCOME_FAIL)
			continue;
		culprit = g_new0(struct culprit, 1);
		*culprit = (struct culprit){ .ref = ref, .test = test, .suite = suite->name,
					     .tasks = g_ptr_array_new() };
		g_ptr_array_add(culprits, culprit);
	}
}

static GPtrArray *find_culprits(struct farm *f, const GPtrArray *refs)
{
	GPtrArray *culprits = g_ptr_array_new_with_free_func(culprit_free);

	for (guint i = 0; i < refs->len; i++) {
		g_autofree char *name = suite_ref_name(f->run->stage.all_suites, refs->pdata[i]);

		add_culprits(culprits, refs->pdata[i], report_find_suite(f->run->report, name));
	}
	if (culprits->len > CULPRITS_MAX) {
		progress_note(f->run->progress, "%u tests failed; the first %u are repeated", culprits->len,
			      CULPRITS_MAX);
		g_ptr_array_set_size(culprits, CULPRITS_MAX);
	}
	return culprits;
}

static void add_repeats(struct farm *f, struct culprit *culprit, const char *test, guint times)
{
	for (guint i = 0; i < times; i++) {
		struct task *task = farm_add(f);

		task->repeat = true;
		suite_refs_add(task->suites, culprit->ref->path, culprit->ref->round, test);
		g_ptr_array_add(culprit->tasks, task);
	}
}

/* @before is the one in front of it, or NULL: tests of a suite as a whole share its repeats. */
static void add_tasks(struct farm *f, struct culprit *culprit, const struct culprit *before, guint times)
{
	if (suite_is_selectable(&f->conf, culprit->ref->path))
		add_repeats(f, culprit, culprit->test->name, times);
	else if (!before || before->ref != culprit->ref)
		add_repeats(f, culprit, NULL, times);
	else
		g_ptr_array_extend(culprit->tasks, before->tasks, NULL, NULL);
}

static bool was_audited(const struct report *part)
{
	for (guint i = 0; i < part->stages->len; i++)
		if (g_str_equal(((struct report_stage *)part->stages->pdata[i])->name, "audit"))
			return true;
	return false;
}

/* Whether a repeat tells something of @test. */
static bool tells(const struct leg *leg, const struct test_result *test, const struct test_result *again)
{
	if (test->cause == CAUSE_LEAK)
		return was_audited(leg->part);
	/* A clone that was lost by nobody's fault. */
	if (leg->broken < leg->refs->len && culprit_cause(leg->part) == CAUSE_NONE)
		return false;
	return again && again->cause != CAUSE_NOT_RUN;
}

static void count(const struct farm *f, struct culprit *culprit, const struct leg *leg)
{
	const struct report_suite *suite = report_find_suite(leg->part, culprit->suite);
	struct test_result *test = culprit->test;
	const struct test_result *again = suite ? report_test(suite, test->name) : NULL;

	if (!tells(leg, test, again))
		return;
	if (!test->runs)
		test->runs = test->failed = 1;
	test->runs++;
	test->failed += test->cause == CAUSE_LEAK ? suspects_leak(f, leg->part) : again->outcome == OUTCOME_FAIL;
}

static void repeat(struct farm *f, const GPtrArray *culprits, guint times)
{
	for (guint i = 0; i < culprits->len; i++)
		add_tasks(f, culprits->pdata[i], i ? culprits->pdata[i - 1] : NULL, times);
	progress_note(f->run->progress, "Repeating what failed: %u test%s, %u time%s each", culprits->len,
		      culprits->len == 1 ? "" : "s", times, times == 1 ? "" : "s");
	farm_work(f);
	for (guint i = 0; i < culprits->len; i++) {
		struct culprit *culprit = culprits->pdata[i];

		for (guint k = 0; k < culprit->tasks->len; k++) {
			const struct task *task = culprit->tasks->pdata[k];

			if (task->done)
				count(f, culprit, task->legs->pdata[0]);
		}
	}
}

void confirm(struct farm *f, const GPtrArray *refs, guint times)
{
	g_autoptr(GPtrArray) culprits = NULL;
	gint64 began = g_get_monotonic_time();

	suspects_search(f);
	culprits = find_culprits(f, refs);
	if (culprits->len && !f->broken)
		repeat(f, culprits, times);
	if (f->broken)
		progress_note(f->run->progress, "Not all that failed is repeated: %s", f->broken->message);
	if (culprits->len)
		report_add_stage(f->run->report, "confirm")->seconds = clock_since(began);
}
