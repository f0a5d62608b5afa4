// SPDX-License-Identifier: GPL-2.0-only
/*
 * A test that its clone did not survive is marked, and what is left of the task
 * goes on in a fresh clone: of a suite that can run its tests one by one those
 * behind the culprit, then the suites behind that. Which tests there are is asked
 * in the fresh clone, so that a run in which nothing breaks does not pay for it.
 */
#include "libvm/culprit.h"
#include "libvm/farm.h"

#define BREAKS_MAX 16	/* of a task and those it is the origin of: each may cost a time limit */
#define PART_MIN 4	/* tests: fewer are not worth a clone */

static struct report_suite *suite_of(const struct task *task, const struct leg *leg, guint i)
{
	g_autofree char *name = suite_ref_name(task->farm->run->stage.all_suites, leg->refs->pdata[i]);

	return report_suite(leg->part, name);
}

static struct task *first_of(struct task *task)
{
	return task->origin ? task->origin : task;
}

/* How many parts @leg's single tests are cut into: one more than there are threads without work. */
static guint count_parts(const struct farm *f, const struct leg *leg)
{
	guint idle = f->jobs - MIN(f->jobs, f->busy);

	for (guint i = 0; i < leg->refs->len; i++)
		if (!((const struct suite_ref *)leg->refs->pdata[i])->test)
			return 1;
	return CLAMP(leg->refs->len / PART_MIN, 1, 1 + idle);
}

/*
 * @leg keeps the first part of what it has to run; the others become tasks, the last of
 * all, as their results are. So each task gives once, and of those the last alone.
 */
static void part(struct task *task, struct leg *leg)
{
	struct farm *f = task->farm;
	guint n = leg->refs->len, parts;

	g_mutex_lock(&f->mutex);
	parts = task->parted ? 1 : count_parts(f, leg);
	for (guint i = 1; i < parts; i++) {
		struct task *other = farm_add(f);

		other->origin = first_of(task);
		other->parted = i + 1 < parts;
		for (guint k = i * n / parts; k < (i + 1) * n / parts; k++)
			suite_refs_add(other->suites, leg->refs->pdata[k]);
	}
	task->parted |= parts > 1;
	g_ptr_array_set_size(leg->refs, (gint)(n / parts));
	g_cond_broadcast(&f->news);
	g_mutex_unlock(&f->mutex);
}

/* "mount.sh: umount: crash; what is left goes on in a fresh clone" */
static void tell(struct task *task, const struct report_suite *suite)
{
	const struct test_result *test = culprit_find(suite);

	if (test)
		progress_note(&task->progress, "FAIL  %s: %s: %s; what is left goes on in a fresh clone",
			      suite->name, test->name, test_result_reason(test));
}

static void mark_by_number(struct report *part, struct report_suite *suite, const struct suite_ref *ref)
{
	g_autofree char *why = ref->rule ?
		g_strdup_printf("a test before it ended the guest, and errors are injected into %s as a whole", ref->path) :
		g_strdup_printf("a test before it ended the guest, and %s cannot be asked for single tests "
				"('# vexvm: selectable' in it; docs/dev/add-a-suite.md)", ref->path);

	culprit_by_number(part, suite, why);
}

void go_on_note(struct task *task, struct leg *leg)
{
	const struct suite_ref *ref;
	struct report_suite *suite;

	if (leg->broken >= leg->refs->len)
		return;
	ref = leg->refs->pdata[leg->broken];
	suite = suite_of(task, leg, leg->broken);
	leg->unnamed = !ref->test && suite->selectable;
	if (ref->test)
		culprit_mark(leg->part, suite, ref->test, culprit_cause(leg->part));
	else if (!leg->unnamed)
		mark_by_number(leg->part, suite, ref);
}

/* False when it was one too many. */
static bool count_break(struct task *task)
{
	bool few;

	g_mutex_lock(&task->farm->mutex);
	few = ++first_of(task)->breaks < BREAKS_MAX;
	g_mutex_unlock(&task->farm->mutex);
	return few;
}

struct leg *go_on_leg(struct task *task)
{
	const struct leg *last = task->legs->pdata[task->legs->len - 1];
	g_autoptr(GPtrArray) rest = suite_refs_new();
	struct leg *leg;

	suite_refs_append(rest, last->refs, last->broken + 1);
	if (task->repeat || last->broken >= last->refs->len || !(last->unnamed || rest->len))
		return NULL;
	if (!last->unnamed)
		tell(task, suite_of(task, last, last->broken));
	leg = leg_new(task, rest);
	if (count_break(task))
		return leg;
	go_on_give_up(task, leg, 0, G_STRINGIFY(BREAKS_MAX) " tests before it ended their guests");
	return NULL;
}

/* The names that are left of the suite @ref, before what @leg has already. */
static void put_first(struct leg *leg, const struct suite_ref *ref, char *const *names)
{
	GPtrArray *refs = suite_refs_new();

	for (; *names; names++)
		suite_refs_add_test(refs, ref, *names);
	suite_refs_append(refs, leg->refs, 0);
	g_ptr_array_unref(leg->refs);
	leg->refs = refs;
}

bool go_on_open(struct task *task, struct leg *leg, struct stage *stage)
{
	struct leg *before = task->legs->pdata[task->legs->len - 2];
	const struct suite_ref *ref = before->refs->pdata[before->broken];
	struct report_suite *suite = suite_of(task, before, before->broken);
	g_autoptr(GError) error = NULL;
	g_auto(GStrv) names = NULL, left = NULL;

	if (!before->unnamed) {
		part(task, leg);
		return true;
	}
	before->unnamed = false;
	names = stage_list_tests(stage, ref->path, &error);
	left = names ? culprit_by_names(before->part, suite, names) : NULL;
	if (left)
		put_first(leg, ref, left);
	else
		culprit_by_number(before->part, suite, error->message);
	if (!leg->refs->len)
		return false;
	tell(task, suite);
	part(task, leg);
	return true;
}

static void skip(struct task *task, struct leg *leg, guint i, const char *why)
{
	const struct suite_ref *ref = leg->refs->pdata[i];
	struct report_suite *suite = suite_of(task, leg, i);

	if (suite->outcome == OUTCOME_PASS && !suite->tests->len)
		suite->outcome = OUTCOME_SKIP;
	if (ref->test) {
		culprit_not_run(suite, ref->test, why);
		return;
	}
	g_free(suite->detail);
	suite->detail = g_strdup_printf("not run: %s", why);
}

void go_on_give_up(struct task *task, struct leg *leg, guint first, const char *why)
{
	struct leg *before = task->legs->pdata[task->legs->len - 2];

	if (before->unnamed)
		culprit_by_number(before->part, suite_of(task, before, before->broken), why);
	before->unnamed = false;
	for (guint i = first; i < leg->refs->len; i++)
		skip(task, leg, i, why);
	leg->broken = leg->refs->len;
}
