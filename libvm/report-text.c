// SPDX-License-Identifier: GPL-2.0-only
/* What a run found out, for people: the verdict in one line, and what is to blame. */
#include <string.h>

#include "lib/text.h"
#include "libvm/report.h"

#define LINES_MAX 12	/* that a test or a page of a hang gets */
#define WIDTH_MAX 300	/* bytes of each */
#define LEAKS_MAX 8
#define PROCESSES "\n    PID "	/* ps(1) begins so */
#define OTHERS_MAX 5
#define CULPRITS_MAX 20
#define UNRUN_MAX 20
#define SKIPPED_MAX 20

char *report_subject(const struct report *r)
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
	if (r->waited >= 1)
		g_string_append_printf(line, ", after %.0f s of waiting for another run", r->waited);
}

static void append_injected(GString *line, const struct report *r)
{
	guint64 n = 0;
	bool any = false;

	for (guint i = 0; i < r->suites->len; i++) {
		const struct report_suite *suite = r->suites->pdata[i];

		any |= suite->inject != NULL;
		n += suite->injected;
	}
	if (any)
		g_string_append_printf(line, ", %" G_GUINT64_FORMAT " error%s injected", n, n == 1 ? "" : "s");
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
	append_injected(line, r);
}

char *report_verdict_line(struct report *r)
{
	const struct report_failure *worst = report_judge(r);
	g_autofree char *what = report_subject(r);
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

/* "  why       TEXT"; without a label, below the text before. */
static void append_line(GString *out, const char *label, const char *text)
{
	gsize length = strlen(text), shown = MIN(length, WIDTH_MAX);
	g_autofree char *line = text_line(text, (gssize)shown);

	g_string_append_printf(out, "  %-9s %s%s\n", label, line, shown < length ? "…" : "");
}

/* A line each; @label is the first one's. */
static void append_list(GString *out, const char *label, char *const *lines)
{
	for (guint i = 0; lines[i]; i++)
		append_line(out, i ? "" : label, lines[i]);
}

/* The first lines of @text; @label is the first one's. */
static void append_lines(GString *out, const char *label, const char *text)
{
	g_auto(GStrv) lines = g_strsplit(text, "\n", LINES_MAX + 1);

	for (guint i = 0; lines[i] && i < LINES_MAX; i++) {
		if (*lines[i])
			append_line(out, label, lines[i]);
		if (*lines[i])
			label = "";
	}
	if (g_strv_length(lines) > LINES_MAX && *lines[LINES_MAX])
		append_line(out, "", "…");
}

static void append_finding(GString *out, const struct finding *f)
{
	g_autofree char *why = g_strdup_printf("%s: %s", f->class, f->line);
	g_autofree char *function = finding_where(f);
	g_autofree char *place = f->file ? g_strdup_printf("%s:%u", f->file, f->file_line) : NULL;
	g_autofree char *where = place && function ? g_strdup_printf("%s, %s", place, function) :
				 g_strdup(place ? place : function);
	g_auto(GStrv) lines = f->excerpt ? g_strsplit(f->excerpt, "\n", -1) : NULL;

	if (where)
		append_line(out, "where", where);
	for (char **line = lines; line && *line && **line; line++)
		g_string_append_printf(out, "      %s\n", *line);
	append_line(out, "why", why);
	if (f->first_line) {
		g_autofree char *log = g_strdup_printf("kmsg.jsonl, lines %" G_GUINT64_FORMAT " to %"
						       G_GUINT64_FORMAT, f->first_line, f->last_line);

		append_line(out, "log", log);
	}
}

const struct test_result *report_failure_test(const struct report *r, const struct report_failure *failure)
{
	const struct report_suite *suite = failure->suite ? report_find_suite(r, failure->suite) : NULL;

	for (guint i = 0; suite && failure->test && i < suite->tests->len; i++) {
		const struct test_result *test = suite->tests->pdata[i];

		if (test->outcome == OUTCOME_FAIL && g_str_equal(test->name, failure->test))
			return test;
	}
	return NULL;
}

/* What it said beyond @headline, which has been shown. */
static void append_test(GString *out, const struct test_result *test, const char *headline)
{
	g_autofree char *result = g_strdup_printf("not ok - %s", test->name);
	const char *detail = test->detail ? test->detail : "";

	/* One that the lab found out about said nothing like it; it is among the tests below. */
	if (!test->cause)
		append_line(out, "said", result);
	if (g_str_has_prefix(detail, headline) && strchr("\n", detail[strlen(headline)]))
		detail += strlen(headline);
	append_lines(out, "", detail + (*detail == '\n'));
}

static void append_leak(GString *out, const char *label, const struct leak *leak)
{
	g_autofree char *whose = leak_whose(leak);
	g_autofree char *text = g_strdup_printf("%s%s%s", leak->detail, whose ? ", " : "", whose ? whose : "");

	append_line(out, label, text);
}

static void append_leaks(GString *out, const struct report *r)
{
	for (guint i = 0; i < MIN(r->leaks->len, LEAKS_MAX); i++)
		append_leak(out, i ? "" : "left", r->leaks->pdata[i]);
	if (r->leaks->len > LEAKS_MAX)
		g_string_append_printf(out, "  %-9s and %u more\n", "", r->leaks->len - LEAKS_MAX);
}

/* hang.txt without its list of all processes. */
static void append_hang(GString *out, const char *page)
{
	const char *list = strstr(page, PROCESSES);
	g_autofree char *text = g_strndup(page, list ? (gsize)(list - page) : strlen(page));

	append_lines(out, "hang", text);
	append_line(out, "", "(all of it: hang.txt)");
}

static void append_culprits(GString *out, const struct report *r)
{
	g_auto(GStrv) lines = report_culprits(r, CULPRITS_MAX);

	append_list(out, "tests", lines);
}

static void append_unrun(GString *out, const struct report *r)
{
	g_auto(GStrv) lines = report_unrun(r, UNRUN_MAX);

	append_list(out, "not run", lines);
}

char *report_skipped_text(const struct report *r)
{
	g_auto(GStrv) lines = report_skipped(r, SKIPPED_MAX);
	GString *out = g_string_new(NULL);

	append_list(out, "skipped", lines);
	return g_string_free(out, FALSE);
}

/* A verdict that is silent on leaks would be taken for one that there are none. */
static void append_unaudited(GString *out, const struct report *r)
{
	g_autofree char *text = g_strdup_printf("not looked for after %u test%s in clones that broke%s", r->unaudited,
						r->unaudited == 1 ? "" : "s",
						r->audits_more ? "; --confirm=1 finds out" : "");

	if (r->unaudited)
		append_line(out, "leaks", text);
}

/* Told nowhere yet: no test, and of leaks all were. */
static bool is_other(const struct report *r, const struct report_failure *failure,
		     const struct report_failure *worst)
{
	return failure != worst && !(worst->leak && failure->leak) &&
	       (failure->finding || !report_failure_test(r, failure));
}

/*
 * What else failed: first what has a line of the source, behind which the kernel may report what comes
 * of it, such as a slab that does not add up any more.
 */
static void append_others(GString *out, const struct report *r, const struct report_failure *worst)
{
	guint told = 0, more = 0;

	for (guint i = 0; i < 2 * r->failures->len; i++) {
		const struct report_failure *failure = r->failures->pdata[i % r->failures->len];
		bool has_line = failure->finding && failure->finding->file;

		if (has_line != (i < r->failures->len) || !is_other(r, failure, worst))
			continue;
		if (told < OTHERS_MAX)
			append_line(out, told++ ? "" : "also", failure->text);
		else
			more++;
	}
	if (more)
		g_string_append_printf(out, "  %-9s and %u more\n", "", more);
}

char *report_blame_text(struct report *r)
{
	const struct report_failure *worst = report_judge(r);
	const struct test_result *test = worst ? report_failure_test(r, worst) : NULL;
	GString *out = g_string_new(NULL);

	if (!worst)
		return g_string_free(out, FALSE);
	if (worst->finding)
		append_finding(out, worst->finding);
	else if (worst->leak)
		append_leaks(out, r);
	else if (test)
		append_test(out, test, worst->text);
	if (worst->code == LAB_ERROR_TIMEOUT && r->hang)
		append_hang(out, r->hang);
	append_culprits(out, r);
	append_unrun(out, r);
	append_unaudited(out, r);
	append_others(out, r, worst);
	return g_string_free(out, FALSE);
}
