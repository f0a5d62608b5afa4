/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * One suite under way: what stage-suite.c (running it), stage-suite-command.c (its
 * command in the guest) and stage-suite-judge.c (what came of it) share.
 */
#ifndef LIBVM_STAGE_SUITE_PRIVATE_H
#define LIBVM_STAGE_SUITE_PRIVATE_H

#include "libvm/ktap.h"
#include "libvm/stage.h"
#include "libvm/suite.h"

struct suite {
	struct stage *stage;
	const struct suite_ref *ref;
	struct report_suite *result;
	struct ktap *ktap;
	int log;
	guint64 logged;
	GString *line;		/* of stderr, not yet ended */
	char *said;		/* the last whole one */
	gint64 began, last;	/* when it began, and its last result came */
	guint64 mark;		/* the kernel's log, when that came */
	guint findings;		/* the kernel's, that were given to tests */
	bool spoilt;		/* the kernel broke: no further result tells anything */
};

/*
 * Shell text: $1 folder, $2 marker, then the suite; ends with its exit status. The
 * marker goes to the kernel's log last (stage_marker()).
 */
extern const char suite_launcher[];

/* What @ref finds in its environment (docs/dev/add-a-suite.md); to be freed with g_strfreev(). */
char **suite_environment(const struct stage *stage, const struct suite_ref *ref);

/*
 * The suite's own command, from argv[@at] on, at most four words with the NULL: @path
 * is the guest's, @host_path the same file on the host, which tells whether it is
 * executable, @word may be NULL.
 */
void suite_add_words(const char **argv, guint at, const char *host_path, const char *path,
		     const char *word);

/* Whether results that come now are left to another guest. */
bool suite_is_dropping(const struct suite *suite);

/*
 * Moves the results of suite->ktap into suite->result, failures into the report as
 * well. With suite_is_dropping(): up to the one that broke the guest.
 */
void suite_take_tests(struct suite *suite);

/* It ended by itself: its results, and whether it ended as they say. */
void suite_judge(struct suite *suite, const struct guest_result *result);

/*
 * What came of the rule that it ran under, by result->requests and ->injected. A request
 * that never comes is how a sweep ends; else nothing was tested.
 */
void suite_judge_injection(struct suite *suite);

#endif /* LIBVM_STAGE_SUITE_PRIVATE_H */
