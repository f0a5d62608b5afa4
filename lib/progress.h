/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * How long work reports on itself. Libraries call these; only the program
 * that owns the terminal decides how it looks. A NULL progress is silent.
 */
#ifndef LIB_PROGRESS_H
#define LIB_PROGRESS_H

#include <glib.h>

enum progress_unit {
	PROGRESS_BYTES,
	PROGRESS_SECONDS,	/* total = expected or limit, 0 = unknown */
	PROGRESS_STEPS,
};

struct progress {
	/*
	 * Work @what stands at @done of @total (0 = unknown). Called as often
	 * as there is news; the receiver limits the rate.
	 */
	void (*update)(void *data, const char *what, enum progress_unit unit,
		       guint64 done, guint64 total);
	/* Work @what has ended after @seconds. */
	void (*done)(void *data, const char *what, double seconds);
	/* One plain sentence for the user, no line break. */
	void (*note)(void *data, const char *text);
	/* Like note, shown with --verbose only. */
	void (*detail)(void *data, const char *text);
	void *data;
};

/* The receiver's functions, where it has them; @p may be NULL, for nobody listens. */
void progress_update(const struct progress *p, const char *what,
		     enum progress_unit unit, guint64 done, guint64 total);
void progress_done(const struct progress *p, const char *what, double seconds);
void progress_note(const struct progress *p, const char *format, ...)
	G_GNUC_PRINTF(2, 3);
void progress_detail(const struct progress *p, const char *format, ...)
	G_GNUC_PRINTF(2, 3);

#endif /* LIB_PROGRESS_H */
