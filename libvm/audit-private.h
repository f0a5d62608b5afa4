/* SPDX-License-Identifier: GPL-2.0-only */
/* What audit.c (judging) and audit-lines.c (reading the agent's lines) share. */
#ifndef LIBVM_AUDIT_PRIVATE_H
#define LIBVM_AUDIT_PRIVATE_H

#include "libvm/audit.h"

/* Of the first and of the last: the guest's clock, µs; 0 = not known. */
struct audit_time {
	guint64 first, last;
};

/* Something that the module's code had the kernel make. */
struct audit_origin {
	char *via;		/* the kernel's function that was called */
	struct audit_place place;
	struct audit_time made;
};

struct audit {
	struct audit_code *code;
	const char *const *needs;	/* of audit_compare() */
	GHashTable *threads;	/* PID to "module function+offset" */
	GHashTable *made;	/* "CACHE ADDRESS" to struct audit_time */
	GArray *origins;	/* struct audit_origin */
	GPtrArray *leaks;	/* struct leak; without detail yet */
	bool others;		/* modules that are not tested were loaded meanwhile */
};

/*
 * Takes the lines of @text (valid UTF-8). Those of what was known of the modules
 * (@known) have to be taken first, wherever they stand: the others are looked up in
 * them.
 */
void audit_take_text(struct audit *audit, const char *text, bool known);

#endif /* LIBVM_AUDIT_PRIVATE_H */
