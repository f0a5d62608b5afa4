/* SPDX-License-Identifier: GPL-2.0-only */
/* What one check of the border between C and foreign code found, and a list of such as KTAP. */
#ifndef LIBVM_FFI_VERDICT_H
#define LIBVM_FFI_VERDICT_H

#include <glib.h>
#include <stdbool.h>

#include "libvm/outcome.h"

#define FFI_DETAILS_MAX 10	/* that are kept of one check; the others are counted */

struct ffi_verdict {
	char *name;
	enum outcome outcome;
	GPtrArray *details;	/* what is wrong and where, or why it was skipped: a line each, escaped */
	guint more;		/* details that were not kept */
	char *remedy;		/* one line; NULL unless it failed */
	char *subtest;		/* KTAP of a program that was run; may be NULL */
};

/* One that has passed until it is told otherwise. */
struct ffi_verdict *ffi_verdict_new(const char *format, ...) G_GNUC_PRINTF(1, 2);
void ffi_verdict_free(struct ffi_verdict *verdict);

/* It fails, with one more detail. The first one's @remedy counts. */
void ffi_verdict_fail(struct ffi_verdict *verdict, const char *remedy, const char *format, ...)
	G_GNUC_PRINTF(3, 4);

/* It cannot be checked; one that has failed stays so. */
void ffi_verdict_skip(struct ffi_verdict *verdict, const char *format, ...) G_GNUC_PRINTF(2, 3);

/* Pure: whether none of @verdicts has failed. */
bool ffi_verdicts_passed(const GPtrArray *verdicts);

/* Pure: KTAP version 1 (libvm/ktap.h): plan, results, diagnostics. To be freed. */
char *ffi_verdicts_ktap(const GPtrArray *verdicts);

#endif /* LIBVM_FFI_VERDICT_H */
