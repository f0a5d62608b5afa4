// SPDX-License-Identifier: GPL-2.0-only
#include "libvm/log-read.h"

#include <string.h>

#include "lib/fault.h"
#include "libvm/kmsg-file.h"
#include "libvm/log-line.h"
#include "libvm/log-source.h"

/* What goes from lines to the detectors. */
struct reader {
	struct oops *oops;
	char begun[KMSG_FILE_LINE_MAX]; /* a line at the end of a chunk waits for the rest */
	gsize size; /* bytes of it */
	bool any; /* it has begun, if only with nothing */
	enum { SHAPE_UNKNOWN, SHAPE_TEXT, SHAPE_RECORDS } shape; /* by the first line */
};

/* One that is cut short, or no record, counts as a line all the same. */
static void take_record(struct reader *r, const char *bytes, gsize size)
{
	auto_kmsg_line line = { 0 };
	struct finding *f;

	/* Most need no parser. */
	if (oops_passes(r->oops, bytes, size))
		return;
	if (!kmsg_line_parse(&line, bytes, size)) {
		oops_feed(r->oops, 0, "");
		return;
	}
	f = oops_feed(r->oops, line.usec, line.text);
	if (f && !f->stage && !f->test) {
		f->stage = g_steal_pointer(&line.stage);
		f->test = g_steal_pointer(&line.test);
	}
}

static void take_line(struct reader *r, const char *bytes, gsize size)
{
	if (r->shape == SHAPE_UNKNOWN) {
		auto_kmsg_line line = { 0 };

		r->shape = kmsg_line_parse(&line, bytes, MIN(size, KMSG_FILE_LINE_MAX)) ? SHAPE_RECORDS : SHAPE_TEXT;
	}
	if (r->shape == SHAPE_RECORDS)
		take_record(r, bytes, MIN(size, KMSG_FILE_LINE_MAX));
	else
		oops_feed_console(r->oops, bytes, MIN(size, LOG_LINE_MAX));
}

static void take_end(struct reader *r, const char *bytes, gsize size)
{
	gsize room = sizeof(r->begun) - r->size;

	memcpy(r->begun + r->size, bytes, MIN(size, room));
	take_line(r, r->begun, r->size + MIN(size, room));
	r->size = 0;
	r->any = false;
}

static void take_chunk(struct reader *r, const char *bytes, gsize size)
{
	const char *end = bytes + size, *newline;

	while ((newline = memchr(bytes, '\n', (gsize)(end - bytes)))) {
		gsize n = (gsize)(newline - bytes);

		if (r->any)
			take_end(r, bytes, n);
		else
			take_line(r, bytes, n);
		bytes = newline + 1;
	}
	if (bytes < end) {
		gsize n = MIN((gsize)(end - bytes), sizeof(r->begun) - r->size);

		memcpy(r->begun + r->size, bytes, n);
		r->size += n;
		r->any = true;
	}
}

/* A log that is damaged in places still tells what it tells. */
static bool check_text(struct oops *oops, const struct log_source *source, const char *name, GError **error)
{
	if (!oops_lines(oops))
		return fault_set(error, LAB_ERROR_USAGE, "%s is empty", name);
	return log_source_is_text(source) || oops_findings(oops)->len || oops_has_stamps(oops) ||
	       fault_set(error, LAB_ERROR_USAGE, "%s is no text", name);
}

bool log_read(struct oops *oops, int fd, const char *name, GError **error)
{
	g_autoptr(log_source_owner) source = log_source_new(fd, name, error);
	g_autofree struct reader *reader = g_new0(struct reader, 1);
	const char *bytes;
	gsize size;

	reader->oops = oops;
	if (!source)
		return false;
	for (;;) {
		if (!log_source_next(source, &bytes, &size, error))
			return false;
		if (!size)
			break;
		take_chunk(reader, bytes, size);
	}
	if (reader->any)
		take_end(reader, "", 0);
	oops_end(oops);
	return check_text(oops, source, name, error);
}
