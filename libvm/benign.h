/* SPDX-License-Identifier: GPL-2.0-only */
/* The list of lines that look like reports of a fault and are none: benign.list. */
#ifndef LIBVM_BENIGN_H
#define LIBVM_BENIGN_H

#include <glib.h>
#include <stdbool.h>

/* Whether @text, a line without its stamp, is on the list. */
bool benign_has(const char *text);

struct benign_entry {
	char *pattern, *reason, *date;
};

/*
 * The entries of @list, of the program's own for NULL; NULL when one of its lines
 * is not a pattern, a reason and a date. For tests.
 */
GPtrArray *benign_parse(const char *list);

#endif /* LIBVM_BENIGN_H */
