/* SPDX-License-Identifier: GPL-2.0-only */
/* A fault that the kernel's log tells of, and the frames of its call trace. */
#ifndef LIBVM_FINDING_H
#define LIBVM_FINDING_H

#include <glib.h>
#include <stdbool.h>

#include "lib/fault.h"

#define FINDING_LINE_MAX 400	/* bytes of a line that are kept */
#define FINDING_TRACE_MAX 160	/* frames */
#define FINDING_NAME_MAX 128	/* bytes of a function's or module's name */

/* "func+0x12/0x34 [module]"; after a "?" the address only lay on the stack. */
struct frame {
	char *function;
	char *module;		/* NULL: the kernel itself, or not known */
	guint64 offset, size;	/* bytes; both 0: not known (an inlined function) */
	bool reliable;
	bool exact;		/* the fault itself is there; else a call returns there */
	guint section;		/* which of the report's traces, from 0 */
	char *place;		/* "vexfs/src/super.c:98"; NULL until it is located */
	/* Of a place in inlined code, "read_root at vexfs/src/super.c:98": the innermost
	 * first, the function itself last. NULL where nothing is inlined. */
	char **inlined;
};

void frame_free(struct frame *frame);

struct finding {
	char *class;		/* "oops", "warning", "lockdep", … */
	char *title;		/* one line for people: what, and in which function */
	char *line;		/* the log's line it was recognised by */
	char *masked;		/* that, without what differs in a repeat; NULL until it is compared */
	enum lab_error code;	/* what it makes of the run */
	bool fatal;		/* the guest's kernel is not to be used any more */
	guint count;		/* how often the same was reported */
	guint64 seq, usec;	/* of the first; 0 from a console */
	char *stage, *test;	/* what ran then; may be NULL */
	/* Where: from the report's own lines. NULL, -1, 0: it does not say. */
	char *function, *module;	/* the frame that is to blame */
	char *file;		/* of source code, as the kernel was built with it */
	guint file_line;
	char *excerpt;		/* the lines around it, safe to show; NULL until it is located */
	char *comm;		/* the task's name */
	gint64 pid;
	int cpu;
	guint64 first_line, last_line;	/* of the log, from 1 */
	GPtrArray *trace;	/* struct frame, innermost first */
	int guilty;		/* index in trace, or -1 */
	bool unloaded;		/* it is code that was gone when it ran; false until it is located */
	/* Who is to blame and in no trace: it freed what was written to, took the lock that was kept; or NULL. */
	struct frame *owner;
	/* 16 hex digits that are equal for the same fault: of class, title, function,
	 * module and the first frames, with no address, number of a CPU or task, or
	 * time in it. */
	char hash[17];
};

/* The title is @line until something better is known. */
struct finding *finding_new(const char *class, enum lab_error code, const char *line);
void finding_free(struct finding *finding);

/* Sets hash from the other members. */
void finding_set_hash(struct finding *finding);

/*
 * "func+0x12/0x34 [module]" of the guilty frame, "func" where only that is
 * known, NULL where nothing is.
 */
char *finding_where(const struct finding *finding);

#endif /* LIBVM_FINDING_H */
