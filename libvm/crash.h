/* SPDX-License-Identifier: GPL-2.0-only */
/* Runs that broke their kernel, as their folders tell (libvm/run-folder.h). */
#ifndef LIBVM_CRASH_H
#define LIBVM_CRASH_H

#include <glib.h>
#include <json-glib/json-glib.h>
#include <stdbool.h>

#include "libvm/conf.h"

struct crash {
	char *id, *folder;	/* of the run */
	char *started;		/* ISO 8601, UTC; "" = not known, as the following */
	char *modules;		/* "vexfs", "pair-base pair-user" */
	char *kernel;		/* release */
	char *verdict;
	char *where;		/* what the kernel broke by, with its function and line of source */
	bool went_on;		/* neither a panic nor a hang: it could be asked, and its memory was not kept */
	GPtrArray *findings;	/* struct finding: all that it reported */
	char *core;		/* the memory's file; NULL = it was not kept, or not for so long */
	bool pruned;		/* it was kept until there were enough newer ones (vmcore_prune()) */
	guint64 bytes;		/* of disk that it takes */
	JsonObject *result;	/* RUN_RESULT */
	JsonObject *about;	/* VMCORE_ABOUT; may be NULL */
};

void crash_free(struct crash *crash);
typedef struct crash crash_owner;
G_DEFINE_AUTOPTR_CLEANUP_FUNC(crash_owner, crash_free)

/* Those whose guest's memory is or was kept, or with a finding that is a panic or fatal; newest first. */
GPtrArray *crash_list(const struct conf *conf);

/* The one called @id, or the newest for NULL. LAB_ERROR_USAGE when there is none. */
struct crash *crash_find(const struct conf *conf, const char *id, GError **error);

/* Elements are struct finding, as @result, a run's result.json, tells them; may be NULL. */
GPtrArray *crash_findings(JsonObject *result);

/*
 * The last thing that the kernel said on the console: from the beginning of its
 * report on, at most CRASH_WORDS_MAX lines; "" when one that went on has said so much
 * since. Its bytes are the guest's. To be freed.
 */
#define CRASH_WORDS_MAX 200
char *crash_last_words(const struct crash *crash);

/* Elements are struct placed: the modules as vmcore.json has them. */
GPtrArray *crash_placed(const struct crash *crash);

#endif /* LIBVM_CRASH_H */
