// SPDX-License-Identifier: GPL-2.0-only
/* The detectors: any bytes are a log. What is found is printed both ways. */
#include "libvm/explain.h"
#include "tests/fuzz/target.h"

void fuzz_oops(const uint8_t *bytes, size_t size)
{
	const char *at = (const char *)bytes, *end = at + size;
	g_autoptr(oops_owner) oops = oops_new();
	g_autoptr(JsonNode) root = NULL;

	while (at < end) {
		const char *newline = memchr(at, '\n', (gsize)(end - at));
		gsize n = newline ? (gsize)(newline - at) + 1 : (gsize)(end - at);

		oops_feed_console(oops, at, n);
		at += n;
	}
	oops_end(oops);
	for (guint i = 0; i < oops_findings(oops)->len; i++)
		g_free(explain_text(oops_findings(oops)->pdata[i]));
	root = explain_to_json(oops_findings(oops));
}
