/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * From lines of a kernel log to findings. Pure. A class of fault is a row in
 * oops.c's table; the words are those of the kernel's own messages. A report of
 * the kernel's has many lines: those that follow its first belong to it.
 */
#ifndef LIBVM_OOPS_H
#define LIBVM_OOPS_H

#include <glib.h>
#include <stdbool.h>

#include "lib/fault.h"

#define OOPS_LINE_MAX 400	/* bytes of a line that are kept */
#define OOPS_FINDINGS_MAX 200	/* later ones are counted, not kept */

struct finding {
	char *class;		/* "oops", "warning", "lockdep", … */
	char *title;		/* one line for people: what, and in which function */
	char *line;		/* the log's line it was recognised by */
	enum lab_error code;	/* what it makes of the run */
	bool fatal;		/* the guest's kernel is not to be used any more */
	guint count;		/* how often that line came */
	guint64 seq, usec;	/* of the first; 0 from a console */
	char *stage, *test;	/* what ran then; may be NULL */
};

struct finding *finding_new(const char *class, enum lab_error code, const char *line);
void finding_free(struct finding *finding);

struct oops;
struct oops *oops_new(void);
void oops_free(struct oops *oops);
typedef struct oops oops_owner;
G_DEFINE_AUTOPTR_CLEANUP_FUNC(oops_owner, oops_free)

/*
 * The next record of the log, without a timestamp; @usec is its time in
 * microseconds (0 = unknown). A record of several lines has them parted by the
 * four characters "\x0a", as /dev/kmsg shows them. Returns the finding that it
 * begins, which stays the detector's and gains from the lines after it, or NULL
 * (also for one that is known already: its count grows).
 */
struct finding *oops_feed(struct oops *oops, guint64 usec, const char *text);

/* Elements are struct finding, in the order of the log. */
GPtrArray *oops_findings(const struct oops *oops);

/*
 * The text of a console line behind "[   12.345678] " and "[   T12] ", before
 * which others may have written, with its time in *@ret_usec (may be NULL);
 * @line itself when it has none.
 */
const char *oops_console_text(const char *line, guint64 *ret_usec);

#endif /* LIBVM_OOPS_H */
