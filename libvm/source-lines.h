/* SPDX-License-Identifier: GPL-2.0-only */
/* The lines of a source file around a place. What place, an object file says, which is hostile. */
#ifndef LIBVM_SOURCE_LINES_H
#define LIBVM_SOURCE_LINES_H

#include <glib.h>
#include <stdbool.h>

#define SOURCE_LINES_FILE_MAX (16 * 1024 * 1024)	/* bytes; a larger one is not shown */
#define SOURCE_LINES_WIDTH_MAX 200			/* bytes that are shown of a line */
#define SOURCE_LINES_AROUND_MAX 100

/*
 * Line @line (from 1) of @file with @around lines before and behind it:
 *	    97  int read_root(void)
 *	>   98  {
 * Safe to show, each ended by a newline, to be freed. "" when there is no such
 * line, or the file is none that can be read, or does not lie in @root with all
 * links followed: an object could name any file of the user's. @built is when
 * the object was written, in seconds since 1970: *@ret_newer tells that the
 * file was written later, so that its lines may be others by now.
 */
char *source_lines(const char *root, const char *file, guint line, guint around, gint64 built,
		   bool *ret_newer);

#endif /* LIBVM_SOURCE_LINES_H */
