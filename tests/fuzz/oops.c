// SPDX-License-Identifier: GPL-2.0-only
/*
 * The detectors: any bytes are a console's log, or records of /dev/kmsg where the first
 * is RECORDS. What is found is printed both ways.
 */
#include <string.h>

#include "libvm/explain.h"
#include "tests/fuzz/target.h"

#define RECORDS '!'

static void feed(struct oops *oops, bool records, const char *line, gsize size)
{
	if (records) {
		g_autofree char *text = g_strndup(line, size);

		oops_feed(oops, 0, text);
	} else {
		oops_feed_console(oops, line, size);
	}
}

void fuzz_oops(const uint8_t *bytes, size_t size)
{
	const char *at = (const char *)bytes, *end = at + size;
	g_autoptr(oops_owner) oops = oops_new();
	g_autoptr(JsonNode) root = NULL;
	bool records = size && *bytes == RECORDS;

	at += records;
	/* As in a run that tests it. */
	if (records)
		oops_own_module(oops, "m");
	while (at < end) {
		const char *newline = memchr(at, '\n', (gsize)(end - at));
		gsize n = newline ? (gsize)(newline - at) + 1 : (gsize)(end - at);

		feed(oops, records, at, n);
		at += n;
	}
	oops_end(oops);
	for (guint i = 0; i < oops_findings(oops)->len; i++)
		g_free(explain_text(oops_findings(oops)->pdata[i]));
	root = explain_to_json(oops_findings(oops));
}
