/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The guest's kernel log during a run: kept as kmsg.jsonl, one record a line
 * with the stage and test that ran then, and handed to the detectors.
 */
#ifndef LIBVM_KMSG_H
#define LIBVM_KMSG_H

#include <glib.h>
#include <stdbool.h>

#include "libvm/guest.h"
#include "libvm/oops.h"

#define KMSG_FILE_MAX (64 * 1024 * 1024)	/* bytes of kmsg.jsonl */
#define KMSG_KEPT 2048				/* records in memory */

struct kmsg;

/* Appends to @path, which may be there. */
struct kmsg *kmsg_new(const char *path, GError **error);
void kmsg_free(struct kmsg *kmsg);
typedef struct kmsg kmsg_owner;
G_DEFINE_AUTOPTR_CLEANUP_FUNC(kmsg_owner, kmsg_free)

/* A guest_kmsg_fn: @data is the struct kmsg. */
void kmsg_take(void *data, const struct kmsg_record *record);

/* A console line, with its timestamp: for what the guest could not send any more. */
void kmsg_take_console(struct kmsg *kmsg, const char *line);

/* A line that the kernel said elsewhere than in its log: in a file of its own. */
void kmsg_take_line(struct kmsg *kmsg, const char *line);

/* What runs from now on. Either may be NULL. */
void kmsg_set_stage(struct kmsg *kmsg, const char *stage, const char *test);

/*
 * What the guest's clock, that of its log, showed at @host, of g_get_monotonic_time(); in
 * µs, by the record that took the least time to come. 0 = none has come.
 */
guint64 kmsg_guest_time(const struct kmsg *kmsg, gint64 host);

/* The number of records so far: a mark for the two below. */
guint64 kmsg_mark(const struct kmsg *kmsg);

/* A guest's log is followed from now on: the number of its first record says nothing. */
void kmsg_begin(struct kmsg *kmsg);

/* How many records the numbers of those that came tell of, and that did not come themselves. */
guint64 kmsg_lost(const struct kmsg *kmsg);

/* Whether a record after @mark is @text. */
bool kmsg_has(const struct kmsg *kmsg, guint64 mark, const char *text);

/*
 * What the kernel said after @mark about the module @name, as one line, or
 * NULL: the reason behind insmod's errno.
 */
char *kmsg_reason(const struct kmsg *kmsg, guint64 mark, const char *name);

/* The module @name is under test: its functions are to blame before the kernel's own. */
void kmsg_own_module(struct kmsg *kmsg, const char *name);

/* No record will follow: what a report under way has is all that it gets. */
void kmsg_end(struct kmsg *kmsg);

/* To be polled: readable once one of the findings is fatal. -1 = there is none to be had. */
int kmsg_fatal_fd(const struct kmsg *kmsg);

/* Elements are struct finding. */
GPtrArray *kmsg_findings(const struct kmsg *kmsg);

#endif /* LIBVM_KMSG_H */
