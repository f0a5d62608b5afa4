/* SPDX-License-Identifier: GPL-2.0-only */
/* A line of a kernel's log: the text, and what stands before it. Pure. */
#ifndef LIBVM_LOG_LINE_H
#define LIBVM_LOG_LINE_H

#include <glib.h>
#include <stdbool.h>

#define LOG_LINE_MAX 4096	/* bytes of a line that are looked at */

/* Whose words they are. */
enum log_origin {
	LOG_UNKNOWN,	/* nothing stands before the text */
	LOG_KERNEL,	/* a stamp of printk()'s, or a journal's "kernel: " */
	LOG_USER,	/* a log's line of another program or facility, or /dev/kmsg's "[U] " */
};

struct log_line {
	char text[LOG_LINE_MAX + 1];	/* without what stands before it; no control characters but tab */
	gsize size;		/* bytes of it */
	enum log_origin origin;
	guint64 usec;		/* 0 = not known */
	/* Who printed it (CONFIG_PRINTK_CALLER), 0 = not known. */
	guint64 caller;
	char *more;		/* another stamped line in the same, that cut this one short; or NULL */
};

/*
 * Reads a line as a console, dmesg, syslog or the journal has it:
 *	[   12.345678] text
 *	[   12.345678][ T123] text		[ C1]: a CPU that is not in a task
 *	<4>[   12.345678] text
 *	kern  :warn  : [   12.345678] text	dmesg -x, also before the next four
 *	[Wed Nov 25 10:00:00 2026] text		dmesg -T, in any language
 *	2026-11-25T10:00:00,123456+00:00 text	dmesg --time-format iso
 *	[Nov25 10:00] text, [  +0.000001] text	dmesg -H, -e
 *	[   12.345678 <    0.000001>] text	dmesg -d
 *	4,123,12345678,-,caller=T123;text	/dev/kmsg
 *	Nov 25 10:00:00.123456 host kernel: [   12.345678] text
 *	2026-11-25T10:00:00.123456+00:00 host kernel: text
 *	Wed 2026-11-25 10:00:00 UTC host kernel: text	journalctl -o short-full
 *	1795633814.123456 host kernel: text		short-unix
 *	[   12.345678] host kernel: text		short-monotonic
 *	<4>1 2026-11-25T10:00:00Z host kernel - - - text	RFC 5424
 *	2026-11-25T10:00:00.123456Z [   12.345678] text		docker, CI
 *	login: [   12.345678] text
 * @bytes may hold anything, the end of the line (LF, CR LF) included.
 * Colours are dropped, and other control characters become blanks.
 */
void log_line_parse(struct log_line *line, const char *bytes, gsize size);

/* Goes on to line->more; false when there is none. */
bool log_line_next(struct log_line *line);

/*
 * The text behind "[   12.345678] " and "[   T12] ", before which others may
 * have written, with its time in *@ret_usec (may be NULL) and its caller in
 * *@ret_caller (may be NULL); NULL when @text has none.
 */
const char *log_line_skip_stamp(const char *text, guint64 *ret_usec, guint64 *ret_caller);

#endif /* LIBVM_LOG_LINE_H */
