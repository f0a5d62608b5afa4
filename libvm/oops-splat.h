/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * One report of the kernel's while its lines come in: what they tell, and the
 * finding that is made of it. Pure.
 */
#ifndef LIBVM_OOPS_SPLAT_H
#define LIBVM_OOPS_SPLAT_H

#include "libvm/finding.h"
#include "libvm/oops-rows.h"

struct splat {
	const struct oops_row *row;
	struct finding *finding;	/* NULL: lines that are no fault */
	guint64 caller, usec;	/* who prints it; its last line's time */
	guint lines;
	bool shown;		/* the finding is among the detector's */
	bool unstamped;		/* its first line had no stamp */
	struct finding *same;	/* it was counted as a repeat of this one, or NULL */
	/* What oops-title.c makes the title of. */
	struct frame *named;	/* the function that a line names as the place */
	/* The one that allocated or freed the object, or that it would have called; or the
	 * object, where it was a variable of a module that is gone. */
	struct frame *object;
	char *message;		/* stands for the row's title */
	char *access;		/* "Read" or "Write" */
	/* Where in the report the next line is. */
	guint section;		/* which trace */
	bool aside;		/* a trace of something that happened before */
	bool skips_next;	/* the next trace is another task's */
	bool wants_place;	/* the next function is where the lock is taken */
	bool placed;		/* the registers have been seen */
};

/* @line is the first, without its stamp. */
struct splat *splat_new(const struct oops_row *row, const char *line);
/* With the finding, where it is not @shown. */
void splat_free(struct splat *splat);

/* The first line names an object or a function of whom it is about; no call returns there. */
void splat_take_object(struct splat *splat, const char *line);

/* A further line. @modules: names of modules that are not the kernel's own; gains. */
void splat_take(struct splat *splat, const char *text, GHashTable *modules);

/* Whether @text is the last line of the report. */
bool splat_is_end(const struct splat *splat, const char *text);

/* Writes function, module, guilty, title and hash of the finding anew. */
void splat_settle(struct splat *splat, GHashTable *modules);

/* Takes the names that "(O…)" marks in "Modules linked in: a(OE) b". */
void splat_take_modules(const char *text, GHashTable *modules);

/* @text with addresses and numbers that change from run to run masked. To be freed. */
char *splat_mask(const char *text);

/* Whether a row's line is a check that a file of the kernel's makes. */
bool splat_is_checked(const struct oops_row *row);
/* What a WARNING or BUG is about, by the file that it is in; or NULL. */
const struct oops_row *splat_warning_row(const char *line);

#endif /* LIBVM_OOPS_SPLAT_H */
