/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a test run found, as data; and from it the verdict and the files. Pure
 * but for report_write(). docs/dev/result-schema.md describes the JSON.
 */
#ifndef LIBVM_REPORT_H
#define LIBVM_REPORT_H

#include <glib.h>
#include <json-glib/json-glib.h>
#include <stdbool.h>

#include "lib/fault.h"
#include "libvm/leak.h"
#include "libvm/oops.h"
#include "libvm/outcome.h"

#define REPORT_HANG_MAX 16384	/* bytes of hang.txt that are kept */
#define REPORT_VERSION 1	/* of result.json */

struct report_module {
	char *name, *file;	/* "vexfs", "vexfs.ko" */
	char *vermagic, *version;	/* may be NULL */
};

struct report_stage {
	char *name;		/* "build", "boot" or "clone", "load", "tests", "unload", "audit", "confirm" */
	enum outcome outcome;
	double seconds;		/* of all that are one by now */
	double from, to;	/* of the first and the last, in seconds after the run's start */
};

struct report_suite {
	char *name;
	char *select;		/* what --suite= knows it by; NULL: the load stage's checks */
	bool selectable;	/* --test= can ask it for one test, and that is then what it was here */
	char *log;		/* its output: file in the run folder; may be NULL */
	enum outcome outcome;
	char *detail;		/* of the suite itself; may be NULL */
	double seconds;
	struct log_range range;	/* what the kernel said meanwhile */
	guint reported, planned;	/* results of its last run, and its plan; 0 = not known */
	GPtrArray *tests;	/* struct test_result */
	char *inject;		/* the rule of errors injected into its disk (libvm/inject.h); NULL = none */
	guint64 requests;	/* that the rule counts, */
	guint64 injected;	/* and of them were given the error */
};

struct report_failure {
	enum lab_error code;
	char *text;		/* what, where, why, in one line */
	char *suite, *test;	/* where it failed; NULL: in none, or not known */
	const struct finding *finding;	/* of the report's, what it is; or NULL */
	const struct leak *leak;	/* likewise */
};

/* The words that repeat the run: PROGRAM test [MODE] WANTED OPTIONS. Each may be NULL. */
struct report_again {
	char *program;		/* "vexvm --project=DIR" */
	char *wanted;		/* " --suite=mount", what was asked for */
	char *options;		/* " --cold --timeout=60", the rest */
};

struct report {
	char *id, *folder;	/* of the run */
	char *mode;		/* "test", "build", "load" */
	char *source;		/* the module's project */
	char *directory;	/* the module's own folder in it; may be NULL */
	char *started;		/* ISO 8601, UTC */
	char *kernel, *image, *accel, *qemu, *host;	/* each may be NULL */
	struct report_again again;
	bool asleep;		/* of a part: where it hangs, a task waits in the kernel and none runs */
	char *hang;		/* the beginning of hang.txt, as the guest had it; or NULL */
	GPtrArray *modules, *stages, *suites, *failures;
	GPtrArray *findings;	/* struct finding */
	GPtrArray *leaks;	/* struct leak; each is a failure too */
	guint unaudited;	/* tests after which nobody looked for what they left behind */
	bool audits_more;	/* --confirm would have had some of them looked at */
	guint blamed;		/* of the findings are failures already */
	char *running;		/* the suite that runs now, or NULL */
	guint64 log_lines;	/* of kmsg.jsonl, as far as it is of this report */
	gint64 origin;		/* the run's start, on the monotonic clock */
	double seconds;		/* without what it waited */
	double waited;		/* for another run of the project to end, before it began */
};

struct report_count {
	guint suites, tests, passed, failed, skipped, xfailed;
	guint unrun;	/* of the skipped: another test kept them from running */
};

struct report *report_new(const char *mode);
void report_free(struct report *report);
typedef struct report report_owner;
G_DEFINE_AUTOPTR_CLEANUP_FUNC(report_owner, report_free)

/* One that was built; @vermagic and @version may be NULL. */
void report_add_module(struct report *report, const char *name, const char *file,
		       const char *vermagic, const char *version);
/* One more of that name, which has passed and took no time. */
struct report_stage *report_add_stage(struct report *report, const char *name);
/* It began at @began, on the monotonic clock, and ends now. */
void report_time_stage(const struct report *report, struct report_stage *stage, gint64 began);
/* Whether it was looked for what modules left behind. */
bool report_was_audited(const struct report *report);
/* The suite of that name, added if it is not there yet. */
struct report_suite *report_suite(struct report *report, const char *name);

/* Failures to come are of the suite @name; NULL: of none. */
void report_set_suite(struct report *report, const char *name);

/* The suite of that name, or NULL. */
struct report_suite *report_find_suite(const struct report *report, const char *name);

/* The suite's test of that name, or NULL. */
struct test_result *report_test(const struct report_suite *suite, const char *name);

/*
 * Whether the suite can be asked for @test alone, by whoever repeats it (--test=, --confirm=):
 * not where its name is but its number.
 */
bool report_can_select(const struct report_suite *suite, const char *test);

/*
 * What was said of @suite as a whole, in failures and findings, is @test's:
 * "mount.sh did not end" becomes "mount.sh: umount did not end".
 */
void report_name_test(struct report *report, const char *suite, const char *test);

/*
 * Takes over all that @part, a part of the run, found out; stages and suites of
 * the same name become one, with the seconds of all. Its lines of the kernel's log
 * come behind those of the report.
 */
void report_absorb(struct report *report, struct report *part);

/*
 * Moves what the kernel reported (struct finding) into the report. @before: so
 * many lines of the run's kernel log are before those that they count from.
 */
void report_take_findings(struct report *report, GPtrArray *findings, guint64 before);

/* Moves what modules left behind (struct leak) into the report, as failures. */
void report_take_leaks(struct report *report, GPtrArray *leaks);

/* A test of the suite that runs now failed; @why may be NULL. */
void report_fail_test(struct report *report, const char *test, const char *why);

/* Something that keeps the run from passing. */
void report_fail(struct report *report, enum lab_error code, const char *format, ...)
	G_GNUC_PRINTF(3, 4);
/* The same with a GError's code and text; takes @error over. */
void report_fail_error(struct report *report, GError *error);

/*
 * The failure that tells most, or NULL when the run passed: a fault of the
 * kernel's before a hang, a hang before a module that does not load, leaks,
 * does not build, before a lab that failed, before a test that failed. The
 * findings and the leaks count as failures.
 */
const struct report_failure *report_judge(struct report *report);

/* 0, or report_judge()'s code. */
int report_exit_status(struct report *report);

/* The suites, and their tests by outcome. */
void report_count(const struct report *report, struct report_count *ret);

/*
 * "PASS  vexfs on 6.1.0-48-amd64 (tcg): 31 tests in 3 suites, build 3.1 s, …"
 * or "FAIL  …: what, where, why (and 3 more: 1 fault, 2 failed tests)". No line end.
 */
char *report_verdict_line(struct report *report);

/*
 * For people, behind that line: why it failed and where, with the source around
 * the place, what a failed test said, where something hangs, what was left behind,
 * how many tests passed and failed, and which failed.
 * Lines begin with two blanks and are safe to show; "" when it passed. To be freed.
 */
char *report_blame_text(struct report *report);

/*
 * The command that repeats the run; with @suite (may be NULL), a suite's name,
 * that one alone, and with @test that test alone where the suite can. To be freed.
 */
char *report_again(const struct report *report, const char *suite, const char *test);

/* The failed test that @failure is about, or NULL. */
const struct test_result *report_failure_test(const struct report *report,
					      const struct report_failure *failure);

/* "vexfs", "first and 2 more", or the folder's name before anything is built. To be freed. */
char *report_subject(const struct report *report);

/* result.json; to be freed with json_node_unref(). */
JsonNode *report_to_json(struct report *report);

/*
 * "crash   mount.sh: umount (broken: 3 of 3 runs): why", a line for each test that
 * failed, the first @max of them, and one with the number of the others. To be
 * freed with g_strfreev().
 */
char **report_culprits(const struct report *report, guint max);

/*
 * "many.sh: 7 tests: why", a line for tests in a row that did not run for one reason, since
 * another one ended the guest before them, "more.sh: why" for each suite that did not run at
 * all: the first @max of the lines, and one with the number of the other tests and suites.
 * To be freed with g_strfreev().
 */
char **report_unrun(const struct report *report, guint max);

/*
 * "mount.sh: umount: why", a line for each test that was skipped by its suite, the first @max
 * of them, and one with the number of the others. To be freed with g_strfreev().
 */
char **report_skipped(const struct report *report, guint max);

/* "  skipped   ..." for people, with the first of them; "" when there are none. To be freed. */
char *report_skipped_text(const struct report *report);

/* JUnit's XML (jenkins-junit.xsd); a failed run always has a failed case. */
char *report_to_junit(struct report *report);

/* Writes result.json, junit.xml and report.html into report->folder. */
#define REPORT_PAGE "report.html"
bool report_write(struct report *report, GError **error);

#endif /* LIBVM_REPORT_H */
