/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * One `vexvm test` as a process of its own, so that a change can end it at any
 * point: what it had going ends with it.
 */
#ifndef VEXVM_ITERATION_H
#define VEXVM_ITERATION_H

#include <glib.h>
#include <json-glib/json-glib.h>
#include <stdbool.h>

struct iteration {
	GPid pid;		/* 0 = none is under way */
	int out, err;		/* its streams; -1 = closed */
	GString *result;	/* so far */
	GString *said;		/* of stderr, the line that has not ended */
	gint64 began;
};

/* None is under way. */
void iteration_init(struct iteration *it);
void iteration_clear(struct iteration *it);

/* Runs this program with @words behind its name, among them --json. */
bool iteration_start(struct iteration *it, const char *const *words, GError **error);

/*
 * Takes what has come. @line is called for each line that it said on stderr,
 * cut after 4096 bytes and made valid UTF-8. True when it has ended;
 * iteration_end() is to be called then.
 */
bool iteration_take(struct iteration *it, void (*line)(void *data, const char *text), void *data);

/*
 * Its report (docs/dev/result-schema.md), to be freed with json_node_unref(), or
 * NULL when it ended without one; *@ret_status is its exit status.
 */
JsonNode *iteration_end(struct iteration *it, int *ret_status);

/* Ends one that is under way. */
void iteration_cancel(struct iteration *it);

#endif /* VEXVM_ITERATION_H */
