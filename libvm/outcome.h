/* SPDX-License-Identifier: GPL-2.0-only */
/* What became of one test; shared by what reads results and what writes them. */
#ifndef LIBVM_OUTCOME_H
#define LIBVM_OUTCOME_H

#include <glib.h>
#include <stdbool.h>

enum outcome {
	OUTCOME_PASS,
	OUTCOME_FAIL,
	OUTCOME_SKIP,
	OUTCOME_XFAIL,	/* failed, as was expected of it */
};

/* "pass", "fail", "skip", "xfail". */
const char *outcome_name(enum outcome outcome);

/* Lines of the run's kernel log (kmsg.jsonl), from 1; both 0: none. */
struct log_range {
	guint64 first, last;
};

/* @ret becomes a range that holds both. */
void log_range_add(struct log_range *ret, struct log_range other);
/* By @lines further on, unless it is empty. */
void log_range_shift(struct log_range *ret, guint64 lines);

/* What a test did to its guest; told beside the outcome. */
enum cause {
	CAUSE_NONE,
	CAUSE_CRASH,		/* the guest's kernel broke */
	CAUSE_HANG,		/* it met the time limit, or the guest hangs */
	CAUSE_LEAK,		/* its guest had something left after the unload */
	CAUSE_NOT_RUN,		/* another one ended the guest before */
};

struct test_result {
	char *name;
	enum outcome outcome;
	char *detail;		/* why; several lines; may be NULL */
	double seconds;		/* negative = unknown */
	guint64 began, ended;	/* the guest's clock, µs; 0 = not known */
	struct log_range range;	/* what the kernel said between the result before and this one */
	enum cause cause;
	bool asleep;		/* of one that hung: it only waited, and nothing in its guest took a CPU */
	guint runs, failed;	/* of it, the first among them; 0 = it was not repeated */
	bool numbered;		/* the name is its place in the plan, which nobody can ask for */
};

struct test_result *test_result_new(const char *name, enum outcome outcome, const char *detail);

/* "crash", "hang", "leak", "not run"; of one without a cause "failed" if it did, else NULL. */
const char *test_result_reason(const struct test_result *result);

/* "broken" when each of its runs failed, "flaky" when some did; NULL: it was not repeated. */
const char *test_result_word(const struct test_result *result);

/* "broken: 3 of 3 runs", "flaky: failed in 1 of 3 runs"; NULL as above. To be freed. */
char *test_result_counts(const struct test_result *result);

/* "crash, broken: 3 of 3 runs", as far as there is something to say, or NULL. To be freed. */
char *test_result_remark(const struct test_result *result);

void test_result_free(struct test_result *result);

#endif /* LIBVM_OUTCOME_H */
