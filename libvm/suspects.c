// SPDX-License-Identifier: GPL-2.0-only
/*
 * Which test leaks. What is left behind shows at the unload, after all tests of a
 * clone; and of a clone that broke nobody could find it out. Such groups of tests are
 * run again, in two parts where they are known to leak, until one is alone: those that
 * ran when it was made, where the kernel tells that, and the others; else halves. What
 * the module leaves behind by itself is no test's: the load stage's clone tells it, or
 * where that did not come to its audit, one in which it is loaded and unloaded alone.
 */
#include "libvm/farm.h"

#define CLONES_MAX 64	/* for one run's search */

struct group {
	GPtrArray *refs;	/* struct suite_ref */
	guint likely;		/* the first so many ran when something was made; 0 = not known */
	bool leaks;		/* else it is to be found out */
	bool audited;		/* after all of them somebody has looked, if after others too */
	struct task *task;	/* that does; farm's */
};

struct suspects {
	GPtrArray *groups;
	const GPtrArray *base;	/* struct leak: what the module itself leaves; NULL = not known */
	guint known;		/* of base */
	guint clones;		/* that the search took */
	guint lost;		/* tests whose clone broke: they cannot be asked for, or broke it again */
};

static struct group *group_new(const GPtrArray *refs, guint from, guint to, bool leaks)
{
	struct group *group = g_new0(struct group, 1);

	group->refs = suite_refs_new();
	for (; from < to; from++)
		suite_refs_add(group->refs, refs->pdata[from]);
	group->leaks = group->audited = leaks;
	return group;
}

static void group_free(gpointer data)
{
	struct group *group = data;

	g_ptr_array_unref(group->refs);
	g_free(group);
}

struct suspects *suspects_new(void)
{
	struct suspects *s = g_new0(struct suspects, 1);

	s->groups = g_ptr_array_new_with_free_func(group_free);
	return s;
}

void suspects_free(struct suspects *s)
{
	g_ptr_array_unref(s->groups);
	g_free(s);
}

static bool has_same(const GPtrArray *leaks, guint n, const struct leak *leak)
{
	for (guint i = 0; i < n; i++)
		if (leak_is_same(leaks->pdata[i], leak))
			return true;
	return false;
}

/* The module's, without any test. */
static bool is_own(const struct suspects *s, const struct leak *leak)
{
	return s->base && has_same(s->base, s->known, leak);
}

/* The load stage is what shows them again, and not the suite that ran beside. */
static void disown(const struct suspects *s, const struct report *r)
{
	for (guint i = 0; i < r->failures->len; i++) {
		struct report_failure *failure = r->failures->pdata[i];

		if (!failure->leak || failure->leak->test || !is_own(s, failure->leak))
			continue;
		g_free(failure->suite);
		failure->suite = g_strdup("load");
	}
}

/* The first that is not, or NULL. */
static struct leak *first_leak(const struct suspects *s, const struct report *part)
{
	for (guint i = 0; i < part->leaks->len; i++)
		if (!is_own(s, part->leaks->pdata[i]))
			return part->leaks->pdata[i];
	return NULL;
}

bool suspects_leak(const struct farm *f, const struct report *part)
{
	return first_leak(f->suspects, part);
}

static char *name_of(const struct farm *f, const struct suite_ref *ref)
{
	return suite_ref_name(f->run->stage.all_suites, ref);
}

/* Whether @ref, which @part has the results of, ran when one of its leaks was made. */
static bool is_likely(const struct farm *f, const struct suite_ref *ref, const struct report *part)
{
	g_autofree char *name = name_of(f, ref);
	const struct report_suite *suite = report_find_suite(part, name);

	for (guint i = 0; suite && i < suite->tests->len; i++) {
		const struct test_result *test = suite->tests->pdata[i];

		for (guint k = 0; (!ref->test || g_str_equal(test->name, ref->test)) && k < part->leaks->len; k++)
			if (!is_own(f->suspects, part->leaks->pdata[k]) &&
			    leak_is_made_during(part->leaks->pdata[k], test))
				return true;
	}
	return false;
}

/* Puts the likely ones first, else in the order that they have. */
static void sort_likely(const struct farm *f, struct group *group, const struct report *part)
{
	g_autoptr(GPtrArray) likely = suite_refs_new(), others = suite_refs_new();

	for (guint i = 0; i < group->refs->len; i++)
		suite_refs_add(is_likely(f, group->refs->pdata[i], part) ? likely : others, group->refs->pdata[i]);
	group->likely = others->len ? likely->len : 0;
	suite_refs_append(likely, others, 0);
	g_ptr_array_unref(group->refs);
	group->refs = g_steal_pointer(&likely);
}

/* Whose it is: of the same thing that two tests leave there may be one line for both. */
static void blame(const GPtrArray *leaks, const struct leak *like, const char *who)
{
	for (guint i = 0; i < leaks->len; i++) {
		struct leak *leak = leaks->pdata[i];
		char *both;

		if (!leak_is_same(leak, like))
			continue;
		both = leak->test ? g_strdup_printf("%s, %s", leak->test, who) : g_strdup(who);
		g_free(leak->test);
		leak->test = both;
		return;
	}
}

/* @report's @ref, a test or a whole suite, leaves behind what @part says when it runs alone. */
static void mark(const struct farm *f, struct report *report, const struct suite_ref *ref,
		 const struct report *part)
{
	const struct leak *leak = first_leak(f->suspects, part);
	g_autofree char *name = name_of(f, ref);
	g_autofree char *who = ref->test ? g_strdup_printf("%s: %s", name, ref->test) : g_strdup(name);
	struct report_suite *suite = report_suite(report, name);
	struct test_result *test = ref->test ? report_test(suite, ref->test) : NULL;
	char *detail;

	for (guint i = 0; i < part->leaks->len; i++)
		if (!is_own(f->suspects, part->leaks->pdata[i]))
			blame(report->leaks, part->leaks->pdata[i], who);
	if (!test)
		return;
	detail = g_strdup_printf("%s%s%s", leak->detail, test->detail ? "\n" : "",
				 test->detail ? test->detail : "");
	g_free(test->detail);
	test->detail = detail;
	test->outcome = suite->outcome = OUTCOME_FAIL;
	test->cause = CAUSE_LEAK;
}

static bool has_ended(const struct test_result *test)
{
	return test->cause == CAUSE_NONE && test->outcome != OUTCOME_SKIP;
}

/* Adds the tests of a whole suite that have a result and did not end the guest. */
static void add_tests(GPtrArray *refs, const struct suite_ref *ref, const struct report_suite *suite)
{
	for (guint i = 0; i < suite->tests->len; i++) {
		const struct test_result *test = suite->tests->pdata[i];

		if (has_ended(test))
			suite_refs_add_test(refs, ref, test->name);
	}
}

/* What ran in @leg to its end, as single tests where that can be. */
static GPtrArray *tests_of(const struct farm *f, const struct leg *leg)
{
	GPtrArray *refs = suite_refs_new();

	for (guint i = 0; i < leg->refs->len && i <= leg->broken; i++) {
		const struct suite_ref *ref = leg->refs->pdata[i];
		g_autofree char *name = name_of(f, ref);

		const struct report_suite *suite = report_find_suite(leg->part, name);

		if (!ref->test && suite && suite->selectable)
			add_tests(refs, ref, suite);
		else if (i < leg->broken)
			suite_refs_add(refs, ref);
	}
	return refs;
}

static guint count_ended(const struct report_suite *suite)
{
	guint n = 0;

	for (guint i = 0; suite && i < suite->tests->len; i++)
		n += has_ended(suite->tests->pdata[i]);
	return n;
}

/* Of the suite that the clone broke under, which cannot be asked for those that ended before. */
static guint count_lost(const struct farm *f, const struct leg *leg)
{
	const struct suite_ref *ref = leg->refs->pdata[leg->broken];
	g_autofree char *name = name_of(f, ref);
	const struct report_suite *suite = report_find_suite(leg->part, name);

	return ref->test || !suite || suite->selectable ? 0 : count_ended(suite);
}

/* Together, since most leak nothing. */
static void add_unasked(struct suspects *s, const GPtrArray *refs)
{
	for (guint i = 0; i < s->groups->len; i++) {
		struct group *group = s->groups->pdata[i];

		if (!group->leaks) {
			suite_refs_append(group->refs, refs, 0);
			return;
		}
	}
	g_ptr_array_add(s->groups, group_new(refs, 0, refs->len, false));
}

static void add_leaking(struct farm *f, const GPtrArray *refs, const struct report *part)
{
	struct group *group = group_new(refs, 0, refs->len, true);

	sort_likely(f, group, part);
	g_ptr_array_add(f->suspects->groups, group);
}

/* The first task's leaks will be the report's first. */
static void learn_first(struct farm *f, const struct report *part)
{
	f->suspects->base = f->run->report->leaks;
	f->suspects->known = part->leaks->len;
}

void suspects_note(struct farm *f, const struct task *task, struct leg *leg)
{
	struct suspects *s = f->suspects;
	const struct leak *leak = first_leak(s, leg->part);
	bool unknown = f->conf.audit && leg->broken < leg->refs->len;
	g_autoptr(GPtrArray) refs = NULL;
	const struct suite_ref *only;

	if (task->checks && !task->suites->len) {
		if (report_was_audited(leg->part))
			learn_first(f, leg->part);
		return;
	}
	disown(s, leg->part);
	if (unknown)
		s->lost += count_lost(f, leg);
	if (!leak && !unknown)
		return;
	refs = tests_of(f, leg);
	only = refs->len == 1 ? refs->pdata[0] : NULL;
	if (leak && only && s->base)
		mark(f, leg->part, only, leg->part);
	else if (leak && refs->len)
		add_leaking(f, refs, leg->part);
	else if (!leak && refs->len)
		add_unasked(s, refs);
}

/* Where one that is known to leak is cut in two; 0 = it is not. */
static guint cut_of(const struct group *group)
{
	if (!group->leaks)
		return 0;
	return group->likely ? group->likely : group->refs->len / 2;
}

static void add_part(GPtrArray *groups, const struct group *of, guint from, guint to)
{
	struct group *group = group_new(of->refs, from, to, false);

	group->audited = of->audited;
	g_ptr_array_add(groups, group);
}

/* In two where it is known to leak. */
static GPtrArray *split(struct farm *f)
{
	GPtrArray *groups = g_ptr_array_new_with_free_func(group_free);

	for (guint i = 0; i < f->suspects->groups->len; i++) {
		const struct group *group = f->suspects->groups->pdata[i];
		guint cut = cut_of(group);

		if (cut)
			add_part(groups, group, 0, cut);
		add_part(groups, group, cut, group->refs->len);
	}
	return groups;
}

static struct task *add_task(struct farm *f, const GPtrArray *refs)
{
	struct task *task = farm_add(f);

	task->repeat = true;
	suite_refs_append(task->suites, refs, 0);
	f->suspects->clones++;
	return task;
}

static const struct report *part_of(const struct task *task)
{
	return ((struct leg *)task->legs->pdata[0])->part;
}

/* What nobody has seen before is the run's too. */
static void take_leaks(struct report *r, const struct report *part)
{
	for (guint i = part->leaks->len; i-- > 0;)
		if (!has_same(r->leaks, r->leaks->len, part->leaks->pdata[i])) {
			g_autoptr(GPtrArray) one = g_ptr_array_new();

			g_ptr_array_add(one, leak_copy(part->leaks->pdata[i]));
			report_take_leaks(r, one);
		}
}

/* Tests of @group, by the run's results. */
static guint count_tests(const struct farm *f, const struct group *group)
{
	guint n = 0;

	for (guint i = 0; i < group->refs->len; i++) {
		const struct suite_ref *ref = group->refs->pdata[i];
		g_autofree char *name = name_of(f, ref);

		n += ref->test ? 1 : count_ended(report_find_suite(f->run->report, name));
	}
	return n;
}

/* False when the group is done with: it does not leak, its clone broke, or its only test is marked. */
static bool judge(struct farm *f, struct group *group)
{
	const struct leak *leak = first_leak(f->suspects, part_of(group->task));
	const struct suite_ref *only = group->refs->len == 1 ? group->refs->pdata[0] : NULL;

	group->leaks = leak;
	if (!leak && !group->audited && !report_was_audited(part_of(group->task)))
		f->suspects->lost += count_tests(f, group);
	if (!leak)
		return false;
	group->audited = true;
	take_leaks(f->run->report, part_of(group->task));
	if (only)
		mark(f, f->run->report, only, part_of(group->task));
	else
		sort_likely(f, group, part_of(group->task));
	return !only;
}

/* Of a clone that had the module alone; false when that did not tell it. */
static bool learn(struct farm *f, const struct report *part)
{
	if (!report_was_audited(part)) {
		progress_note(f->run->progress, "Which test leaks is not all known: a clone with the module alone did "
			      "not come to its audit");
		return false;
	}
	f->suspects->base = part->leaks;
	f->suspects->known = part->leaks->len;
	disown(f->suspects, f->run->report);
	return true;
}

/* One round; false when there are no clones to be had, or nobody can say what is a test's. */
static bool look(struct farm *f)
{
	struct suspects *s = f->suspects;
	g_autoptr(GPtrArray) groups = split(f), none = suite_refs_new();
	struct task *base = s->base ? NULL : add_task(f, none);

	if (base)
		base->base = true;
	for (guint i = 0; i < groups->len; i++) {
		struct group *group = groups->pdata[i];

		group->task = add_task(f, group->refs);
	}
	if (!farm_work_on(f, "Searching which test leaks") || (base && !learn(f, part_of(base))))
		return false;
	for (guint i = groups->len; i-- > 0;)
		if (!judge(f, groups->pdata[i]))
			g_ptr_array_remove_index(groups, i);
	g_ptr_array_unref(s->groups);
	s->groups = g_steal_pointer(&groups);
	return true;
}

void suspects_search(struct farm *f)
{
	struct suspects *s = f->suspects;

	while (s->groups->len && s->clones + 2 * s->groups->len <= CLONES_MAX)
		if (!look(f))
			return;
	if (s->groups->len)
		progress_note(f->run->progress, "Which test leaks is not all known: the search ended after %u clones",
			      s->clones);
}

void suspects_close(struct farm *f)
{
	struct report *r = f->run->report;

	r->unaudited = f->suspects->lost;
	for (guint i = 0; i < f->suspects->groups->len; i++) {
		const struct group *group = f->suspects->groups->pdata[i];

		if (group->leaks)
			continue;
		r->unaudited += count_tests(f, group);
		r->audits_more |= !f->run->options->confirm;
	}
}
