// SPDX-License-Identifier: GPL-2.0-only
/* Which tests failed: what is said of a suite becomes its test's, and lines for people. */
#include <string.h>

#include "lib/text.h"
#include "libvm/report.h"

#define WHY_MAX 200	/* bytes */

static void name_finding(struct finding *f, const char *suite, const char *test)
{
	if (g_strcmp0(f->test, suite))
		return;
	g_free(f->test);
	f->test = g_strdup_printf("%s: %s", suite, test);
}

static void name_failure(struct report_failure *failure, const char *suite, const char *test)
{
	g_autofree char *whole = g_strdup_printf("%s ", suite);
	g_autofree char *named = g_strdup_printf("%s: %s", suite, test);

	if (failure->suite && !g_str_equal(failure->suite, suite))
		return;
	if (g_str_has_prefix(failure->text, whole)) {
		char *text = g_strconcat(named, failure->text + strlen(suite), NULL);

		g_free(failure->text);
		failure->text = text;
	} else if (!g_str_has_prefix(failure->text, named)) {
		return;
	}
	g_free(failure->suite);
	g_free(failure->test);
	failure->suite = g_strdup(suite);
	failure->test = g_strdup(test);
}

void report_name_test(struct report *r, const char *suite, const char *test)
{
	for (guint i = 0; i < r->findings->len; i++)
		name_finding(r->findings->pdata[i], suite, test);
	for (guint i = 0; i < r->failures->len; i++)
		name_failure(r->failures->pdata[i], suite, test);
}

/* Without what does not fit on a line. */
static char *why(const struct report_suite *suite, const struct test_result *test)
{
	g_autofree char *first = test->detail ? g_strndup(test->detail, strcspn(test->detail, "\n")) :
						g_strdup("");
	g_autofree char *name = g_strdup_printf("%s: %s ", suite->name, test->name);
	/* The line begins with the name. */
	gsize named = g_str_has_prefix(first, name) ? strlen(name) : 0;
	g_autofree char *cut = g_utf8_make_valid(first + named, (gssize)MIN(strlen(first + named), WHY_MAX));

	return g_strdup_printf("%s%s", *cut ? ": " : "", cut);
}

static char *line_of(const struct report_suite *suite, const struct test_result *test)
{
	g_autofree char *counts = test_result_counts(test), *reason = why(suite, test);

	return g_strdup_printf("%-7s %s: %s%s%s%s%s", test_result_reason(test), suite->name, test->name,
			       counts ? " (" : "", counts ? counts : "", counts ? ")" : "", reason);
}

char **report_culprits(const struct report *r, guint max)
{
	GPtrArray *lines = g_ptr_array_new();
	guint more = 0;

	for (guint i = 0; i < r->suites->len; i++) {
		const struct report_suite *suite = r->suites->pdata[i];

		for (guint k = 0; k < suite->tests->len; k++) {
			const struct test_result *test = suite->tests->pdata[k];

			if (test->outcome == OUTCOME_FAIL && lines->len < max)
				g_ptr_array_add(lines, line_of(suite, test));
			else
				more += test->outcome == OUTCOME_FAIL;
		}
	}
	return text_lines(lines, more);
}
