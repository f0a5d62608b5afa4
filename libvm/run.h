/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A whole test run: from a source tree to a verdict. The build goes on while
 * the VM boots, then come loading, suites, unloading, and what the kernel's log
 * and taint say. All of it is in the report and in the run's folder:
 *	result.json junit.xml report.html	the verdict (docs/dev/result-schema.md)
 *	build.log kmsg.jsonl console.log suite-NAME.log
 *	NAME.ko modules.sh load.sh	what was loaded, and how
 *	hang.txt			what tasks did when a time limit came
 *	registers.txt vmcore vmcore.json	of a guest that panicked or hung as a whole
 */
#ifndef LIBVM_RUN_H
#define LIBVM_RUN_H

#include <glib.h>
#include <stdbool.h>

#include "lib/progress.h"
#include "libvm/build.h"
#include "libvm/conf.h"
#include "libvm/report.h"

enum run_mode {
	RUN_TEST,		/* everything */
	RUN_BUILD,
	RUN_LOAD,		/* build, and the load stage */
	RUN_FFI,		/* like RUN_TEST, with the suites marked "ffi" alone */
};

#define RUN_REPEAT_MAX 10000

struct run_options {
	enum run_mode mode;
	enum build_place place;
	char **suites;		/* names and globs; NULL = all */
	char **inject;		/* rules (libvm/inject.h) for all of them; NULL: what they and conf say */
	const char *test;	/* only this one, of suites that can run one alone; NULL = all */
	guint repeat;		/* how often they run; 0 = once */
	bool plain;		/* without the suites that have errors injected */
	bool suites_only;	/* without the load stage and its checks */
	guint timeout_s;	/* of one suite; 0 = conf's */
	bool cold;		/* in the VM itself, which is booted for it */
	guint jobs;		/* clones at a time; 0 = conf's */
	guint confirm;		/* how often a test that failed is repeated, in clones; 0 = not */
	bool keep;		/* leave a broken guest as it is */
	bool stop;		/* stop the VM at the end */
	struct report_again again;	/* the words that repeat it; the caller's */
	/*
	 * A new folder for its evidence, of one who holds run_folder_lock() and may have
	 * several runs at a time, of a VM that is set up; NULL = one among conf's runs.
	 */
	const char *folder;
};

/*
 * Runs it. NULL with @error when nothing was found out about the module: usage,
 * or the run's folder cannot be made. Else a report, which is also written to
 * its folder; report_exit_status() tells how it ended.
 */
struct report *run_execute(const struct conf *conf, const struct run_options *options,
			   const struct progress *progress, GError **error);

/* "test", "build", "load", "ffi"; LAB_ERROR_USAGE for anything else. */
bool run_mode_parse(const char *text, enum run_mode *ret, GError **error);

/* Whether suites are run in it. */
bool run_mode_has_suites(enum run_mode mode);

#endif /* LIBVM_RUN_H */
