/* SPDX-License-Identifier: GPL-2.0-only */
/* What became of one test; shared by what reads results and what writes them. */
#ifndef LIBVM_OUTCOME_H
#define LIBVM_OUTCOME_H

#include <glib.h>

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

struct test_result {
	char *name;
	enum outcome outcome;
	char *detail;		/* why; several lines; may be NULL */
	double seconds;		/* negative = unknown */
	struct log_range range;	/* what the kernel said between the result before and this one */
};

struct test_result *test_result_new(const char *name, enum outcome outcome, const char *detail);
void test_result_free(struct test_result *result);

#endif /* LIBVM_OUTCOME_H */
