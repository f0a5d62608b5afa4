// SPDX-License-Identifier: GPL-2.0-only
/* What came of a suite, by its results and how it ended. */
#include <string.h>

#include "libvm/stage-suite-private.h"

#define EXIT_SKIP 4

bool suite_is_dropping(const struct suite *s)
{
	return s->spoilt && s->result->selectable && !s->ref->test && s->stage->goes_on;
}

static char *first_line_of(const struct test_result *test)
{
	return test->detail ? g_strndup(test->detail, strcspn(test->detail, "\n")) : NULL;
}

static void fail_suite(struct suite *s, const char *why)
{
	s->result->outcome = OUTCOME_FAIL;
	g_free(s->result->detail);
	s->result->detail = g_strdup(why);
	report_fail(s->stage->report, LAB_ERROR_TEST, "%s: %s", s->result->name, why);
	progress_note(s->stage->progress, "FAIL  %s: %s", s->result->name, why);
}

/* The launcher's shell shows a signal as 128 + its number. */
static char *describe_end(const struct guest_result *result)
{
	int signal = result->signal ? result->signal :
		     result->status > 128 && result->status <= 128 + 64 ? result->status - 128 : 0;

	return signal ? g_strdup_printf("killed by signal %d (%s)", signal, strsignal(signal)) :
			g_strdup_printf("exit status %d", result->status);
}

/* Without KTAP the exit status is the one result. */
static void judge_status(struct suite *s, const struct guest_result *result)
{
	g_autofree char *end = describe_end(result);
	g_autofree char *why = s->said ? g_strdup_printf("%s: %s", end, s->said) : g_strdup(end);
	enum outcome outcome = result->signal			? OUTCOME_FAIL :
			       result->status == 0		? OUTCOME_PASS :
			       result->status == EXIT_SKIP	? OUTCOME_SKIP : OUTCOME_FAIL;
	struct test_result *test = test_result_new(s->result->name, outcome, outcome ? why : NULL);

	test->began = kmsg_guest_time(s->stage->kmsg, s->last);
	test->ended = kmsg_guest_time(s->stage->kmsg, g_get_monotonic_time());
	g_ptr_array_add(s->result->tests, test);
	s->result->outcome = outcome;
	if (outcome == OUTCOME_FAIL)
		fail_suite(s, why);
}

void suite_take_tests(struct suite *s)
{
	GPtrArray *tests = ktap_tests(s->ktap);
	bool broken = false;

	s->result->reported = ktap_reported(s->ktap);
	s->result->planned = ktap_planned(s->ktap);
	while (tests->len && !(broken && suite_is_dropping(s))) {
		struct test_result *test = g_ptr_array_steal_index(tests, 0);
		g_autofree char *why = first_line_of(test);

		g_ptr_array_add(s->result->tests, test);
		broken |= test->cause == CAUSE_CRASH;
		if (test->outcome != OUTCOME_FAIL)
			continue;
		s->result->outcome = OUTCOME_FAIL;
		report_fail_test(s->stage->report, test->name, why);
	}
}

void suite_judge(struct suite *s, const struct guest_result *result)
{
	bool failed, skipped;
	g_autofree char *end = describe_end(result);
	g_autofree char *why = NULL;

	ktap_end(s->ktap);
	if (!ktap_seen(s->ktap)) {
		judge_status(s, result);
		return;
	}
	suite_take_tests(s);
	if (stage_is_fatal(s->stage)) {
		s->result->outcome = OUTCOME_FAIL;
		return;
	}
	failed = s->result->outcome == OUTCOME_FAIL;
	skipped = !failed && (ktap_skipped(s->ktap) || (result->status == EXIT_SKIP && !result->signal));
	if (skipped) {
		s->result->outcome = OUTCOME_SKIP;
		s->result->detail = g_strdup(ktap_skipped(s->ktap) ? ktap_skipped(s->ktap) : "exit status 4");
	} else if (result->signal || (result->status && !failed)) {
		why = g_strdup_printf("%s, though none of its results is a failure (%u of %u)", end,
				      s->result->tests->len, ktap_planned(s->ktap));
		fail_suite(s, why);
	} else if (ktap_problem(s->ktap)) {
		fail_suite(s, ktap_problem(s->ktap));
	}
}

/* Without the error that it is about, a test that passes tells nothing. */
static void skip_passed(struct suite *s, const char *why)
{
	for (guint i = 0; i < s->result->tests->len; i++) {
		struct test_result *test = s->result->tests->pdata[i];

		if (test->outcome != OUTCOME_PASS)
			continue;
		test->outcome = OUTCOME_SKIP;
		g_free(test->detail);
		test->detail = g_strdup(why);
	}
	if (s->result->outcome == OUTCOME_PASS)
		s->result->outcome = OUTCOME_SKIP;
	if (!s->result->detail)
		s->result->detail = g_strdup(why);
}

void suite_judge_injection(struct suite *s)
{
	const struct inject_rule *rule = s->ref->rule;
	g_autofree char *why = NULL;

	if (s->result->injected) {
		progress_detail(s->stage->progress, "%s: %" G_GUINT64_FORMAT " of %" G_GUINT64_FORMAT
				" requests were given the error", s->result->name, s->result->injected,
				s->result->requests);
		if (rule->open && rule->n == rule->last)
			report_fail(s->stage->report, LAB_ERROR_TEST, "%s: the sweep has no end after %u runs; "
				    "give it one by n=A..B", s->result->name, INJECT_SWEEP_MAX);
		return;
	}
	why = g_strdup_printf("no error was injected: of the requests that the rule counts there were %"
			      G_GUINT64_FORMAT, s->result->requests);
	if (s->ref->swept) {
		progress_note(s->stage->progress, "%s: the sweep ends, %s", s->result->name, why);
		skip_passed(s, why);
	} else {
		skip_passed(s, why);
		fail_suite(s, why);
	}
}
