// SPDX-License-Identifier: GPL-2.0-only
/*
 * The tests that failed are run again: whether each fails always, or sometimes. Alone
 * where their suite can run them one by one, else with all of it; where errors were
 * injected, with the same ones.
 */
#include <string.h>

#include "libvm/culprit.h"
#include "libvm/farm.h"

#define CULPRITS_MAX 20		/* in one run: where more fail it is no flake */

struct culprit {
	const struct suite_ref *ref;	/* as it ran, in a task of the run */
	struct test_result *test;	/* the run's */
	const struct report_suite *suite;	/* likewise */
	GPtrArray *tasks;		/* struct task, the farm's: its repeats */
};

static void culprit_free(gpointer data)
{
	struct culprit *culprit = data;

	g_ptr_array_unref(culprit->tasks);
	g_free(culprit);
}

/* Of @ref, as it ran: @ref->test and what is in it, or all. */
static bool has_run(const struct suite_ref *ref, const char *test)
{
	gsize length = ref->test ? strlen(ref->test) : 0;

	return !ref->test || (!strncmp(test, ref->test, length) && (!test[length] || test[length] == '/'));
}

static void add_culprits(GPtrArray *culprits, const struct suite_ref *ref, const struct report_suite *suite)
{
	for (guint i = 0; suite && i < suite->tests->len; i++) {
		struct test_result *test = suite->tests->pdata[i];
		struct culprit *culprit;

		if (test->outcome != OUTCOME_FAIL || !has_run(ref, test->name))
			continue;
		culprit = g_new0(struct culprit, 1);
		*culprit = (struct culprit){ .ref = ref, .test = test, .suite = suite,
					     .tasks = g_ptr_array_new() };
		g_ptr_array_add(culprits, culprit);
	}
}

/* By what the tasks had to run: a sweep's were not all known before. */
static GPtrArray *find_culprits(struct farm *f)
{
	GPtrArray *culprits = g_ptr_array_new_with_free_func(culprit_free);

	for (guint i = 0; i < f->tasks->len; i++) {
		const struct task *task = f->tasks->pdata[i];

		for (guint k = 0; !task->repeat && k < task->suites->len; k++) {
			const struct suite_ref *ref = task->suites->pdata[k];
			g_autofree char *name = suite_ref_name(f->run->stage.all_suites, ref);

			add_culprits(culprits, ref, report_find_suite(f->run->report, name));
		}
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
		suite_refs_add_test(task->suites, culprit->ref, test);
		g_ptr_array_add(culprit->tasks, task);
	}
}

/* The test that repeats it, or NULL: all of its suite, or of what was injected into it. */
static const char *name_alone(const struct culprit *culprit)
{
	const char *name = culprit->test->name;

	return culprit->ref->test ? culprit->ref->test :
	       report_can_select(culprit->suite, name) ? name : NULL;
}

/* @before is the one in front of it, or NULL: what one repeat shows of both is run once. */
static void add_tasks(struct farm *f, struct culprit *culprit, const struct culprit *before, guint times)
{
	const char *name = name_alone(culprit);

	if (before && before->ref == culprit->ref && !g_strcmp0(name, name_alone(before)))
		g_ptr_array_extend(culprit->tasks, before->tasks, NULL, NULL);
	else
		add_repeats(f, culprit, name, times);
}

static bool was_audited(const struct report *part)
{
	for (guint i = 0; i < part->stages->len; i++) {
		const struct report_stage *stage = part->stages->pdata[i];

		if (g_str_equal(stage->name, "audit") && stage->outcome != OUTCOME_SKIP)
			return true;
	}
	return false;
}

/* Whether a repeat tells something of @test: what its suite gave @again, NULL where it did not come so far. */
static bool tells(const struct leg *leg, const struct report_suite *suite, const struct test_result *test,
		  const struct test_result *again)
{
	/* Without the error that the first run met. */
	if (suite && suite->inject && !suite->injected)
		return false;
	if (test->cause == CAUSE_LEAK)
		return was_audited(leg->part);
	/* A clone that was lost by nobody's fault. */
	if (leg->broken < leg->refs->len && culprit_cause(leg->part) == CAUSE_NONE)
		return false;
	return again && again->cause != CAUSE_NOT_RUN;
}

static void count(const struct farm *f, struct culprit *culprit, const struct leg *leg)
{
	const struct report_suite *suite = report_find_suite(leg->part, culprit->suite->name);
	struct test_result *test = culprit->test;
	const struct test_result *again = suite ? report_test(suite, test->name) : NULL;

	if (!tells(leg, suite, test, again))
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

void confirm(struct farm *f, guint times)
{
	g_autoptr(GPtrArray) culprits = NULL;
	gint64 began = g_get_monotonic_time();

	suspects_search(f);
	culprits = find_culprits(f);
	if (culprits->len && !f->broken)
		repeat(f, culprits, times);
	if (f->broken)
		progress_note(f->run->progress, "Not all that failed is repeated: %s", f->broken->message);
	if (culprits->len)
		report_time_stage(f->run->report, report_add_stage(f->run->report, "confirm"), began);
}
