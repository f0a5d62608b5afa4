/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Which test it was that its guest did not survive, and which are left. Pure: it
 * works on the report of that one guest (@part) and on what the suite lists.
 */
#ifndef LIBVM_CULPRIT_H
#define LIBVM_CULPRIT_H

#include <glib.h>
#include <stdbool.h>

#include "libvm/report.h"

/* What @part says that the guest died of: a fatal finding, or the last failure. */
enum cause culprit_cause(const struct report *part);

/* The test of @suite that is marked as one; NULL = none is. */
struct test_result *culprit_find(const struct report_suite *suite);

/*
 * Marks @test, which is added if it has no result, as failed for @cause, with
 * what @part says of it; what that says of the suite becomes the test's.
 */
void culprit_mark(struct report *part, struct report_suite *suite, const char *test, enum cause cause);

/*
 * Marks the first of @names, the tests that the suite lists, in the order that they
 * run, that has no result, unless one is marked already, and gives the names of those
 * that have none then: what is left to be run. To be freed with g_strfreev().
 */
char **culprit_by_names(struct report *part, struct report_suite *suite, char *const *names);

/*
 * The same for a suite that does not list its tests: the one behind the last result is
 * marked by its number, or by the suite's name where that printed no plan. Those behind
 * it are marked as not run: @why, a sentence's end.
 */
void culprit_by_number(struct report *part, struct report_suite *suite, const char *why);

/* Adds @test as one that was not run: @why. */
struct test_result *culprit_not_run(struct report_suite *suite, const char *test, const char *why);

#endif /* LIBVM_CULPRIT_H */
