/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Which detectors are alive: each control (libvm/control.h) built, loaded and judged as
 * `vexvm test` would do it, in a clone of its own, several at a time.
 */
#ifndef LIBVM_SELFCHECK_H
#define LIBVM_SELFCHECK_H

#include <glib.h>
#include <json-glib/json-glib.h>
#include <stdbool.h>

#include "lib/progress.h"
#include "libvm/control.h"

#define SELFCHECK_VERSION 1	/* of its JSON */

enum selfcheck_state {
	SELFCHECK_ALIVE,	/* the control was caught, in its right line */
	SELFCHECK_DEAD,		/* it ran, and nothing or something else was found */
	SELFCHECK_UNARMED,	/* nothing that can be run on this kernel would show it */
};

/* "alive", "dead", "not armed" */
const char *selfcheck_state_name(enum selfcheck_state state);

struct selfcheck_result {
	const struct control *control;
	enum selfcheck_state state;
	char *reason;		/* why it is not alive; NULL when it is */
	char *folder;		/* the run's evidence; NULL when there was no run */
	double seconds;
	int exit;		/* the run's exit status; -1 when there was none */
};

struct selfcheck {
	const struct controls *controls;
	GPtrArray *results;	/* struct selfcheck_result, in the controls' order */
	char *kernel, *image, *started;
	const char *accel;
	double seconds;
};

struct selfcheck_options {
	char **names;		/* of controls; NULL = all */
	guint jobs;		/* clones at a time; 0 = conf's, else as cores and memory allow */
};

/*
 * NULL with @error when nothing could be found out. What was found lies in
 * STATE_DIR/selfcheck until the next one.
 */
struct selfcheck *selfcheck_run(const struct conf *conf, const struct controls *controls,
				const struct selfcheck_options *options,
				const struct progress *progress, GError **error);
void selfcheck_free(struct selfcheck *check);
typedef struct selfcheck selfcheck_owner;
G_DEFINE_AUTOPTR_CLEANUP_FUNC(selfcheck_owner, selfcheck_free)

/*
 * Pure: what the controls that ran say of @detector: dead if one of them is. *@ret_reason,
 * to be freed, is NULL when it is alive.
 */
enum selfcheck_state selfcheck_judge(const struct selfcheck *check, const struct detector *detector,
				     char **ret_reason);

/* Pure: docs/dev/controls.md describes it. */
JsonObject *selfcheck_to_json(const struct selfcheck *check);

/* How many detectors are in each enum selfcheck_state by such an object, which is a file's; of others none. */
void selfcheck_count(JsonObject *object, guint ret_counts[3]);

/* The last one of all controls of @conf's VM: kept in STATE_DIR/SELFCHECK_FILE. */
#define SELFCHECK_FILE "selfcheck.json"

#endif /* LIBVM_SELFCHECK_H */
