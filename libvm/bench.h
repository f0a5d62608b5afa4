/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What an iteration costs, measured: a clone beside the boot that it replaces,
 * and a run in clones beside one that boots. Each round measures all of it, so
 * that a noisy minute touches every row alike.
 */
#ifndef LIBVM_BENCH_H
#define LIBVM_BENCH_H

#include <glib.h>
#include <stdbool.h>

#include "lib/progress.h"
#include "libvm/conf.h"
#include "libvm/probe.h"

struct bench_options {
	guint rounds;
	guint jobs;		/* of the rows with several; 0 = one for each core */
	char **suites;		/* of the runs; NULL = all */
};

enum bench_key {
	BENCH_COLD_BOOT, BENCH_COLD_COMMAND, BENCH_CLONE, BENCH_FIRST_COMMAND, BENCH_CLONE_PSS,
	BENCH_BUILD, BENCH_COLD_ITERATION, BENCH_ITERATION, BENCH_EDIT_ITERATION,
	BENCH_COLD_RATE, BENCH_RATE_1, BENCH_RATE,
	BENCH_ROWS
};

struct bench_row {
	const char *name;	/* in JSON */
	const char *what;	/* for people */
	const char *unit;
	bool compared;		/* with the row @beside, which it replaces */
	enum bench_key beside;
	bool rate;		/* more is better */
	GArray *values;		/* double, in the order of the rounds */
};

struct bench {
	guint rounds, jobs;
	char *kernel, *image, *accel, *qemu, *host;
	struct bench_row rows[BENCH_ROWS];
};

/*
 * Measures. The VM is set up and not running; it is booted and stopped time and
 * again, the source's files are untouched but for the time of one. NULL when a
 * step fails, or a run does not pass: LAB_ERROR_LAB says which.
 */
struct bench *bench_run(const struct conf *conf, const struct probe *probe,
			const struct bench_options *options, const struct progress *progress,
			GError **error);
void bench_free(struct bench *bench);
typedef struct bench bench_owner;
G_DEFINE_AUTOPTR_CLEANUP_FUNC(bench_owner, bench_free)

/* Of @values, which has any: a row's least, median and greatest. */
struct bench_spread {
	double least, median, most;
};
struct bench_spread bench_spread(const GArray *values);

/* How many times better than the row beside it: of the medians; 0 = there is none. */
double bench_ratio(const struct bench *bench, const struct bench_row *row);

#endif /* LIBVM_BENCH_H */
