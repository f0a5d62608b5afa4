/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A parser of KTAP version 1 (Documentation/dev-tools/ktap.rst in the kernel's
 * tree), which also takes TAP 13 and 14. Bytes in, results out, no I/O. The
 * text comes from a guest: lines, nesting and the number of tests are bounded,
 * and what is no KTAP is passed over.
 */
#ifndef LIBVM_KTAP_H
#define LIBVM_KTAP_H

#include <glib.h>
#include <stdbool.h>

#include "libvm/outcome.h"

#define KTAP_LINE_MAX 4096	/* bytes of a line that are looked at */
#define KTAP_NAME_MAX 200	/* bytes of a test's own name */
#define KTAP_DETAIL_MAX 4096	/* bytes */
#define KTAP_DEPTH_MAX 8
#define KTAP_TESTS_MAX 100000	/* beyond it tests are refused as a problem */

struct ktap;

/*
 * @fn (may be NULL) is called for each test as its result line is read; the
 * result stays the parser's. A nested test gets its parents' names before its
 * own ("parent/child") when theirs are known: by then at the latest when
 * ktap_end() was called.
 */
typedef void (*ktap_fn)(void *data, struct test_result *result);
struct ktap *ktap_new(ktap_fn fn, void *data);
void ktap_free(struct ktap *ktap);
typedef struct ktap ktap_owner;
G_DEFINE_AUTOPTR_CLEANUP_FUNC(ktap_owner, ktap_free)

/* Any cut of the stream will do. */
void ktap_feed(struct ktap *ktap, const char *bytes, gsize size);

/* A line from elsewhere (stderr) that explains the next test, if that fails. */
void ktap_remark(struct ktap *ktap, const char *line);

/* The stream has ended. */
void ktap_end(struct ktap *ktap);

/* Elements are struct test_result: leaves, and parents that failed by themselves. */
GPtrArray *ktap_tests(const struct ktap *ktap);

/* Whether there was any KTAP in it. */
bool ktap_seen(const struct ktap *ktap);

/* How many tests the outermost plan promises; 0 while it is not known. */
guint ktap_planned(const struct ktap *ktap);

/* How many results of the outermost level there were. */
guint ktap_reported(const struct ktap *ktap);

/*
 * The first thing that makes the results incomplete: no plan, fewer or more
 * results than planned, numbers out of order, "Bail out!". NULL = none.
 */
const char *ktap_problem(const struct ktap *ktap);

/* The reason of "1..0 # SKIP reason" ("" = none given), NULL = not skipped. */
const char *ktap_skipped(const struct ktap *ktap);

#endif /* LIBVM_KTAP_H */
