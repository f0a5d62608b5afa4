// SPDX-License-Identifier: GPL-2.0-only
/* result.json: docs/dev/result-schema.md. */
#include "lib/json.h"
#include "libvm/explain.h"
#include "libvm/report.h"

static double in_milliseconds(double seconds)
{
	return (double)(gint64)(seconds * 1000 + 0.5) / 1000;
}

/* Negative = unknown. */
static void add_seconds(JsonBuilder *b, double seconds)
{
	json_builder_set_member_name(b, "seconds");
	if (seconds < 0)
		json_builder_add_null_value(b);
	else
		json_builder_add_double_value(b, in_milliseconds(seconds));
}

static void add_verdict(JsonBuilder *b, struct report *r)
{
	const struct report_failure *worst = report_judge(r);

	json_builder_set_member_name(b, "verdict");
	json_builder_begin_object(b);
	json_add_string(b, "word", worst ? "FAIL" : "PASS");
	json_add_int(b, "exit", report_exit_status(r));
	json_add_string(b, "reason", worst ? worst->text : NULL);
	json_builder_end_object(b);
}

static void add_modules(JsonBuilder *b, const struct report *r)
{
	json_builder_set_member_name(b, "modules");
	json_builder_begin_array(b);
	for (guint i = 0; i < r->modules->len; i++) {
		const struct report_module *m = r->modules->pdata[i];

		json_builder_begin_object(b);
		json_add_string(b, "name", m->name);
		json_add_string(b, "file", m->file);
		json_add_string(b, "vermagic", m->vermagic);
		json_add_string(b, "version", m->version);
		json_builder_end_object(b);
	}
	json_builder_end_array(b);
}

static void add_stages(JsonBuilder *b, const struct report *r)
{
	json_builder_set_member_name(b, "stages");
	json_builder_begin_array(b);
	for (guint i = 0; i < r->stages->len; i++) {
		const struct report_stage *stage = r->stages->pdata[i];

		json_builder_begin_object(b);
		json_add_string(b, "name", stage->name);
		json_add_string(b, "outcome", outcome_name(stage->outcome));
		add_seconds(b, stage->seconds);
		json_builder_set_member_name(b, "from");
		json_builder_add_double_value(b, in_milliseconds(stage->from));
		json_builder_set_member_name(b, "to");
		json_builder_add_double_value(b, in_milliseconds(stage->to));
		json_builder_end_object(b);
	}
	json_builder_end_array(b);
}

static void add_range(JsonBuilder *b, struct log_range range)
{
	json_add_known_int(b, "first_line", (gint64)range.first, range.first);
	json_add_known_int(b, "last_line", (gint64)range.last, range.last);
}

static void add_tests(JsonBuilder *b, const struct report_suite *suite)
{
	json_builder_set_member_name(b, "tests");
	json_builder_begin_array(b);
	for (guint i = 0; i < suite->tests->len; i++) {
		const struct test_result *test = suite->tests->pdata[i];

		json_builder_begin_object(b);
		json_add_string(b, "name", test->name);
		json_add_string(b, "outcome", outcome_name(test->outcome));
		add_seconds(b, test->seconds);
		json_add_string(b, "detail", test->detail);
		add_range(b, test->range);
		json_add_string(b, "reason", test_result_reason(test));
		json_add_string(b, "word", test_result_word(test));
		json_add_known_int(b, "runs", test->runs, test->runs);
		json_add_known_int(b, "failed_runs", test->failed, test->runs);
		json_builder_end_object(b);
	}
	json_builder_end_array(b);
}

static void add_injection(JsonBuilder *b, const struct report_suite *suite)
{
	json_builder_set_member_name(b, "inject");
	if (!suite->inject) {
		json_builder_add_null_value(b);
		return;
	}
	json_builder_begin_object(b);
	json_add_string(b, "rule", suite->inject);
	json_add_int(b, "requests", (gint64)suite->requests);
	json_add_int(b, "injected", (gint64)suite->injected);
	json_builder_end_object(b);
}

static void add_suites(JsonBuilder *b, const struct report *r)
{
	json_builder_set_member_name(b, "suites");
	json_builder_begin_array(b);
	for (guint i = 0; i < r->suites->len; i++) {
		const struct report_suite *suite = r->suites->pdata[i];

		json_builder_begin_object(b);
		json_add_string(b, "name", suite->name);
		json_add_string(b, "outcome", outcome_name(suite->outcome));
		add_seconds(b, suite->seconds);
		json_add_string(b, "detail", suite->detail);
		json_add_string(b, "log", suite->log);
		add_injection(b, suite);
		add_range(b, suite->range);
		add_tests(b, suite);
		json_builder_end_object(b);
	}
	json_builder_end_array(b);
}

static void add_failures(JsonBuilder *b, const struct report *r)
{
	json_builder_set_member_name(b, "failures");
	json_builder_begin_array(b);
	for (guint i = 0; i < r->failures->len; i++) {
		const struct report_failure *failure = r->failures->pdata[i];
		g_autofree char *again = report_again(r, failure->suite, failure->test);

		json_builder_begin_object(b);
		json_add_int(b, "exit", (gint64)failure->code);
		json_add_string(b, "text", failure->text);
		json_add_string(b, "suite", failure->suite);
		json_add_string(b, "test", failure->test);
		json_add_string(b, "again", again);
		json_builder_end_object(b);
	}
	json_builder_end_array(b);
}

/* Where in the kernel, and in its log. */
static void add_place(JsonBuilder *b, const struct finding *f)
{
	json_add_string(b, "function", f->function);
	json_add_string(b, "module", f->module);
	json_add_string(b, "file", f->file);
	json_add_known_int(b, "file_line", f->file_line, f->file);
	json_add_string(b, "excerpt", f->excerpt);
	json_add_string(b, "hash", f->hash);
	json_add_known_int(b, "first_line", (gint64)f->first_line, f->first_line);
	json_add_known_int(b, "last_line", (gint64)f->last_line, f->last_line);
	json_add_known_int(b, "cpu", f->cpu, f->cpu >= 0);
	json_add_known_int(b, "pid", f->pid, f->pid >= 0);
	json_add_string(b, "task", f->comm);
	json_add_bool(b, "fatal", f->fatal);
	explain_add_trace(b, f);
}

static void add_findings(JsonBuilder *b, const struct report *r)
{
	json_builder_set_member_name(b, "findings");
	json_builder_begin_array(b);
	for (guint i = 0; i < r->findings->len; i++) {
		const struct finding *f = r->findings->pdata[i];

		json_builder_begin_object(b);
		json_add_string(b, "class", f->class);
		json_add_string(b, "title", f->title);
		json_add_string(b, "line", f->line);
		json_add_int(b, "exit", (gint64)f->code);
		json_add_int(b, "count", f->count);
		json_add_int(b, "seq", (gint64)f->seq);
		json_add_int(b, "usec", (gint64)f->usec);
		json_add_string(b, "stage", f->stage);
		json_add_string(b, "test", f->test);
		add_place(b, f);
		json_builder_end_object(b);
	}
	json_builder_end_array(b);
}

static void add_leaks(JsonBuilder *b, const struct report *r)
{
	json_builder_set_member_name(b, "leaks");
	json_builder_begin_array(b);
	for (guint i = 0; i < r->leaks->len; i++) {
		const struct leak *leak = r->leaks->pdata[i];

		json_builder_begin_object(b);
		json_add_string(b, "kind", leak->kind);
		json_add_string(b, "name", leak->name);
		json_add_string(b, "detail", leak->detail);
		json_add_int(b, "count", (gint64)leak->count);
		json_add_int(b, "before", (gint64)leak->before);
		json_add_known_int(b, "loads", leak->loads, leak->loads);
		json_add_string(b, "module", leak->module);
		json_add_string(b, "section", leak->section);
		json_add_string(b, "function", leak->function);
		json_add_int(b, "offset", (gint64)leak->offset);
		json_add_string(b, "file", leak->file);
		json_add_known_int(b, "line", leak->line, leak->file);
		json_add_string(b, "test", leak->test);
		json_add_string(b, "during", leak->during);
		json_builder_end_object(b);
	}
	json_builder_end_array(b);
}

static void add_counts(JsonBuilder *b, const struct report *r)
{
	struct report_count c;

	report_count(r, &c);
	json_builder_set_member_name(b, "counts");
	json_builder_begin_object(b);
	json_add_int(b, "suites", c.suites);
	json_add_int(b, "tests", c.tests);
	json_add_int(b, "pass", c.passed);
	json_add_int(b, "fail", c.failed);
	json_add_int(b, "skip", c.skipped);
	json_add_int(b, "xfail", c.xfailed);
	json_builder_end_object(b);
}

JsonNode *report_to_json(struct report *r)
{
	g_autoptr(JsonBuilder) b = json_builder_new();
	g_autofree char *again = report_again(r, NULL, NULL);

	json_builder_begin_object(b);
	json_add_int(b, "version", REPORT_VERSION);
	json_add_string(b, "id", r->id);
	json_add_string(b, "folder", r->folder);
	json_add_string(b, "mode", r->mode);
	add_verdict(b, r);
	json_add_string(b, "source", r->source);
	json_add_string(b, "started", r->started);
	add_seconds(b, r->seconds);
	json_builder_set_member_name(b, "waited");
	json_builder_add_double_value(b, in_milliseconds(r->waited));
	json_add_string(b, "kernel", r->kernel);
	json_add_string(b, "image", r->image);
	json_add_string(b, "accelerator", r->accel);
	json_add_string(b, "qemu", r->qemu);
	json_add_string(b, "host", r->host);
	json_add_string(b, "vexvm", VEXVM_VERSION);
	json_add_string(b, "again", again);
	add_modules(b, r);
	add_stages(b, r);
	add_counts(b, r);
	add_suites(b, r);
	add_failures(b, r);
	add_findings(b, r);
	add_leaks(b, r);
	json_add_int(b, "unaudited", r->unaudited);
	json_add_string(b, "hang", r->hang);
	json_builder_end_object(b);
	return json_builder_get_root(b);
}
