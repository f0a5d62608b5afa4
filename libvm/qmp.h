/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A client of QEMU's machine protocol: one JSON object a line, commands
 * answered in order, events in between (QEMU: docs/interop/qmp-spec.txt).
 */
#ifndef LIBVM_QMP_H
#define LIBVM_QMP_H

#include <glib.h>
#include <json-glib/json-glib.h>
#include <stdbool.h>

#define QMP_LINE_MAX (4 * 1024 * 1024)	/* bytes; more is refused */
#define QMP_EVENTS_MAX 1024		/* kept until they are asked for; older ones go */

struct qmp;

/*
 * Takes over @fd (connected to QEMU), awaits the greeting and leaves
 * negotiation mode. @deadline is monotonic, microseconds. NULL with
 * LAB_ERROR_LAB on end of file, on anything that is not QMP, at the deadline.
 */
struct qmp *qmp_new(int fd, gint64 deadline, GError **error);

/* The same on the socket at @path, which must exist. */
struct qmp *qmp_open(const char *path, gint64 deadline, GError **error);
void qmp_free(struct qmp *qmp);
typedef struct qmp qmp_owner;
G_DEFINE_AUTOPTR_CLEANUP_FUNC(qmp_owner, qmp_free)

/*
 * Runs @command. @arguments (may be NULL) is taken over. @ret (may be NULL)
 * gets what "return" holds, to be freed with json_node_unref(). An error of
 * QEMU's keeps its class and text.
 */
bool qmp_call(struct qmp *qmp, const char *command, JsonObject *arguments, gint64 deadline,
	      JsonNode **ret, GError **error);

/* Same for commands of the human monitor; @ret is its answer as text. */
bool qmp_human(struct qmp *qmp, const char *line, gint64 deadline, char **ret, GError **error);

/*
 * The next event that has arrived, oldest first, waiting until @deadline (0 =
 * not at all). NULL without an error when there was none; with one when the
 * connection ended. To be freed with json_object_unref().
 */
JsonObject *qmp_event(struct qmp *qmp, gint64 deadline, GError **error);

/* For poll(2). */
int qmp_fd(const struct qmp *qmp);

#endif /* LIBVM_QMP_H */
