/* SPDX-License-Identifier: GPL-2.0-only */
/* A line of a run's kmsg.jsonl (libvm/kmsg.h), read back. */
#ifndef LIBVM_KMSG_FILE_H
#define LIBVM_KMSG_FILE_H

#include <glib.h>
#include <stdbool.h>

#define KMSG_FILE_LINE_MAX (16 * 1024)	/* bytes of one; the kernel's text has some hundreds */

struct kmsg_line {
	guint64 usec;
	char *stage, *test;	/* NULL = none */
	char *text;
};

void kmsg_line_clear(struct kmsg_line *line);
#define auto_kmsg_line __attribute__((cleanup(kmsg_line_clear))) struct kmsg_line

/* False when it is no record. @bytes may be anything. */
bool kmsg_line_parse(struct kmsg_line *line, const char *bytes, gsize size);

#endif /* LIBVM_KMSG_FILE_H */
