// SPDX-License-Identifier: GPL-2.0-only
#include "libvm/culprit.h"

#include <string.h>

#include "lib/text.h"
#include "libvm/ktap.h"

#define TOLD_APART 1000		/* tests that were not run; a plan may promise any number */

/* The last one: what came before it the guest survived for a while. */
static const struct finding *fatal_finding(const struct report *part)
{
	for (guint i = part->findings->len; i-- > 0;) {
		const struct finding *f = part->findings->pdata[i];

		if (f->fatal)
			return f;
	}
	return NULL;
}

static const struct report_failure *last_failure(const struct report *part)
{
	return part->failures->len ? part->failures->pdata[part->failures->len - 1] : NULL;
}

enum cause culprit_cause(const struct report *part)
{
	const struct finding *finding = fatal_finding(part);
	const struct report_failure *failure = last_failure(part);
	enum lab_error code = finding ? finding->code : failure ? failure->code : LAB_ERROR_TEST;

	return code == LAB_ERROR_TIMEOUT ? CAUSE_HANG : code == LAB_ERROR_KERNEL ? CAUSE_CRASH : CAUSE_NONE;
}

static const char *words(const struct report *part)
{
	const struct finding *finding = fatal_finding(part);
	const struct report_failure *failure = last_failure(part);

	return finding ? finding->title : failure ? failure->text : "the guest is gone";
}

struct test_result *culprit_find(const struct report_suite *suite)
{
	for (guint i = 0; i < suite->tests->len; i++) {
		struct test_result *test = suite->tests->pdata[i];

		if (test->cause == CAUSE_CRASH || test->cause == CAUSE_HANG)
			return test;
	}
	return NULL;
}

/* What the kernel said after the last result. */
static struct log_range last_words(const struct report_suite *suite)
{
	struct log_range range = suite->range;

	for (guint i = 0; i < suite->tests->len; i++)
		range.first = MAX(range.first, ((struct test_result *)suite->tests->pdata[i])->range.last + 1);
	return range.first <= range.last ? range : (struct log_range){ 0 };
}

void culprit_mark(struct report *part, struct report_suite *suite, const char *name, enum cause cause)
{
	struct test_result *test = report_test(suite, name);
	g_autofree char *detail = NULL;

	report_name_test(part, suite->name, name);
	if (!test) {
		test = test_result_new(name, OUTCOME_FAIL, NULL);
		test->range = last_words(suite);
		g_ptr_array_add(suite->tests, test);
	}
	detail = test->detail ? g_strdup_printf("%s\n%s", words(part), test->detail) : g_strdup(words(part));
	g_free(test->detail);
	test->detail = g_steal_pointer(&detail);
	test->outcome = suite->outcome = OUTCOME_FAIL;
	test->cause = cause;
	test->asleep = cause == CAUSE_HANG && part->asleep;
}

/* Whether one is marked already; it gets what @part says of it. */
static bool explain(struct report *part, struct report_suite *suite)
{
	const struct test_result *test = culprit_find(suite);
	g_autofree char *name = test ? g_strdup(test->name) : NULL;

	if (test)
		culprit_mark(part, suite, name, test->cause);
	return test;
}

/* As ktap.h names it: cut, and safe to show. */
static char *shown_name(const char *name)
{
	g_autofree char *safe = text_escape(name, -1);

	return g_strndup(safe, KTAP_NAME_MAX);
}

/* By a result of its own, or one of a test in it ("group/test"). */
static bool has_result(const struct report_suite *suite, const char *name)
{
	gsize length = strlen(name);

	for (guint i = 0; i < suite->tests->len; i++) {
		const char *at = ((struct test_result *)suite->tests->pdata[i])->name;

		if (strncmp(at, name, length) == 0 && (!at[length] || at[length] == '/'))
			return true;
	}
	return false;
}

char **culprit_by_names(struct report *part, struct report_suite *suite, char *const *names)
{
	GPtrArray *left = g_ptr_array_new();
	bool marked = explain(part, suite);

	for (; *names; names++) {
		g_autofree char *shown = shown_name(*names);

		if (has_result(suite, shown))
			continue;
		if (marked)
			g_ptr_array_add(left, g_strdup(*names));
		else
			culprit_mark(part, suite, shown, culprit_cause(part));
		marked = true;
	}
	g_ptr_array_add(left, NULL);
	return (char **)g_ptr_array_free(left, FALSE);
}

struct test_result *culprit_not_run(struct report_suite *suite, const char *name, const char *why)
{
	g_autofree char *detail = g_strdup_printf("not run: %s", why);
	struct test_result *test = test_result_new(name, OUTCOME_SKIP, detail);

	test->cause = CAUSE_NOT_RUN;
	g_ptr_array_add(suite->tests, test);
	return test;
}

void culprit_by_number(struct report *part, struct report_suite *suite, const char *why)
{
	guint at = suite->reported, last = MIN(suite->planned, suite->reported + 1 + TOLD_APART);

	if (!explain(part, suite) && (!suite->planned || at < suite->planned)) {
		g_autofree char *name = at || suite->planned ? g_strdup_printf("test %u", at + 1) :
							       g_strdup(suite->name);

		culprit_mark(part, suite, name, culprit_cause(part));
		report_test(suite, name)->numbered = true;
		at++;
	}
	for (; at < last; at++) {
		g_autofree char *name = g_strdup_printf("test %u", at + 1);

		culprit_not_run(suite, name, why)->numbered = true;
	}
}
