// SPDX-License-Identifier: GPL-2.0-only
/* junit.xml, as continuous integration reads it (jenkins-junit.xsd). */
#include "libvm/explain.h"
#include "libvm/report.h"

#define FINDINGS_MAX 20	/* told in full */

/* Text for content and attributes: XML 1.0's characters only, its five escapes. */
static void append_text(GString *xml, const char *text)
{
	g_autofree char *valid = g_utf8_make_valid(text, -1);

	for (const char *at = valid; *at; at = g_utf8_next_char(at)) {
		gunichar c = g_utf8_get_char(at);

		if (c == '<')
			g_string_append(xml, "&lt;");
		else if (c == '>')
			g_string_append(xml, "&gt;");
		else if (c == '&')
			g_string_append(xml, "&amp;");
		else if (c == '"')
			g_string_append(xml, "&quot;");
		else if (c == '\n' || c == '\t')
			g_string_append_printf(xml, "&#%u;", c);
		else if (c < 0x20 || c == 0xfffe || c == 0xffff)
			g_string_append_unichar(xml, 0xfffd);
		else
			g_string_append_unichar(xml, c);
	}
}

static void append_attribute(GString *xml, const char *name, const char *value)
{
	g_string_append_printf(xml, " %s=\"", name);
	append_text(xml, value);
	g_string_append_c(xml, '"');
}

static void append_seconds(GString *xml, double seconds)
{
	char text[G_ASCII_DTOSTR_BUF_SIZE];

	g_ascii_formatd(text, sizeof(text), "%.3f", MAX(seconds, 0));
	append_attribute(xml, "time", text);
}

/* "crash, broken: 3 of 3 runs: ", as far as there is something to say. */
static char *preamble(const struct test_result *test)
{
	g_autofree char *counts = test_result_counts(test);
	const char *cause = test->cause ? test_result_reason(test) : NULL;

	return g_strdup_printf("%s%s%s%s", cause ? cause : "", cause && counts ? ", " : "",
			       counts ? counts : "", cause || counts ? ": " : "");
}

/* The first line is the message, all of it the content; the type is the reason. */
static void append_failure(GString *xml, const struct test_result *test)
{
	g_autofree char *before = preamble(test);
	g_autofree char *detail = g_strconcat(before, test->detail ? test->detail : "failed", NULL);
	g_autofree char *first = g_strndup(detail, strcspn(detail, "\n"));

	g_string_append(xml, "      <failure");
	append_attribute(xml, "type", test_result_reason(test));
	append_attribute(xml, "message", first);
	g_string_append_c(xml, '>');
	append_text(xml, detail);
	g_string_append(xml, "</failure>\n");
}

static void append_case(GString *xml, const char *class, const struct test_result *test)
{
	g_string_append(xml, "    <testcase");
	append_attribute(xml, "classname", class);
	append_attribute(xml, "name", test->name);
	append_seconds(xml, test->seconds);
	g_string_append(xml, ">\n");
	if (test->outcome == OUTCOME_FAIL)
		append_failure(xml, test);
	if (test->outcome == OUTCOME_SKIP || test->outcome == OUTCOME_XFAIL) {
		g_string_append(xml, "      <skipped");
		append_attribute(xml, "message", test->detail ? test->detail :
				 outcome_name(test->outcome));
		g_string_append(xml, "/>\n");
	}
	g_string_append(xml, "    </testcase>\n");
}

static guint count(const GPtrArray *tests, enum outcome outcome)
{
	guint n = 0;

	for (guint i = 0; i < tests->len; i++)
		n += ((struct test_result *)tests->pdata[i])->outcome == outcome;
	return n;
}

static void append_tests(GString *xml, const char *name, double seconds, const GPtrArray *tests)
{
	g_string_append(xml, "  <testsuite");
	append_attribute(xml, "name", name);
	g_string_append_printf(xml, " tests=\"%u\" failures=\"%u\" errors=\"0\" skipped=\"%u\"",
			       tests->len, count(tests, OUTCOME_FAIL),
			       count(tests, OUTCOME_SKIP) + count(tests, OUTCOME_XFAIL));
	append_seconds(xml, seconds);
	g_string_append(xml, ">\n");
	for (guint i = 0; i < tests->len; i++)
		append_case(xml, name, tests->pdata[i]);
	g_string_append(xml, "  </testsuite>\n");
}

/* The reason, and what the kernel reported, in full. */
static char *verdict_detail(struct report *r)
{
	GString *detail = g_string_new(report_judge(r)->text);

	for (guint i = 0; i < MIN(r->findings->len, FINDINGS_MAX); i++) {
		g_autofree char *text = explain_text(r->findings->pdata[i]);

		g_string_append_printf(detail, "\n\n%s", g_strchomp(text));
	}
	return g_string_free(detail, FALSE);
}

/*
 * The run itself as a suite: what failed beside the tests (build, kernel log,
 * unload) would not show otherwise.
 */
static GPtrArray *run_cases(struct report *r)
{
	GPtrArray *cases = g_ptr_array_new_with_free_func((GDestroyNotify)test_result_free);
	g_autofree char *detail = NULL;
	struct test_result *verdict;

	for (guint i = 0; i < r->stages->len; i++) {
		const struct report_stage *stage = r->stages->pdata[i];
		struct test_result *test = test_result_new(stage->name, stage->outcome, NULL);

		test->seconds = stage->seconds;
		g_ptr_array_add(cases, test);
	}
	detail = report_judge(r) ? verdict_detail(r) : NULL;
	verdict = test_result_new("verdict", detail ? OUTCOME_FAIL : OUTCOME_PASS, detail);
	verdict->seconds = 0;
	g_ptr_array_add(cases, verdict);
	return cases;
}

char *report_to_junit(struct report *r)
{
	GString *xml = g_string_new("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites");
	g_autoptr(GPtrArray) cases = run_cases(r);

	append_attribute(xml, "name", "vexvm");
	append_seconds(xml, r->seconds);
	g_string_append(xml, ">\n");
	append_tests(xml, "run", r->seconds, cases);
	for (guint i = 0; i < r->suites->len; i++) {
		const struct report_suite *suite = r->suites->pdata[i];

		append_tests(xml, suite->name, suite->seconds, suite->tests);
	}
	g_string_append(xml, "</testsuites>\n");
	return g_string_free(xml, FALSE);
}
