// SPDX-License-Identifier: GPL-2.0-only
/* junit.xml, as continuous integration reads it (jenkins-junit.xsd). */
#include "libvm/explain.h"
#include "libvm/report.h"
#include "libvm/xml.h"

#define RUN "run"	/* the suite that the run itself is */
#define FINDINGS_MAX 20	/* told in full */

static void append_seconds(GString *xml, double seconds)
{
	char text[G_ASCII_DTOSTR_BUF_SIZE];

	g_ascii_formatd(text, sizeof(text), "%.3f", MAX(seconds, 0));
	xml_append_attribute(xml, "time", text);
}

/*
 * The first line is the message, all of it and the command that repeats it the content;
 * the type is the reason.
 */
static void append_failure(GString *xml, const struct test_result *test, const char *again)
{
	g_autofree char *remark = test_result_remark(test);
	g_autofree char *detail = g_strdup_printf("%s%s%s", remark ? remark : "", remark ? ": " : "",
						  test->detail ? test->detail : "failed");
	g_autofree char *first = g_strndup(detail, strcspn(detail, "\n"));

	g_string_append(xml, "      <failure");
	xml_append_attribute(xml, "type", test_result_reason(test));
	xml_append_attribute(xml, "message", first);
	g_string_append_c(xml, '>');
	xml_append_text(xml, detail);
	xml_append_text(xml, "\nagain: ");
	xml_append_text(xml, again);
	g_string_append(xml, "</failure>\n");
}

/* @suite: a suite's name, NULL for the run itself. */
static void append_case(GString *xml, const struct report *r, const char *suite,
			const struct test_result *test)
{
	g_autofree char *again = report_again(r, suite, test->name);

	g_string_append(xml, "    <testcase");
	xml_append_attribute(xml, "classname", suite ? suite : RUN);
	xml_append_attribute(xml, "name", test->name);
	append_seconds(xml, test->seconds);
	g_string_append(xml, ">\n");
	if (test->outcome == OUTCOME_FAIL)
		append_failure(xml, test, again);
	if (test->outcome == OUTCOME_SKIP || test->outcome == OUTCOME_XFAIL) {
		g_string_append(xml, "      <skipped");
		xml_append_attribute(xml, "message", test->detail ? test->detail :
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

static void append_tests(GString *xml, const struct report *r, const char *suite, double seconds,
			 const GPtrArray *tests)
{
	g_string_append(xml, "  <testsuite");
	xml_append_attribute(xml, "name", suite ? suite : RUN);
	g_string_append_printf(xml, " tests=\"%u\" failures=\"%u\" errors=\"0\" skipped=\"%u\"",
			       tests->len, count(tests, OUTCOME_FAIL),
			       count(tests, OUTCOME_SKIP) + count(tests, OUTCOME_XFAIL));
	append_seconds(xml, seconds);
	g_string_append(xml, ">\n");
	for (guint i = 0; i < tests->len; i++)
		append_case(xml, r, suite, tests->pdata[i]);
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

	xml_append_attribute(xml, "name", "vexvm");
	append_seconds(xml, r->seconds);
	g_string_append(xml, ">\n");
	append_tests(xml, r, NULL, r->seconds, cases);
	for (guint i = 0; i < r->suites->len; i++) {
		const struct report_suite *suite = r->suites->pdata[i];

		append_tests(xml, r, suite->name, suite->seconds, suite->tests);
	}
	g_string_append(xml, "</testsuites>\n");
	return g_string_free(xml, FALSE);
}
