/* SPDX-License-Identifier: GPL-2.0-only */
/* The guest's serial console as a file that grows. */
#ifndef LIBVM_CONSOLE_H
#define LIBVM_CONSOLE_H

#include <glib.h>
#include <stdbool.h>

struct console;

/* Watches @path from byte @offset on; the file may not be there yet. */
struct console *console_new(const char *path, guint64 offset);
void console_free(struct console *console);
typedef struct console console_owner;
G_DEFINE_AUTOPTR_CLEANUP_FUNC(console_owner, console_free)

/* Readable when something may have been written; for poll(2). */
int console_fd(const struct console *console);

/*
 * Reads what is new. When it tells that the guest will not come up, a
 * sentence saying so with the line; else NULL. The caller frees it.
 */
char *console_read(struct console *console);

/* Pure: what one console line means for a boot, or NULL. */
const char *console_line_verdict(const char *line);

/* Whether the file ends in the last line that a kernel prints when it panics. */
bool console_ends_in_panic(const char *path);

/* @why, and the last that the console said: "WHY after "LINE""; @why alone where it said nothing. */
char *console_last_words(const char *path, const char *why);

/* The last @lines lines of the file, escaped for a terminal, or "". */
char *console_tail(const char *path, guint lines);

#endif /* LIBVM_CONSOLE_H */
