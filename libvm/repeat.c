// SPDX-License-Identifier: GPL-2.0-only
/*
 * The tests that failed, once more: which are repeated, by what, and what that tells.
 * Alone where their suite can run them one by one, else with all of it; where errors
 * were injected, with the same ones.
 */
#include <string.h>

#include "libvm/culprit.h"
#include "libvm/farm.h"

struct repeat {
	const struct suite_ref *ref;	/* as it ran, in a task of the run */
	struct test_result *test;	/* the run's */
	const struct report_suite *suite;	/* likewise */
	GPtrArray *tasks;		/* struct task, the farm's: its repeats */
};

static void repeat_free(gpointer data)
{
	struct repeat *repeat = data;

	g_ptr_array_unref(repeat->tasks);
	g_free(repeat);
}

/* Of @ref, as it ran: @ref->test and what is in it, or all. */
static bool has_run(const struct suite_ref *ref, const char *test)
{
	gsize length = ref->test ? strlen(ref->test) : 0;

	return !ref->test || (!strncmp(test, ref->test, length) && (!test[length] || test[length] == '/'));
}

static void add_failed(GPtrArray *repeats, const struct suite_ref *ref, const struct report_suite *suite)
{
	for (guint i = 0; suite && i < suite->tests->len; i++) {
		struct test_result *test = suite->tests->pdata[i];
		struct repeat *repeat;

		if (test->outcome != OUTCOME_FAIL || !has_run(ref, test->name))
			continue;
		repeat = g_new0(struct repeat, 1);
		*repeat = (struct repeat){ .ref = ref, .test = test, .suite = suite,
					   .tasks = g_ptr_array_new() };
		g_ptr_array_add(repeats, repeat);
	}
}

GPtrArray *repeats_find(struct farm *f)
{
	GPtrArray *repeats = g_ptr_array_new_with_free_func(repeat_free);

	for (guint i = 0; i < f->tasks->len; i++) {
		const struct task *task = f->tasks->pdata[i];

		/* What a task has left to others is among its own suites. */
		for (guint k = 0; !task->repeat && !task->origin && k < task->suites->len; k++) {
			const struct suite_ref *ref = task->suites->pdata[k];
			g_autofree char *name = suite_ref_name(f->run->stage.all_suites, ref);

			add_failed(repeats, ref, report_find_suite(f->run->report, name));
		}
	}
	if (repeats->len > REPEATS_MAX) {
		progress_note(f->run->progress, "%u tests failed; the first %u are repeated", repeats->len,
			      REPEATS_MAX);
		g_ptr_array_set_size(repeats, REPEATS_MAX);
	}
	return repeats;
}

static void add_repeats(struct farm *f, struct repeat *repeat, const char *test, guint times)
{
	for (guint i = 0; i < times; i++) {
		struct task *task = farm_add(f);

		task->repeat = true;
		task->waits = repeat->test->asleep && !f->strict;
		suite_refs_add_test(task->suites, repeat->ref, test);
		g_ptr_array_add(repeat->tasks, task);
	}
}

/* The test that repeats it, or NULL: all of its suite, or of what was injected into it. */
static const char *name_alone(const struct repeat *repeat)
{
	const char *name = repeat->test->name;

	return repeat->ref->test ? repeat->ref->test :
	       report_can_select(repeat->suite, name) ? name : NULL;
}

/* @before is the one in front of it, or NULL: what one repeat shows of both is run once. */
static void add_tasks(struct farm *f, struct repeat *repeat, const struct repeat *before, guint times)
{
	const char *name = name_alone(repeat);

	if (before && before->ref == repeat->ref && !g_strcmp0(name, name_alone(before)))
		g_ptr_array_extend(repeat->tasks, before->tasks, NULL, NULL);
	else
		add_repeats(f, repeat, name, times);
}

/* Whether a repeat tells something of @test: what its suite gave @again, NULL where it did not come so far. */
static bool tells(const struct leg *leg, const struct report_suite *suite, const struct test_result *test,
		  const struct test_result *again)
{
	/* Without the error that the first run met. */
	if (suite && suite->inject && !suite->injected)
		return false;
	if (test->cause == CAUSE_LEAK)
		return report_was_audited(leg->part);
	/* A clone that was lost by nobody's fault. */
	if (leg->broken < leg->refs->len && culprit_cause(leg->part) == CAUSE_NONE)
		return false;
	return again && again->cause != CAUSE_NOT_RUN;
}

static void take(const struct farm *f, struct repeat *repeat, const struct leg *leg)
{
	const struct report_suite *suite = report_find_suite(leg->part, repeat->suite->name);
	struct test_result *test = repeat->test;
	const struct test_result *again = suite ? report_test(suite, test->name) : NULL;

	if (!tells(leg, suite, test, again))
		return;
	if (!test->runs)
		test->runs = test->failed = 1;
	test->runs++;
	test->failed += test->cause == CAUSE_LEAK ? suspects_leak(f, leg->part) : again->outcome == OUTCOME_FAIL;
}

void repeats_plan(struct farm *f, const GPtrArray *repeats, guint times)
{
	for (guint i = 0; i < repeats->len; i++)
		add_tasks(f, repeats->pdata[i], i ? repeats->pdata[i - 1] : NULL, times);
}

void repeats_count(const struct farm *f, const GPtrArray *repeats)
{
	for (guint i = 0; i < repeats->len; i++) {
		struct repeat *repeat = repeats->pdata[i];

		for (guint k = 0; k < repeat->tasks->len; k++) {
			const struct task *task = repeat->tasks->pdata[k];

			if (task->done)
				take(f, repeat, task->legs->pdata[0]);
		}
	}
}
