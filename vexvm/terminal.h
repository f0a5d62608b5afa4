/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The one place that writes to the user's terminal: results on stdout,
 * progress, notes and errors on stderr, kept from running into each other.
 */
#ifndef VEXVM_TERMINAL_H
#define VEXVM_TERMINAL_H

#include <glib.h>
#include <json-glib/json-glib.h>
#include <stdbool.h>

#include "lib/progress.h"

enum terminal_style {
	STYLE_PLAIN,	/* ends the others */
	STYLE_GOOD,
	STYLE_BAD,
	STYLE_WARN,
	STYLE_DIM,
	STYLE_BOLD,
};

/* @color is "auto" (a terminal, and NO_COLOR unset), "always" or "never". */
void terminal_init(const char *color, bool quiet, bool verbose);

/* Text on stdout. What a guest or a file said goes through terminal_print_foreign(). */
void terminal_print(const char *format, ...) G_GNUC_PRINTF(1, 2);
/* Foreign bytes on stdout: escaped (lib/text.h) on a terminal, else as they are. */
void terminal_print_foreign(const char *bytes, gsize size);
/* Bytes on descriptor 1 or 2 as they are. */
void terminal_write(int fd, const char *bytes, gsize size);
/* How often anything was written that stays; progress drawn in place does not count. */
guint64 terminal_writes(void);
/* Takes over @root and prints it on stdout, indented and with a line end. */
void terminal_print_json(JsonNode *root);
/* The same in one line. */
void terminal_print_json_line(JsonNode *root);

/* One line "vexvm: …" on stderr. */
void terminal_error(const char *message);

/* The escape sequence of @style for stdout, or "". */
const char *terminal_style(enum terminal_style style);
bool terminal_is_tty(int fd);
/* Columns of the terminal on @fd, 80 when it is none. */
guint terminal_columns(int fd);

/* Progress on stderr. */
const struct progress *terminal_progress(void);

/* What was printed has reached its reader; LAB_ERROR_LAB when a disk is full. */
bool terminal_flush(GError **error);

#endif /* VEXVM_TERMINAL_H */
