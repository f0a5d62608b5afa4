// SPDX-License-Identifier: GPL-2.0-only
/* What was not tried: tests that another one kept from running, and those that were skipped. */
#include <string.h>

#include "lib/text.h"
#include "libvm/report.h"

#define NOT_RUN "not run: "	/* a detail's beginning */

static bool is_unrun(const struct test_result *test)
{
	return test->cause == CAUSE_NOT_RUN;
}

/* How many of @suite's tests from @at on did not run for one reason. */
static guint count_alike(const struct report_suite *suite, guint at)
{
	const struct test_result *first = suite->tests->pdata[at];
	guint n = 0;

	while (at + n < suite->tests->len && is_unrun(suite->tests->pdata[at + n]) &&
	       !g_strcmp0(((struct test_result *)suite->tests->pdata[at + n])->detail, first->detail))
		n++;
	return n;
}

/* Its detail says "not run" too. */
static const char *why_unrun(const struct test_result *test)
{
	const char *detail = test->detail ? test->detail : "";

	return g_str_has_prefix(detail, NOT_RUN) ? detail + strlen(NOT_RUN) : detail;
}

char **report_unrun(const struct report *r, guint max)
{
	GPtrArray *lines = g_ptr_array_new();
	guint more = 0;

	for (guint i = 0; i < r->suites->len; i++) {
		const struct report_suite *suite = r->suites->pdata[i];
		bool whole = !suite->tests->len && suite->detail && g_str_has_prefix(suite->detail, NOT_RUN);

		if (whole && lines->len < max)
			g_ptr_array_add(lines, g_strdup_printf("%s: %s", suite->name, suite->detail + strlen(NOT_RUN)));
		else
			more += whole;
		for (guint k = 0, n; k < suite->tests->len; k += MAX(n, 1)) {
			n = count_alike(suite, k);
			if (n && lines->len < max)
				g_ptr_array_add(lines, g_strdup_printf("%s: %u test%s: %s", suite->name, n,
								       n == 1 ? "" : "s",
								       why_unrun(suite->tests->pdata[k])));
			else
				more += n;
		}
	}
	return text_lines(lines, more);
}

char **report_skipped(const struct report *r, guint max)
{
	GPtrArray *lines = g_ptr_array_new();
	guint more = 0;

	for (guint i = 0; i < r->suites->len; i++) {
		const struct report_suite *suite = r->suites->pdata[i];

		for (guint k = 0; k < suite->tests->len; k++) {
			const struct test_result *test = suite->tests->pdata[k];
			bool counts = test->outcome == OUTCOME_SKIP && !is_unrun(test);

			if (counts && lines->len < max)
				g_ptr_array_add(lines, g_strdup_printf("%s: %s%s%s", suite->name, test->name,
								       test->detail ? ": " : "",
								       test->detail ? test->detail : ""));
			else
				more += counts;
		}
	}
	return text_lines(lines, more);
}
