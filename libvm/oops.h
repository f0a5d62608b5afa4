/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * From lines of a kernel log to findings. Pure. A class of fault is a row in
 * oops-rows.c's table; the words are those of the kernel's own messages. A report of
 * the kernel's has many lines: those that follow its first belong to it
 * (oops-splat.c), and make its title (oops-title.c). Reports of several CPUs or
 * tasks at once are kept apart where the log tells who printed a line.
 * docs/dev/add-a-detector.md says how to add one.
 */
#ifndef LIBVM_OOPS_H
#define LIBVM_OOPS_H

#include <glib.h>
#include <stdbool.h>

#include "libvm/finding.h"

#define OOPS_LINE_MAX FINDING_LINE_MAX	/* bytes of a line that are kept */
#define OOPS_FINDINGS_MAX 200	/* later ones are counted, not kept */

struct oops;
struct oops *oops_new(void);
void oops_free(struct oops *oops);
typedef struct oops oops_owner;
G_DEFINE_AUTOPTR_CLEANUP_FUNC(oops_owner, oops_free)

/* Functions of the module @name are to blame before the kernel's own. */
void oops_own_module(struct oops *oops, const char *name);

/*
 * The next record of the log, without a timestamp; @usec is its time in
 * microseconds (0 = unknown). A record of several lines has them parted by the
 * four characters "\x0a", as /dev/kmsg shows them. Returns the finding that it
 * begins, which stays the detector's and gains from the lines after it, or NULL
 * (also for one that is known already: its count grows).
 */
struct finding *oops_feed(struct oops *oops, guint64 usec, const char *text);

/*
 * Whether the next record's text, which is somewhere in @bytes, says nothing for sure: then
 * it is counted, and need not be fed.
 */
bool oops_passes(struct oops *oops, const char *bytes, gsize size);

/*
 * The next line of a console's or a journal's text (log-line.h), without or
 * with its end. A line without a stamp is the kernel's only where no line has
 * one; else it is a program's. One with a NUL byte is never the kernel's. Returns like oops_feed().
 */
struct finding *oops_feed_console(struct oops *oops, const char *bytes, gsize size);

/* The log has ended: no line will belong to the reports under way. */
void oops_end(struct oops *oops);

/*
 * Elements are struct finding, in the order of the log. One that turns out to
 * be a repeat of an earlier one goes away at the end of its report.
 */
GPtrArray *oops_findings(const struct oops *oops);

/* How many lines or records there were, and findings beyond OOPS_FINDINGS_MAX. */
guint64 oops_lines(const struct oops *oops);
guint64 oops_dropped(const struct oops *oops);

/* Whether a line of a console's text had the kernel's stamp. */
bool oops_has_stamps(const struct oops *oops);

/*
 * The text of a console line behind "[   12.345678] " and "[   T12] ", before
 * which others may have written, with its time in *@ret_usec (may be NULL);
 * @line itself when it has none.
 */
const char *oops_console_text(const char *line, guint64 *ret_usec);

#endif /* LIBVM_OOPS_H */
