// SPDX-License-Identifier: GPL-2.0-only
#include "libvm/report-html.h"

#include <string.h>

#include "lib/embed.h"
#include "lib/text.h"
#include "libvm/report-html-private.h"
#include "libvm/xml.h"

EMBED(report_css, "libvm/report.css");

#define FAILURES_MAX 100
#define BAR_WIDTH 1000		/* of the time line's picture, in its own units */

void html_text(GString *out, const char *text, gsize max)
{
	gsize length = text ? strlen(text) : 0;
	gsize shown = max ? MIN(length, max) : length;
	g_autofree char *safe = NULL;

	if (!length)
		return;
	safe = text_escape(text, (gssize)shown);
	xml_append_text(out, safe);
	if (shown < length)
		g_string_append_printf(out, "… (%" G_GSIZE_FORMAT " bytes more)", length - shown);
}

void html_element(GString *out, const char *tag, const char *class, const char *text)
{
	g_string_append_printf(out, "<%s", tag);
	if (class)
		xml_append_attribute(out, "class", class);
	g_string_append_c(out, '>');
	html_text(out, text, 0);
	g_string_append_printf(out, "</%s>", tag);
}

void html_box(GString *out, const char *label, const char *text)
{
	g_string_append(out, "<pre tabindex=\"0\" role=\"region\"");
	xml_append_attribute(out, "aria-label", label);
	g_string_append_c(out, '>');
	html_text(out, text, HTML_BOX_MAX);
	g_string_append(out, "</pre>\n");
}

void html_begin_section(GString *out, const char *id, const char *title)
{
	g_string_append_printf(out, "<section id=\"%s\">\n<h2>%s</h2>\n", id, title);
}

void html_file(GString *out, const char *name)
{
	g_autofree char *address = g_uri_escape_string(name, NULL, FALSE);

	/* "./": what looks like a scheme is none. */
	g_string_append_printf(out, "<a href=\"./%s\">", address);
	html_text(out, name, 0);
	g_string_append(out, "</a>");
}

void html_seconds(GString *out, double seconds)
{
	char text[G_ASCII_DTOSTR_BUF_SIZE];

	if (seconds >= 0)
		g_string_append_printf(out, "%s s", g_ascii_formatd(text, sizeof(text), "%.1f", seconds));
}

/* Nothing is fetched, nothing runs, and the one style that counts is the page's. */
static void append_policy(GString *out)
{
	g_autoptr(GChecksum) sum = g_checksum_new(G_CHECKSUM_SHA256);
	guint8 digest[32];
	gsize size = sizeof(digest);
	g_autofree char *hash = NULL;

	g_checksum_update(sum, (const guchar *)report_css, (gssize)strlen(report_css));
	g_checksum_get_digest(sum, digest, &size);
	hash = g_base64_encode(digest, size);
	g_string_append_printf(out,
			       "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; "
			       "style-src 'sha256-%s'; base-uri 'none'; form-action 'none'\"/>\n", hash);
}

static void append_head(GString *out, const struct report *r, bool failed)
{
	g_autofree char *subject = report_subject(r);

	g_string_append(out, "<!DOCTYPE html>\n<html lang=\"en\" xmlns=\"http://www.w3.org/1999/xhtml\">\n<head>\n"
			     "<meta charset=\"utf-8\"/>\n");
	append_policy(out);
	g_string_append(out, "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"/>\n"
			     "<meta name=\"color-scheme\" content=\"light dark\"/>\n<title>");
	g_string_append(out, failed ? "FAIL " : "PASS ");
	html_text(out, subject, 0);
	g_string_append(out, ", ");
	html_text(out, r->id, 0);
	g_string_append_printf(out, "</title>\n<style>%s</style>\n</head>\n", report_css);
}

static void append_verdict(GString *out, struct report *r, const struct report_failure *worst)
{
	g_autofree char *line = report_verdict_line(r);

	g_string_append_printf(out, "<header class=\"%s\">\n<h1><strong>%.4s</strong> ",
			       worst ? "fail" : "pass", line);
	html_text(out, g_strchug(line + 4), 0);
	g_string_append(out, "</h1>\n<p>");
	html_text(out, r->started, 0);
	g_string_append(out, ", ");
	html_seconds(out, r->seconds);
	g_string_append(out, "</p>\n</header>\n");
}

static void append_again(GString *out, const struct report *r, const struct report_failure *failure)
{
	g_autofree char *again = failure ? report_again(r, failure->suite, failure->test) :
					   report_again(r, NULL, NULL);

	html_element(out, "code", "again", again);
}

/* What broke, and how to see it again; the rest below it. */
static void append_failures(GString *out, struct report *r, const struct report_failure *worst)
{
	const struct test_result *test = worst ? report_failure_test(r, worst) : NULL;

	if (!worst)
		return;
	html_begin_section(out, "failures", "What broke");
	html_element(out, "p", "culprit", worst->text);
	if (test && test->detail)
		html_box(out, "What it said", test->detail);
	g_string_append(out, "<p>To see it again: ");
	append_again(out, r, worst);
	g_string_append(out, "</p>\n");
	if (r->failures->len > 1)
		g_string_append(out, "<h3>All that failed</h3>\n<ul>\n");
	for (guint i = 0; r->failures->len > 1 && i < MIN(r->failures->len, FAILURES_MAX); i++) {
		const struct report_failure *failure = r->failures->pdata[i];

		g_string_append(out, "<li>");
		html_text(out, failure->text, 0);
		g_string_append(out, "<br/>");
		append_again(out, r, failure);
		g_string_append(out, "</li>\n");
	}
	if (r->failures->len > FAILURES_MAX) {
		g_string_append_printf(out, "<li>%u more: ", r->failures->len - FAILURES_MAX);
		html_file(out, "result.json");
		g_string_append(out, "</li>\n");
	}
	if (r->failures->len > 1)
		g_string_append(out, "</ul>\n");
	g_string_append(out, "</section>\n");
}

/* A bar from its first begin to its last end; what ran side by side lies below each other. */
static void append_bar(GString *out, const struct report_stage *stage, double whole)
{
	double from = CLAMP(stage->from / whole, 0, 1) * BAR_WIDTH;
	double to = CLAMP(stage->to / whole, 0, 1) * BAR_WIDTH;
	int left = (int)from, width = MAX((int)(to - from), 4);

	g_string_append_printf(out, "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %d 20\" "
			       "preserveAspectRatio=\"none\" aria-hidden=\"true\"><rect x=\"%d\" y=\"2\" "
			       "width=\"%d\" height=\"16\" class=\"%s\"/></svg>", BAR_WIDTH,
			       MIN(left, BAR_WIDTH - 4), width, outcome_name(stage->outcome));
}

static void append_stages(GString *out, const struct report *r)
{
	double whole = MAX(r->seconds, 0.001);

	if (!r->stages->len)
		return;
	for (guint i = 0; i < r->stages->len; i++)
		whole = MAX(whole, ((struct report_stage *)r->stages->pdata[i])->to);
	html_begin_section(out, "stages", "Stages");
	g_string_append(out, "<div class=\"wide\" tabindex=\"0\" role=\"region\" aria-label=\"Stages\"><table>\n"
			     "<thead><tr><th scope=\"col\">Stage</th><th scope=\"col\">When</th>"
			     "<th scope=\"col\" class=\"number\">From</th><th scope=\"col\" class=\"number\">To</th>"
			     "<th scope=\"col\" class=\"number\">Work</th></tr></thead>\n"
			     "<tbody>\n");
	for (guint i = 0; i < r->stages->len; i++) {
		const struct report_stage *stage = r->stages->pdata[i];

		g_string_append(out, "<tr><th scope=\"row\">");
		html_text(out, stage->name, 0);
		if (stage->outcome == OUTCOME_FAIL)
			g_string_append(out, " <b class=\"fail\">fail</b>");
		g_string_append(out, "</th><td class=\"bar\">");
		append_bar(out, stage, whole);
		g_string_append(out, "</td><td class=\"number\">");
		html_seconds(out, stage->from);
		g_string_append(out, "</td><td class=\"number\">");
		html_seconds(out, stage->to);
		g_string_append(out, "</td><td class=\"number\">");
		html_seconds(out, stage->seconds);
		g_string_append(out, "</td></tr>\n");
	}
	g_string_append(out, "</tbody></table></div>\n</section>\n");
}

static void append_fact(GString *out, const char *name, const char *value)
{
	if (!value)
		return;
	html_element(out, "dt", NULL, name);
	html_element(out, "dd", NULL, value);
	g_string_append_c(out, '\n');
}

static void append_machine(GString *out, const struct report *r)
{
	g_autofree char *again = report_again(r, NULL, NULL);

	html_begin_section(out, "machine", "Machine and versions");
	g_string_append(out, "<dl>\n");
	for (guint i = 0; i < r->modules->len; i++) {
		const struct report_module *m = r->modules->pdata[i];
		g_autofree char *text = g_strdup_printf("%s%s%s, vermagic %s", m->file, m->version ? " version " : "",
							m->version ? m->version : "",
							m->vermagic ? m->vermagic : "unknown");

		append_fact(out, "Module", text);
	}
	append_fact(out, "Source", r->source);
	append_fact(out, "Guest's kernel", r->kernel);
	append_fact(out, "Image", r->image);
	append_fact(out, "Accelerator", r->accel);
	append_fact(out, "QEMU", r->qemu);
	append_fact(out, "Host", r->host);
	append_fact(out, "vexvm", VEXVM_VERSION);
	append_fact(out, "The whole run again", again);
	append_fact(out, "Folder", r->folder);
	g_string_append(out, "</dl>\n<p>Beside this page: ");
	html_file(out, "result.json");
	g_string_append(out, ", ");
	html_file(out, "junit.xml");
	g_string_append(out, ", ");
	html_file(out, "kmsg.jsonl");
	g_string_append(out, ", ");
	html_file(out, "build.log");
	g_string_append(out, ".</p>\n</section>\n");
}

char *report_to_html(struct report *r, const struct report_files *files)
{
	const struct report_failure *worst = report_judge(r);
	g_autoptr(log_view_owner) view = log_view_new(r, files);
	GString *out = g_string_new(NULL);

	append_head(out, r, worst);
	g_string_append(out, "<body>\n<a class=\"jump\" href=\"#main\">To the content</a>\n");
	append_verdict(out, r, worst);
	g_string_append(out, "<main id=\"main\">\n");
	append_failures(out, r, worst);
	if (files->build) {
		html_begin_section(out, "build", "What the build said");
		html_box(out, "What the build said", files->build);
		g_string_append(out, "<p>All of it: ");
		html_file(out, "build.log");
		g_string_append(out, "</p>\n</section>\n");
	}
	html_append_findings(out, r, view);
	html_append_leaks(out, r);
	append_stages(out, r);
	html_append_tests(out, r, view);
	log_view_append(view, out);
	append_machine(out, r);
	g_string_append(out, "</main>\n</body>\n</html>\n");
	return g_string_free(out, FALSE);
}
