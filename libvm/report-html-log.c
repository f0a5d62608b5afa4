// SPDX-License-Identifier: GPL-2.0-only
/*
 * The kernel's log on the page. A log may have 64 MB: what is shown of a long one is
 * its beginning, its end, and what lies around findings and failed tests.
 */
#include <string.h>

#include <json-glib/json-glib.h>

#include "libvm/report-html-private.h"

#define LINES_MAX 4000		/* a log of so many lines is shown as a whole */
#define HEAD_LINES 500
#define TAIL_LINES 1000
#define AROUND_LINES 20
#define FINDING_LINES 300	/* of one finding */
#define LINE_MAX_BYTES 800	/* of one line's text */
#define BYTES_MAX (4 << 20)	/* of the page */

struct log_view {
	GArray *starts;		/* gsize: where each line begins, and behind the last where it ends */
	GByteArray *shown;	/* 1 or 0 for each line */
	GString *html;		/* the lines */
	bool cut;		/* there are more than are shown */
};

static guint64 count_lines(const struct log_view *view)
{
	return view->shown->len;
}

static void find_lines(struct log_view *view, const struct report_files *files)
{
	const char *at = files->log, *end = files->log ? files->log + files->log_size : NULL;
	gsize start = 0;

	g_array_append_val(view->starts, start);
	while (at < end) {
		const char *newline = memchr(at, '\n', (gsize)(end - at));

		at = newline ? newline + 1 : end;
		start = (gsize)(at - files->log);
		g_array_append_val(view->starts, start);
	}
	g_byte_array_set_size(view->shown, view->starts->len - 1);
	for (guint i = 0; i < view->shown->len; i++)
		view->shown->data[i] = view->shown->len <= LINES_MAX;
}

/* @budget lines at most, which are taken from it. */
static void choose(struct log_view *view, guint64 first, guint64 last, guint *budget)
{
	last = MIN(last, count_lines(view));
	for (guint64 line = MAX(first, 1); line <= last && *budget; line++) {
		*budget -= !view->shown->data[line - 1];
		view->shown->data[line - 1] = 1;
	}
}

static void choose_around(struct log_view *view, struct log_range range, guint *budget)
{
	guint64 last = MIN(range.last, range.first + FINDING_LINES);

	if (range.first)
		choose(view, range.first - MIN(range.first, AROUND_LINES), last + AROUND_LINES, budget);
}

/* What tells most first, as long as there is room. */
static void choose_lines(struct log_view *view, const struct report *r)
{
	guint64 n = count_lines(view);
	guint budget = LINES_MAX;

	choose(view, 1, HEAD_LINES, &budget);
	choose(view, n - MIN(n, TAIL_LINES) + 1, n, &budget);
	for (guint i = 0; i < r->findings->len; i++) {
		const struct finding *f = r->findings->pdata[i];

		choose_around(view, (struct log_range){ f->first_line, f->last_line }, &budget);
	}
	for (guint i = 0; i < r->suites->len; i++) {
		const struct report_suite *suite = r->suites->pdata[i];

		for (guint k = 0; k < suite->tests->len && budget; k++) {
			const struct test_result *test = suite->tests->pdata[k];

			if (test->outcome == OUTCOME_FAIL)
				choose_around(view, test->range, &budget);
		}
	}
}

/* For the filter: errors, warnings, notices, the rest. */
static const char *severity(gint64 level)
{
	return level <= 3 ? "err" : level == 4 ? "warn" : level == 5 ? "note" : "info";
}

/* A line that is no record is shown as it is. */
static void append_record(GString *out, const char *bytes, gsize size)
{
	g_autoptr(JsonParser) parser = json_parser_new();
	JsonNode *root = json_parser_load_from_data(parser, bytes, (gssize)size, NULL) ?
				 json_parser_get_root(parser) : NULL;
	JsonObject *o = root && JSON_NODE_HOLDS_OBJECT(root) ? json_node_get_object(root) : NULL;
	gint64 usec = o ? json_object_get_int_member_with_default(o, "usec", 0) : 0;
	gint64 level = o ? json_object_get_int_member_with_default(o, "level", 6) : 6;
	const char *text = o ? json_object_get_string_member_with_default(o, "text", NULL) : NULL;
	const char *test = o ? json_object_get_string_member_with_default(o, "test", NULL) : NULL;
	g_autofree char *raw = text ? NULL : g_strndup(bytes, size);

	g_string_append_printf(out, "class=\"%s\"", severity(level));
	if (test && *test) {
		g_string_append(out, " title=\"");
		html_text(out, test, 200);
		g_string_append_c(out, '"');
	}
	g_string_append_printf(out, "><i>%5" G_GINT64_FORMAT ".%06" G_GINT64_FORMAT "</i> ",
			       usec / G_USEC_PER_SEC, ABS(usec % G_USEC_PER_SEC));
	html_text(out, text ? text : raw, LINE_MAX_BYTES);
}

static void append_line(GString *out, const struct log_view *view, const struct report_files *files,
			guint64 line)
{
	const gsize *starts = (const gsize *)(gpointer)view->starts->data;
	gsize from = starts[line - 1], to = starts[line];

	if (to > from && files->log[to - 1] == '\n')
		to--;
	g_string_append_printf(out, "<div id=\"L%" G_GUINT64_FORMAT "\" ", line);
	append_record(out, files->log + from, to - from);
	g_string_append(out, "</div>\n");
}

static void append_gap(GString *out, guint64 lines)
{
	if (lines)
		g_string_append_printf(out, "<div class=\"gap\">%" G_GUINT64_FORMAT " lines are left out</div>\n",
				       lines);
}

static void render(struct log_view *view, const struct report_files *files)
{
	guint64 left_out = 0;

	for (guint64 line = 1; line <= count_lines(view); line++) {
		if (view->html->len > BYTES_MAX)
			view->shown->data[line - 1] = 0;
		if (!view->shown->data[line - 1]) {
			left_out++;
			continue;
		}
		append_gap(view->html, left_out);
		view->cut |= left_out > 0;
		left_out = 0;
		append_line(view->html, view, files, line);
	}
	append_gap(view->html, left_out);
	view->cut |= left_out > 0;
}

struct log_view *log_view_new(const struct report *r, const struct report_files *files)
{
	struct log_view *view = g_new0(struct log_view, 1);

	view->starts = g_array_new(FALSE, FALSE, sizeof(gsize));
	view->shown = g_byte_array_new();
	view->html = g_string_new(NULL);
	find_lines(view, files);
	if (count_lines(view) > LINES_MAX)
		choose_lines(view, r);
	render(view, files);
	return view;
}

void log_view_free(struct log_view *view)
{
	if (!view)
		return;
	g_array_unref(view->starts);
	g_byte_array_unref(view->shown);
	g_string_free(view->html, TRUE);
	g_free(view);
}

static guint64 first_shown(const struct log_view *view, struct log_range range)
{
	for (guint64 line = range.first; line && line <= MIN(range.last, count_lines(view)); line++)
		if (view->shown->data[line - 1])
			return line;
	return 0;
}

void log_view_link(const struct log_view *view, GString *out, struct log_range range)
{
	guint64 target = first_shown(view, range);

	if (!range.first) {
		g_string_append(out, "nothing");
		return;
	}
	if (target)
		g_string_append_printf(out, "<a href=\"#L%" G_GUINT64_FORMAT "\">", target);
	if (range.last > range.first)
		g_string_append_printf(out, "%" G_GUINT64_FORMAT "–%" G_GUINT64_FORMAT, range.first, range.last);
	else
		g_string_append_printf(out, "%" G_GUINT64_FORMAT, range.first);
	if (target)
		g_string_append(out, "</a>");
}

/* Radio buttons before their labels and the lines: the style does the rest. */
static void append_filter(GString *out)
{
	static const struct {
		const char *id, *label;
	} choices[] = {
		{ "all", "all" }, { "notes", "notices and worse" }, { "warnings", "warnings and worse" },
		{ "errors", "errors" },
	};

	for (guint i = 0; i < G_N_ELEMENTS(choices); i++)
		g_string_append_printf(out, "<input type=\"radio\" name=\"severity\" id=\"show-%s\"%s/>"
				       "<label for=\"show-%s\">%s</label>\n", choices[i].id,
				       i ? "" : " checked=\"checked\"", choices[i].id, choices[i].label);
}

void log_view_append(const struct log_view *view, GString *out)
{
	if (!count_lines(view))
		return;
	html_begin_section(out, "log", "Kernel log");
	g_string_append_printf(out, "<p>%" G_GUINT64_FORMAT " lines", count_lines(view));
	g_string_append(out, view->cut ? "; those at its ends, around findings and around failed tests are shown. "
					 "All of it: " : ": ");
	html_file(out, "kmsg.jsonl");
	g_string_append(out, ".</p>\n<fieldset>\n<legend>Show</legend>\n");
	append_filter(out);
	g_string_append(out, "<div class=\"log\" tabindex=\"0\" role=\"region\" aria-label=\"Kernel log\">\n");
	g_string_append_len(out, view->html->str, (gssize)view->html->len);
	g_string_append(out, "</div>\n</fieldset>\n</section>\n");
}
