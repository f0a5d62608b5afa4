// SPDX-License-Identifier: GPL-2.0-only
#include "libvm/outcome.h"

const char *outcome_name(enum outcome outcome)
{
	static const char *const names[] = {
		[OUTCOME_PASS] = "pass",
		[OUTCOME_FAIL] = "fail",
		[OUTCOME_SKIP] = "skip",
		[OUTCOME_XFAIL] = "xfail",
	};

	return names[outcome];
}

const char *test_result_reason(const struct test_result *result)
{
	static const char *const names[] = {
		[CAUSE_CRASH] = "crash",
		[CAUSE_HANG] = "hang",
		[CAUSE_LEAK] = "leak",
		[CAUSE_NOT_RUN] = "not run",
	};

	if (result->cause == CAUSE_NONE)
		return result->outcome == OUTCOME_FAIL ? "failed" : NULL;
	return names[result->cause];
}

const char *test_result_word(const struct test_result *result)
{
	if (result->runs < 2)
		return NULL;
	return result->failed == result->runs ? "broken" : "flaky";
}

char *test_result_counts(const struct test_result *result)
{
	const char *word = test_result_word(result);

	return word ? g_strdup_printf("%s: %s%u of %u runs", word,
				      result->failed == result->runs ? "" : "failed in ", result->failed,
				      result->runs) : NULL;
}

char *test_result_remark(const struct test_result *result)
{
	g_autofree char *counts = test_result_counts(result);
	const char *cause = result->cause ? test_result_reason(result) : NULL;

	if (cause && counts)
		return g_strdup_printf("%s, %s", cause, counts);
	return cause ? g_strdup(cause) : g_steal_pointer(&counts);
}

struct test_result *test_result_new(const char *name, enum outcome outcome, const char *detail)
{
	struct test_result *result = g_new0(struct test_result, 1);

	result->name = g_strdup(name);
	result->outcome = outcome;
	result->detail = g_strdup(detail);
	result->seconds = -1;
	return result;
}

void test_result_free(struct test_result *result)
{
	if (!result)
		return;
	g_free(result->name);
	g_free(result->detail);
	g_free(result);
}

void log_range_add(struct log_range *ret, struct log_range other)
{
	if (!other.first)
		return;
	ret->first = ret->first ? MIN(ret->first, other.first) : other.first;
	ret->last = MAX(ret->last, other.last);
}

void log_range_shift(struct log_range *ret, guint64 lines)
{
	if (!ret->first)
		return;
	ret->first += lines;
	ret->last += lines;
}
