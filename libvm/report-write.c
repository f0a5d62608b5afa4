// SPDX-License-Identifier: GPL-2.0-only
/* The files of a report, in its folder. */
#include <string.h>

#include "libvm/build.h"
#include "libvm/report-html.h"

#define BUILD_LINES 100		/* of build.log that the page shows */

static bool write_file(struct report *r, const char *name, const char *text, GError **error)
{
	g_autofree char *path = g_build_filename(r->folder, name, NULL);
	g_autoptr(GError) cause = NULL;

	if (g_file_set_contents(path, text, -1, &cause))
		return true;
	return fault_set(error, LAB_ERROR_LAB, "%s", cause->message);
}

/* Where a build failed: from its first error on, at most BUILD_LINES; else NULL. */
static char *build_words(struct report *r)
{
	const struct report_failure *worst = report_judge(r);
	g_autofree char *path = g_build_filename(r->folder, "build.log", NULL);
	g_autofree char *text = NULL;

	if (!worst || worst->code != LAB_ERROR_BUILD || !g_file_get_contents(path, &text, NULL, NULL))
		return NULL;
	return build_errors(text, BUILD_LINES);
}

static bool write_page(struct report *r, GError **error)
{
	g_autofree char *path = g_build_filename(r->folder, "kmsg.jsonl", NULL);
	g_autoptr(GMappedFile) log = g_mapped_file_new(path, FALSE, NULL);
	g_autofree char *build = build_words(r), *page = NULL;
	const struct report_files files = {
		.log = log ? g_mapped_file_get_contents(log) : NULL,
		.log_size = log ? g_mapped_file_get_length(log) : 0,
		.build = build,
	};

	page = report_to_html(r, &files);
	return write_file(r, REPORT_PAGE, page, error);
}

bool report_write(struct report *r, GError **error)
{
	g_autoptr(JsonNode) root = report_to_json(r);
	g_autofree char *json = json_to_string(root, TRUE);
	g_autofree char *xml = report_to_junit(r);

	/* result.json last: a folder without it is of a run that was killed. */
	return write_page(r, error) && write_file(r, "junit.xml", xml, error) &&
	       write_file(r, "result.json", json, error);
}
