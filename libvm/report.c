// SPDX-License-Identifier: GPL-2.0-only
#include "libvm/report.h"

#include "lib/text.h"

#define TEXT_MAX 600	/* bytes of a failure's one line */

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
	g_free(suite->log);
	g_free(suite->detail);
	g_ptr_array_unref(suite->tests);
	g_free(suite);
}

static void failure_free(struct report_failure *failure)
{
	g_free(failure->text);
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
	g_free(r->again);
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

static void absorb_stage(struct report *r, const struct report_stage *from)
{
	struct report_stage *stage = NULL;

	for (guint i = 0; i < r->stages->len && !stage; i++) {
		stage = r->stages->pdata[i];
		if (!g_str_equal(stage->name, from->name))
			stage = NULL;
	}
	if (!stage)
		stage = report_add_stage(r, from->name);
	stage->seconds += from->seconds;
	if (from->outcome == OUTCOME_FAIL)
		stage->outcome = OUTCOME_FAIL;
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

/* Takes @from over. Of a suite that is there already it is another test. */
static void absorb_suite(struct report *r, struct report_suite *from)
{
	struct report_suite *suite = report_find_suite(r, from->name);

	if (!suite) {
		g_ptr_array_add(r->suites, from);
		return;
	}
	suite->seconds += from->seconds;
	if (from->outcome == OUTCOME_FAIL || suite->outcome == OUTCOME_SKIP)
		suite->outcome = from->outcome;
	if (!suite->detail)
		suite->detail = g_steal_pointer(&from->detail);
	while (from->tests->len)
		g_ptr_array_add(suite->tests, g_ptr_array_steal_index(from->tests, 0));
	suite_free(from);
}

void report_take_findings(struct report *r, GPtrArray *findings)
{
	while (findings->len)
		g_ptr_array_add(r->findings, g_ptr_array_steal_index(findings, 0));
}

void report_absorb(struct report *r, struct report *part)
{
	for (guint i = 0; i < part->stages->len; i++)
		absorb_stage(r, part->stages->pdata[i]);
	while (part->suites->len)
		absorb_suite(r, g_ptr_array_steal_index(part->suites, 0));
	while (part->failures->len)
		g_ptr_array_add(r->failures, g_ptr_array_steal_index(part->failures, 0));
	report_take_findings(r, part->findings);
	while (part->leaks->len)
		g_ptr_array_add(r->leaks, g_ptr_array_steal_index(part->leaks, 0));
	if (!r->kernel)
		r->kernel = g_strdup(part->kernel);
}

static void add_failure(struct report *r, enum lab_error code, char *text)
{
	struct report_failure *failure = g_new0(struct report_failure, 1);

	failure->code = code;
	/* Much of it is the guest's words. */
	failure->text = text_escape(text, (gssize)MIN(strlen(text), TEXT_MAX));
	g_strdelimit(failure->text, "\n\t", ' ');
	g_strchomp(failure->text);
	g_free(text);
	g_ptr_array_add(r->failures, failure);
}

void report_fail(struct report *r, enum lab_error code, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	add_failure(r, code, g_strdup_vprintf(format, args));
	va_end(args);
}

void report_fail_error(struct report *r, GError *error)
{
	add_failure(r, (enum lab_error)fault_exit_status(error), g_strdup(error->message));
	g_error_free(error);
}

/* " [module] at FILE:LINE", as far as it is known. */
static char *finding_place(const struct finding *f)
{
	GString *place = g_string_new(NULL);

	if (f->module)
		g_string_append_printf(place, " [%s]", f->module);
	if (f->file)
		g_string_append_printf(place, " at %s:%u", f->file, f->file_line);
	return g_string_free(place, FALSE);
}

void report_take_leaks(struct report *r, GPtrArray *leaks)
{
	while (leaks->len) {
		struct leak *leak = g_ptr_array_steal_index(leaks, 0);

		report_fail(r, LAB_ERROR_LEAK, "%s", leak->detail);
		g_ptr_array_add(r->leaks, leak);
	}
}

/* Findings become failures, each once. */
static void blame_findings(struct report *r)
{
	for (; r->blamed < r->findings->len; r->blamed++) {
		const struct finding *f = r->findings->pdata[r->blamed];

		g_autofree char *place = finding_place(f);

		report_fail(r, f->code, "%s%s%s%s%s%s", f->title, place, f->stage ? ", in " : "",
			    f->stage ? f->stage : "", f->test ? ", " : "", f->test ? f->test : "");
	}
}

/* Place in the order of what tells most; 0 tells most. */
static guint rank(enum lab_error code)
{
	static const enum lab_error order[] = {
		LAB_ERROR_KERNEL, LAB_ERROR_TIMEOUT, LAB_ERROR_LOAD,  LAB_ERROR_LEAK,
		LAB_ERROR_BUILD,  LAB_ERROR_USAGE,   LAB_ERROR_LAB, LAB_ERROR_TEST,
	};
	guint i = 0;

	while (i < G_N_ELEMENTS(order) && order[i] != code)
		i++;
	return i;
}

const struct report_failure *report_judge(struct report *r)
{
	const struct report_failure *worst = NULL;

	blame_findings(r);
	for (guint i = 0; i < r->failures->len; i++) {
		const struct report_failure *failure = r->failures->pdata[i];

		if (!worst || rank(failure->code) < rank(worst->code))
			worst = failure;
	}
	return worst;
}

int report_exit_status(struct report *r)
{
	const struct report_failure *worst = report_judge(r);

	return worst ? (int)worst->code : 0;
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
			ret->xfailed += test->outcome == OUTCOME_XFAIL;
		}
	}
}

/* "vexfs", "first and 2 more", or the folder's name before anything is built. */
static char *subject(const struct report *r)
{
	const struct report_module *last;

	if (!r->modules->len)
		return r->directory ? g_path_get_basename(r->directory) : g_strdup("the module");
	last = r->modules->pdata[r->modules->len - 1];
	if (r->modules->len == 1)
		return g_strdup(last->name);
	return g_strdup_printf("%s and %u more", last->name, r->modules->len - 1);
}

static void append_failure(GString *line, const struct report *r, const struct report_failure *worst)
{
	g_string_append(line, worst->text);
	if (r->failures->len > 1)
		g_string_append_printf(line, " (and %u more)", r->failures->len - 1);
}

static void append_stages(GString *line, const struct report *r)
{
	for (guint i = 0; i < r->stages->len; i++) {
		const struct report_stage *stage = r->stages->pdata[i];

		g_string_append_printf(line, ", %s %.1f s", stage->name, stage->seconds);
	}
	g_string_append_printf(line, ", total %.1f s", r->seconds);
}

static void append_counts(GString *line, const struct report *r)
{
	struct report_count c;

	report_count(r, &c);
	if (!c.suites) {
		g_string_append(line, "built");
		return;
	}
	g_string_append_printf(line, "%u test%s in %u suite%s", c.tests, c.tests == 1 ? "" : "s",
			       c.suites, c.suites == 1 ? "" : "s");
	if (c.skipped)
		g_string_append_printf(line, " (%u skipped)", c.skipped);
	if (c.xfailed)
		g_string_append_printf(line, " (%u failed as expected)", c.xfailed);
}

char *report_verdict_line(struct report *r)
{
	const struct report_failure *worst = report_judge(r);
	g_autofree char *what = subject(r);
	GString *line = g_string_new(worst ? "FAIL  " : "PASS  ");

	g_string_append(line, what);
	if (r->kernel)
		g_string_append_printf(line, " on %s", r->kernel);
	if (r->accel)
		g_string_append_printf(line, " (%s)", r->accel);
	g_string_append(line, ": ");
	if (worst) {
		append_failure(line, r, worst);
	} else {
		append_counts(line, r);
		append_stages(line, r);
	}
	return g_string_free(line, FALSE);
}

static bool write_file(struct report *r, const char *name, const char *text, GError **error)
{
	g_autofree char *path = g_build_filename(r->folder, name, NULL);
	g_autoptr(GError) cause = NULL;

	if (g_file_set_contents(path, text, -1, &cause))
		return true;
	return fault_set(error, LAB_ERROR_LAB, "%s", cause->message);
}

bool report_write(struct report *r, GError **error)
{
	g_autoptr(JsonNode) root = report_to_json(r);
	g_autofree char *json = json_to_string(root, TRUE);
	g_autofree char *xml = report_to_junit(r);

	/* result.json last: a folder without it is of a run that was killed. */
	return write_file(r, "junit.xml", xml, error) && write_file(r, "result.json", json, error);
}
