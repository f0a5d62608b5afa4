// SPDX-License-Identifier: GPL-2.0-only
#include <string.h>

#include "libvm/report-html-private.h"

#define ROWS_MAX 3000		/* of a run with more tests only those that did not pass are shown */
#define SUITES_MAX 300		/* likewise */

struct row {
	const struct report *report;
	const struct report_suite *suite;
	const struct test_result *test;
	const struct log_view *view;
};

/* The cells of a test's row. */

static void append_name(GString *out, const struct row *row)
{
	html_text(out, row->test->name, 0);
}

static void append_outcome(GString *out, const struct row *row)
{
	html_element(out, "b", outcome_name(row->test->outcome), outcome_name(row->test->outcome));
}

/* What it did to its guest, and how often, where that is known. */
static void append_remark(GString *out, const struct row *row)
{
	g_autofree char *remark = test_result_remark(row->test);

	if (remark)
		html_text(out, remark, 0);
}

static void append_seconds(GString *out, const struct row *row)
{
	html_seconds(out, row->test->seconds);
}

static void append_log(GString *out, const struct row *row)
{
	log_view_link(row->view, out, row->test->range);
}

static const struct {
	const char *title, *attributes;
	void (*append)(GString *out, const struct row *row);
} columns[] = {
	{ "Test", "", append_name },
	{ "Outcome", "", append_outcome },
	{ "Remark", "", append_remark },
	{ "Time", " class=\"number\"", append_seconds },
	{ "Kernel log", " class=\"number\"", append_log },
};

static void append_heads(GString *out)
{
	g_string_append(out, "<thead><tr>");
	for (guint i = 0; i < G_N_ELEMENTS(columns); i++)
		g_string_append_printf(out, "<th scope=\"col\"%s>%s</th>", columns[i].attributes, columns[i].title);
	g_string_append(out, "</tr></thead>\n");
}

/* Below the row, over its whole width: why, and how to see it again. */
static void append_why(GString *out, const struct row *row)
{
	const struct test_result *test = row->test;
	g_autofree char *again = NULL;

	if (test->outcome == OUTCOME_PASS || (test->outcome != OUTCOME_FAIL && !test->detail))
		return;
	g_string_append_printf(out, "<tr class=\"why\"><td colspan=\"%u\">", (guint)G_N_ELEMENTS(columns));
	if (test->detail)
		html_box(out, "What it said", test->detail);
	if (test->outcome == OUTCOME_FAIL) {
		again = report_again(row->report, row->suite->name, test->name);
		html_element(out, "code", "again", again);
	}
	g_string_append(out, "</td></tr>\n");
}

static void append_row(GString *out, const struct row *row)
{
	g_string_append_printf(out, "<tr class=\"%s\">", outcome_name(row->test->outcome));
	for (guint i = 0; i < G_N_ELEMENTS(columns); i++) {
		g_string_append_printf(out, "<td%s>", columns[i].attributes);
		columns[i].append(out, row);
		g_string_append(out, "</td>");
	}
	g_string_append(out, "</tr>\n");
	append_why(out, row);
}

static void append_summary(GString *out, const struct report_suite *suite)
{
	guint passed = 0;

	for (guint i = 0; i < suite->tests->len; i++)
		passed += ((struct test_result *)suite->tests->pdata[i])->outcome == OUTCOME_PASS;
	g_string_append(out, "<summary><h3>");
	html_text(out, suite->name, 0);
	g_string_append(out, "</h3> ");
	html_element(out, "b", outcome_name(suite->outcome), outcome_name(suite->outcome));
	g_string_append_printf(out, " %u of %u passed, ", passed, suite->tests->len);
	html_seconds(out, suite->seconds);
	g_string_append(out, "</summary>\n");
}

static void append_facts(GString *out, const struct report_suite *suite, const struct log_view *view)
{
	if (suite->detail)
		html_element(out, "p", "culprit", suite->detail);
	g_string_append(out, "<p>");
	if (suite->log) {
		g_string_append(out, "Output: ");
		html_file(out, suite->log);
		g_string_append(out, ". ");
	}
	g_string_append(out, "Kernel log: ");
	log_view_link(view, out, suite->range);
	g_string_append(out, "</p>\n");
}

/* At most *@left rows, which are taken from it; with @brief none of those that passed. */
static void append_suite(GString *out, const struct row *of, bool brief, guint *left)
{
	const struct report_suite *suite = of->suite;
	struct row row = *of;

	g_string_append(out, suite->outcome == OUTCOME_FAIL ? "<details open=\"open\">\n" : "<details>\n");
	append_summary(out, suite);
	append_facts(out, suite, of->view);
	if (suite->tests->len) {
		g_string_append(out, "<div class=\"wide\" tabindex=\"0\" role=\"region\" aria-label=\"Tests\">"
				     "<table class=\"tests\">\n");
		append_heads(out);
		g_string_append(out, "<tbody>\n");
	}
	for (guint i = 0; i < suite->tests->len && *left; i++) {
		row.test = suite->tests->pdata[i];
		if (brief && row.test->outcome == OUTCOME_PASS)
			continue;
		append_row(out, &row);
		--*left;
	}
	if (suite->tests->len)
		g_string_append(out, "</tbody></table></div>\n");
	g_string_append(out, "</details>\n");
}

void html_append_tests(GString *out, const struct report *r, const struct log_view *view)
{
	struct row row = { .report = r, .view = view };
	guint rows = ROWS_MAX, suites = SUITES_MAX;
	struct report_count c;
	bool brief;

	report_count(r, &c);
	if (!c.suites)
		return;
	brief = c.tests > ROWS_MAX || c.suites > SUITES_MAX;
	html_begin_section(out, "tests", "Tests");
	g_string_append_printf(out, "<p>%u tests: %u passed, %u failed, %u skipped, %u failed as expected.", c.tests,
			       c.passed, c.failed, c.skipped, c.xfailed);
	if (brief) {
		g_string_append(out, " Those that passed are not shown; all are in ");
		html_file(out, "result.json");
		g_string_append_c(out, '.');
	}
	g_string_append(out, "</p>\n");
	for (guint i = 0; i < r->suites->len && suites; i++) {
		row.suite = r->suites->pdata[i];
		if (brief && row.suite->outcome == OUTCOME_PASS)
			continue;
		append_suite(out, &row, brief, &rows);
		suites--;
	}
	g_string_append(out, "</section>\n");
}

/* The code that made it, where that is known. */
static void append_maker(GString *out, const struct leak *leak)
{
	if (!leak->function)
		return;
	html_element(out, "code", NULL, leak->function);
	g_string_append_printf(out, "<small>+0x%" G_GINT64_MODIFIER "x</small> ", leak->offset);
	html_text(out, leak->module, 0);
	if (!leak->file)
		return;
	g_string_append(out, " at ");
	html_text(out, leak->file, 0);
	g_string_append_printf(out, ":%u", leak->line);
}

void html_append_leaks(GString *out, const struct report *r)
{
	if (!r->leaks->len)
		return;
	html_begin_section(out, "leaks", "Left behind at the unload");
	g_string_append(out, "<div class=\"wide\" tabindex=\"0\" role=\"region\" aria-label=\"Left behind\">"
			     "<table class=\"leaks\">\n"
			     "<thead><tr><th scope=\"col\">Kind</th><th scope=\"col\">What</th>"
			     "<th scope=\"col\" class=\"number\">Before</th><th scope=\"col\" class=\"number\">More</th>"
			     "<th scope=\"col\">Made by</th><th scope=\"col\">By which test</th></tr></thead>\n<tbody>\n");
	for (guint i = 0; i < r->leaks->len; i++) {
		const struct leak *leak = r->leaks->pdata[i];
		g_autofree char *whose = leak_whose(leak);

		g_string_append(out, "<tr><td>");
		html_text(out, leak->kind, 0);
		g_string_append(out, "</td><td>");
		html_text(out, leak->detail, 2000);
		g_string_append_printf(out, "</td><td class=\"number\">%" G_GUINT64_FORMAT "</td><td class=\"number\">%"
				       G_GUINT64_FORMAT "</td><td>", leak->before, leak->count);
		append_maker(out, leak);
		g_string_append(out, "</td><td>");
		if (whose)
			html_text(out, whose, 2000);
		g_string_append(out, "</td></tr>\n");
	}
	g_string_append(out, "</tbody></table></div>\n</section>\n");
}
