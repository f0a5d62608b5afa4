/* SPDX-License-Identifier: GPL-2.0-only */
/* What is missing on this host, and the exact words that would mend it. */
#ifndef LIBVM_DOCTOR_H
#define LIBVM_DOCTOR_H

#include <glib.h>
#include <stdbool.h>

#include "lib/progress.h"
#include "libvm/conf.h"

enum doctor_verdict {
	DOCTOR_OK,
	DOCTOR_WARN,		/* works, but slower or with less */
	DOCTOR_FAIL,		/* no VM can be made or run */
};

struct doctor_check {
	const char *name;
	enum doctor_verdict verdict;
	char *detail;		/* what was found; may hold other programs' words */
	char *remedy;		/* what to type or do, or NULL */
};

/*
 * Runs every check; none takes longer than some seconds. Elements are struct
 * doctor_check, freed with the array.
 */
GPtrArray *doctor_run(const struct conf *conf, const struct progress *progress);

/* "ok", "warn", "fail" */
const char *doctor_verdict_name(enum doctor_verdict verdict);

/* Whether none failed. */
bool doctor_passed(const GPtrArray *checks);

#endif /* LIBVM_DOCTOR_H */
