// SPDX-License-Identifier: GPL-2.0-only
#include "libvm/report.h"

#include "libvm/init-result.h"

static void module_free(struct report_module *m)
{
	g_free(m->name);
	g_free(m->file);
	g_free(m->vermagic);
	g_free(m->version);
	g_free(m);
}

static void stage_free(struct report_stage *stage)
{
	g_free(stage->name);
	g_free(stage);
}

static void suite_free(struct report_suite *suite)
{
	g_free(suite->name);
	g_free(suite->select);
	g_free(suite->log);
	g_free(suite->detail);
	g_free(suite->inject);
	g_ptr_array_unref(suite->tests);
	g_free(suite);
}

static void failure_free(struct report_failure *failure)
{
	g_free(failure->text);
	g_free(failure->suite);
	g_free(failure->test);
	g_free(failure);
}

struct report *report_new(const char *mode)
{
	struct report *r = g_new0(struct report, 1);

	r->mode = g_strdup(mode);
	r->modules = g_ptr_array_new_with_free_func((GDestroyNotify)module_free);
	r->stages = g_ptr_array_new_with_free_func((GDestroyNotify)stage_free);
	r->suites = g_ptr_array_new_with_free_func((GDestroyNotify)suite_free);
	r->failures = g_ptr_array_new_with_free_func((GDestroyNotify)failure_free);
	r->findings = g_ptr_array_new_with_free_func((GDestroyNotify)finding_free);
	r->leaks = g_ptr_array_new_with_free_func((GDestroyNotify)leak_free);
	return r;
}

void report_free(struct report *r)
{
	if (!r)
		return;
	g_free(r->id);
	g_free(r->folder);
	g_free(r->mode);
	g_free(r->source);
	g_free(r->directory);
	g_free(r->started);
	g_free(r->kernel);
	g_free(r->image);
	g_free(r->accel);
	g_free(r->qemu);
	g_free(r->host);
	g_free(r->again.program);
	g_free(r->again.wanted);
	g_free(r->again.options);
	g_free(r->hang);
	g_free(r->running);
	g_ptr_array_unref(r->modules);
	g_ptr_array_unref(r->stages);
	g_ptr_array_unref(r->suites);
	g_ptr_array_unref(r->failures);
	g_ptr_array_unref(r->findings);
	g_ptr_array_unref(r->leaks);
	g_free(r);
}

void report_add_module(struct report *r, const char *name, const char *file,
		       const char *vermagic, const char *version)
{
	struct report_module *m = g_new0(struct report_module, 1);

	m->name = g_strdup(name);
	m->file = g_strdup(file);
	m->vermagic = g_strdup(vermagic);
	m->version = g_strdup(version);
	g_ptr_array_add(r->modules, m);
}

struct report_stage *report_add_stage(struct report *r, const char *name)
{
	struct report_stage *stage = g_new0(struct report_stage, 1);

	stage->name = g_strdup(name);
	g_ptr_array_add(r->stages, stage);
	return stage;
}

void report_time_stage(const struct report *r, struct report_stage *stage, gint64 began)
{
	gint64 now = g_get_monotonic_time();

	stage->seconds = (double)(now - began) / G_USEC_PER_SEC;
	stage->from = (double)(began - r->origin) / G_USEC_PER_SEC;
	stage->to = (double)(now - r->origin) / G_USEC_PER_SEC;
}

bool report_was_audited(const struct report *r)
{
	for (guint i = 0; i < r->stages->len; i++) {
		const struct report_stage *stage = r->stages->pdata[i];

		if (g_str_equal(stage->name, "audit") && stage->outcome != OUTCOME_SKIP)
			return true;
	}
	return false;
}

void report_set_suite(struct report *r, const char *name)
{
	g_free(r->running);
	r->running = g_strdup(name);
}

static void absorb_stage(struct report *r, const struct report_stage *from)
{
	struct report_stage *stage = NULL;

	for (guint i = 0; i < r->stages->len && !stage; i++) {
		stage = r->stages->pdata[i];
		if (!g_str_equal(stage->name, from->name))
			stage = NULL;
	}
	if (!stage) {
		stage = report_add_stage(r, from->name);
		stage->from = from->from;
	}
	stage->from = MIN(stage->from, from->from);
	stage->to = MAX(stage->to, from->to);
	stage->seconds += from->seconds;
	/* One that was not carried out everywhere has not passed. */
	if (from->outcome == OUTCOME_FAIL || (from->outcome == OUTCOME_SKIP && stage->outcome == OUTCOME_PASS))
		stage->outcome = from->outcome;
}

struct report_suite *report_find_suite(const struct report *r, const char *name)
{
	for (guint i = 0; i < r->suites->len; i++) {
		struct report_suite *suite = r->suites->pdata[i];

		if (g_str_equal(suite->name, name))
			return suite;
	}
	return NULL;
}

struct report_suite *report_suite(struct report *r, const char *name)
{
	struct report_suite *suite = report_find_suite(r, name);

	if (suite)
		return suite;
	suite = g_new0(struct report_suite, 1);
	suite->name = g_strdup(name);
	suite->tests = g_ptr_array_new_with_free_func((GDestroyNotify)test_result_free);
	g_ptr_array_add(r->suites, suite);
	return suite;
}

struct test_result *report_test(const struct report_suite *suite, const char *name)
{
	for (guint i = 0; i < suite->tests->len; i++) {
		struct test_result *test = suite->tests->pdata[i];

		if (g_str_equal(test->name, name))
			return test;
	}
	return NULL;
}

bool report_can_select(const struct report_suite *suite, const char *name)
{
	const struct test_result *test = report_test(suite, name);

	return suite->selectable && !(test && test->numbered);
}

/*
 * Takes @from over, whose log begins behind @before lines. Of a suite that is there
 * already it is another test.
 */
static void absorb_suite(struct report *r, struct report_suite *from, guint64 before)
{
	struct report_suite *suite = report_find_suite(r, from->name);

	log_range_shift(&from->range, before);
	for (guint i = 0; i < from->tests->len; i++)
		log_range_shift(&((struct test_result *)from->tests->pdata[i])->range, before);
	if (!suite) {
		g_ptr_array_add(r->suites, from);
		return;
	}
	suite->seconds += from->seconds;
	suite->requests += from->requests;
	suite->injected += from->injected;
	log_range_add(&suite->range, from->range);
	if (from->outcome == OUTCOME_FAIL || suite->outcome == OUTCOME_SKIP)
		suite->outcome = from->outcome;
	if (!suite->detail)
		suite->detail = g_steal_pointer(&from->detail);
	while (from->tests->len)
		g_ptr_array_add(suite->tests, g_ptr_array_steal_index(from->tests, 0));
	suite_free(from);
}

/* One of what every load of a module tells: it is told once, and takes @f over. */
static bool is_known(const struct report *r, struct finding *f)
{
	for (guint i = 0; i < r->findings->len; i++) {
		struct finding *other = r->findings->pdata[i];

		if (g_str_equal(other->class, f->class) && !g_strcmp0(other->line, f->line)) {
			other->count += f->count;
			finding_free(f);
			return true;
		}
	}
	return false;
}

void report_take_findings(struct report *r, GPtrArray *findings, guint64 before)
{
	while (findings->len) {
		struct finding *f = g_ptr_array_steal_index(findings, 0);

		if (init_result_blame(f) && is_known(r, f))
			continue;
		if (f->first_line) {
			f->first_line += before;
			f->last_line += before;
		}
		g_ptr_array_add(r->findings, f);
	}
}

void report_absorb(struct report *r, struct report *part)
{
	for (guint i = 0; i < part->stages->len; i++)
		absorb_stage(r, part->stages->pdata[i]);
	while (part->suites->len)
		absorb_suite(r, g_ptr_array_steal_index(part->suites, 0), r->log_lines);
	while (part->failures->len)
		g_ptr_array_add(r->failures, g_ptr_array_steal_index(part->failures, 0));
	report_take_findings(r, part->findings, r->log_lines);
	while (part->leaks->len)
		g_ptr_array_add(r->leaks, g_ptr_array_steal_index(part->leaks, 0));
	r->log_lines += part->log_lines;
	if (!r->hang)
		r->hang = g_steal_pointer(&part->hang);
	if (!r->kernel)
		r->kernel = g_strdup(part->kernel);
}

void report_count(const struct report *r, struct report_count *ret)
{
	*ret = (struct report_count){ .suites = r->suites->len };
	for (guint i = 0; i < r->suites->len; i++) {
		const struct report_suite *suite = r->suites->pdata[i];

		for (guint j = 0; j < suite->tests->len; j++) {
			const struct test_result *test = suite->tests->pdata[j];

			ret->tests++;
			ret->passed += test->outcome == OUTCOME_PASS;
			ret->failed += test->outcome == OUTCOME_FAIL;
			ret->skipped += test->outcome == OUTCOME_SKIP;
			ret->unrun += test->outcome == OUTCOME_SKIP && test->cause == CAUSE_NOT_RUN;
			ret->xfailed += test->outcome == OUTCOME_XFAIL;
		}
	}
}
