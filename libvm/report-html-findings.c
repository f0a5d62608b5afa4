// SPDX-License-Identifier: GPL-2.0-only
#include <string.h>

#include "libvm/report-html-private.h"

#define FINDINGS_MAX 50		/* told in full */

static void begin_fact(GString *out, const char *name)
{
	html_element(out, "dt", NULL, name);
	g_string_append(out, "<dd>");
}

static void append_fact(GString *out, const char *name, const char *value)
{
	if (!value)
		return;
	begin_fact(out, name);
	html_text(out, value, 0);
	g_string_append(out, "</dd>\n");
}

static void append_facts(GString *out, const struct finding *f, const struct log_view *view)
{
	g_autofree char *where = finding_where(f);
	g_autofree char *source = f->file ? g_strdup_printf("%s:%u", f->file, f->file_line) : NULL;
	g_autofree char *task = f->comm ? g_strdup_printf("%s, pid %" G_GINT64_FORMAT, f->comm, f->pid) : NULL;
	g_autofree char *cpu = f->cpu >= 0 ? g_strdup_printf("%d", f->cpu) : NULL;
	g_autofree char *times = f->count > 1 ? g_strdup_printf("%u", f->count) : NULL;

	g_string_append(out, "<dl>\n");
	append_fact(out, "Class", f->class);
	append_fact(out, "Seen by", f->line);
	append_fact(out, "Source", source);
	append_fact(out, "Where", where);
	append_fact(out, "During", f->stage);
	append_fact(out, "Test", f->test);
	append_fact(out, "Task", task);
	append_fact(out, "CPU", cpu);
	append_fact(out, "Times", times);
	if (f->first_line) {
		begin_fact(out, "Kernel log");
		log_view_link(view, out, (struct log_range){ .first = f->first_line, .last = f->last_line });
		g_string_append(out, "</dd>\n");
	}
	append_fact(out, "Hash", f->hash);
	g_string_append(out, "</dl>\n");
}

/* Lines as source_lines() makes them; the one that is marked with '>' stands out. */
static void append_excerpt(GString *out, const struct finding *f)
{
	g_auto(GStrv) lines = f->excerpt ? g_strsplit(f->excerpt, "\n", -1) : NULL;

	if (!lines)
		return;
	g_string_append(out, "<pre class=\"source\" tabindex=\"0\" role=\"region\" aria-label=\"Source\">");
	for (char **line = lines; *line; line++) {
		if (**line == '>')
			html_element(out, "mark", NULL, *line);
		else
			html_text(out, *line, 0);
		if (line[1])
			g_string_append(out, "\n");
	}
	g_string_append(out, "</pre>\n");
}

static void append_frame(GString *out, const struct frame *frame, bool guilty)
{
	g_autofree char *offset = frame->size ? g_strdup_printf("+0x%" G_GINT64_MODIFIER "x/0x%" G_GINT64_MODIFIER "x",
								frame->offset, frame->size) : g_strdup("");

	g_string_append(out, guilty ? "<tr class=\"guilty\"><td>" : "<tr><td>");
	if (!frame->reliable)
		g_string_append(out, "? ");
	html_element(out, "code", NULL, frame->function);
	html_element(out, "small", NULL, offset);
	if (guilty)
		g_string_append(out, " <b>to blame</b>");
	g_string_append(out, "</td><td>");
	html_text(out, frame->module, 0);
	g_string_append(out, "</td><td>");
	html_text(out, frame->place, 0);
	g_string_append(out, "</td></tr>\n");
}

static void append_trace(GString *out, const struct finding *f)
{
	if (!f->trace->len)
		return;
	g_string_append_printf(out, "<details%s><summary>Call trace, %u frames</summary>\n"
			       "<div class=\"wide\" tabindex=\"0\" role=\"region\" aria-label=\"Call trace\"><table class=\"trace\">\n"
			       "<thead><tr><th scope=\"col\">Function</th><th scope=\"col\">Module</th>"
			       "<th scope=\"col\">Source</th></tr></thead>\n<tbody>\n",
			       f->trace->len <= FINDING_TRACE_MAX / 4 ? " open=\"open\"" : "", f->trace->len);
	for (guint i = 0; i < f->trace->len; i++)
		append_frame(out, f->trace->pdata[i], (int)i == f->guilty);
	g_string_append(out, "</tbody></table></div></details>\n");
}

static void append_hang(GString *out, const struct report *r)
{
	if (!r->hang)
		return;
	html_begin_section(out, "hang", "What hangs");
	html_box(out, "What hangs", r->hang);
	g_string_append(out, "<p>All of it: ");
	html_file(out, "hang.txt");
	g_string_append(out, "</p>\n</section>\n");
}

void html_append_findings(GString *out, const struct report *r, const struct log_view *view)
{
	if (r->findings->len)
		html_begin_section(out, "findings", "What the kernel reported");
	for (guint i = 0; i < MIN(r->findings->len, FINDINGS_MAX); i++) {
		const struct finding *f = r->findings->pdata[i];

		g_string_append_printf(out, "<article id=\"F%u\">\n", i + 1);
		html_element(out, "h3", NULL, f->title);
		append_excerpt(out, f);
		append_facts(out, f, view);
		append_trace(out, f);
		g_string_append(out, "</article>\n");
	}
	if (r->findings->len > FINDINGS_MAX) {
		g_string_append_printf(out, "<p>%u more: ", r->findings->len - FINDINGS_MAX);
		html_file(out, "result.json");
		g_string_append(out, "</p>\n");
	}
	if (r->findings->len)
		g_string_append(out, "</section>\n");
	append_hang(out, r);
}
