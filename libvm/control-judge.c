// SPDX-License-Identifier: GPL-2.0-only
/* Whether a run's report has what a control is to be caught by. */
#include "libvm/control.h"

#include <string.h>

static bool says(const struct control *c, const char *text)
{
	return !c->text || (text && g_regex_match_simple(c->text, text, 0, 0));
}

/* Whether "src/a.c" at @line is the marker's place. */
static bool is_there(const struct control_part *part, const char *file, guint line)
{
	g_autofree char *base = file ? g_path_get_basename(file) : NULL;

	return !part->file || (base && g_str_equal(base, part->file) && line == part->line);
}

/* Appends what the detector said that was not asked for. */
static void near_miss(GString *near, const char *what, const char *file, guint line)
{
	g_string_append_printf(near, "%s'%s'", near->len ? ", " : "", what);
	if (file)
		g_string_append_printf(near, " at %s:%u", file, line);
}

static bool finds(const struct control *c, const struct control_part *part, const char *class,
		  const struct report *report, GString *near)
{
	for (guint i = 0; i < report->findings->len; i++) {
		const struct finding *f = report->findings->pdata[i];

		if (!g_str_equal(f->class, class))
			continue;
		if (says(c, f->title) && is_there(part, f->file, f->file_line))
			return true;
		near_miss(near, f->title, f->file, f->file_line);
	}
	return false;
}

static bool leaks(const struct control *c, const struct control_part *part, const char *kind,
		  const struct report *report, GString *near)
{
	for (guint i = 0; i < report->leaks->len; i++) {
		const struct leak *leak = report->leaks->pdata[i];

		if (!g_str_equal(leak->kind, kind))
			continue;
		if (says(c, leak->detail) && is_there(part, leak->file, leak->line))
			return true;
		near_miss(near, leak->detail, leak->file, leak->line);
	}
	return false;
}

/* Whether @text names the marker's place, and not line 22 for line 2. */
static bool names_place(const struct control_part *part, const char *text)
{
	g_autofree char *place = part->file ? g_strdup_printf("%s:%u", part->file, part->line) : NULL;
	const char *at = place ? strstr(text, place) : NULL;

	return !place || (at && !g_ascii_isdigit(at[strlen(place)]));
}

static bool fails(const struct control *c, const struct control_part *part, const struct report *report,
		  GString *near)
{
	for (guint i = 0; i < report->failures->len; i++) {
		const struct report_failure *failure = report->failures->pdata[i];

		if (says(c, failure->text) && names_place(part, failure->text))
			return true;
		near_miss(near, failure->text, NULL, 0);
	}
	return false;
}

static char *part_missed(const struct control *c, const struct control_part *part, struct report *report)
{
	const char *name = strchr(part->detector, ' ') + 1;
	const struct report_failure *worst = report_judge(report);
	g_autofree char *place = part->file ? g_strdup_printf(" at %s:%u", part->file, part->line) : NULL;
	g_autoptr(GString) near = g_string_new(NULL);
	bool ok;

	if (g_str_has_prefix(part->detector, "finding "))
		ok = finds(c, part, name, report, near);
	else if (g_str_has_prefix(part->detector, "leak "))
		ok = leaks(c, part, name, report, near);
	else
		ok = fails(c, part, report, near);
	if (ok)
		return NULL;
	return g_strdup_printf("no %s%s%s%s%s%s; the run says: %s", part->detector, c->text ? " that says " : "",
			       c->text ? c->text : "", place ? place : "", near->len ? " but " : "", near->str,
			       worst ? worst->text : "passed");
}

char *control_missed(const struct control *c, struct report *report)
{
	const struct report_failure *worst = report_judge(report);
	int status = report_exit_status(report);

	for (guint i = 0; i < c->parts->len; i++) {
		char *missed = part_missed(c, c->parts->pdata[i], report);

		if (missed)
			return missed;
	}
	if (status == c->exit)
		return NULL;
	return g_strdup_printf("exit status %d instead of %d: %s", status, c->exit, worst ? worst->text : "passed");
}
