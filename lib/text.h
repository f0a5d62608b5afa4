/* SPDX-License-Identifier: GPL-2.0-only */
/* Text from a guest or a file, made safe to show on a terminal. */
#ifndef LIB_TEXT_H
#define LIB_TEXT_H

#include <glib.h>

/*
 * Appends @size bytes to @out so that a terminal shows them and obeys none:
 * printable UTF-8, tab and newline stay; control characters (C0, DEL, C1),
 * bytes that are no UTF-8, and characters that reorder or hide text (Unicode
 * bidirectional controls and other format characters) become \xNN, byte by
 * byte. Dropped are CR before a newline and colours (ECMA-48 SGR: ESC [ digits
 * and semicolons m). Nothing carries over between two calls: a character cut at
 * the end is shown as bytes, so hand over whole lines.
 */
void text_escape_append(GString *out, const char *bytes, gsize size);

/* The same into a string of its own; @size -1 = up to the NUL. */
char *text_escape(const char *bytes, gssize size);

/* The same in one line: tab and newline become spaces. */
char *text_line(const char *bytes, gssize size);

/* Offset of the last @lines lines of @size bytes; an unended last line counts. */
gsize text_tail_offset(const char *bytes, gsize size, guint lines);

/* The same in @text (a pointer into it). */
const char *text_tail(const char *text, guint lines);

/* "312.4 MB": 1000 bytes are a kB. */
char *text_size(guint64 bytes);

/* The order of an array's elements, which are texts (char *), by their bytes. */
int text_compare(gconstpointer a, gconstpointer b);

/* Consumes @lines (char *), with "and N more" at the end for @more that have none. To be freed with g_strfreev(). */
char **text_lines(GPtrArray *lines, guint more);

#endif /* LIB_TEXT_H */
