/* SPDX-License-Identifier: GPL-2.0-only */
/* What the parts of the page share. */
#ifndef LIBVM_REPORT_HTML_PRIVATE_H
#define LIBVM_REPORT_HTML_PRIVATE_H

#include "libvm/report-html.h"

/* Appends at most @max bytes of @text (0: all of them; NULL: nothing) as a page's text. */
void html_text(GString *out, const char *text, gsize max);

/* "<TAG class="CLASS">TEXT</TAG>"; @class may be NULL. */
void html_element(GString *out, const char *tag, const char *class, const char *text);

/* A box of its own for text in lines, which scrolls by itself and can be scrolled by keys. */
#define HTML_BOX_MAX 20000	/* bytes of it that are shown */
void html_box(GString *out, const char *label, const char *text);

/* "<section id="ID"><h2>TITLE</h2>", to be ended with "</section>\n". */
void html_begin_section(GString *out, const char *id, const char *title);

/* A link to a file of the run's folder. */
void html_file(GString *out, const char *name);

/* "3.1 s" */
void html_seconds(GString *out, double seconds);

/* report-html-log.c: the kernel's log, and links into it. */

struct log_view;
struct log_view *log_view_new(const struct report *report, const struct report_files *files);
void log_view_free(struct log_view *view);
typedef struct log_view log_view_owner;
G_DEFINE_AUTOPTR_CLEANUP_FUNC(log_view_owner, log_view_free)

/* A link to the first line of @range that is on the page; plain text where none is. */
void log_view_link(const struct log_view *view, GString *out, struct log_range range);
void log_view_append(const struct log_view *view, GString *out);

/* report-html-tests.c: what was tested, and what was left behind. */
void html_append_tests(GString *out, const struct report *report, const struct log_view *view);
void html_append_leaks(GString *out, const struct report *report);

/* report-html-findings.c: what the kernel reported, what hangs, what does not build. */
void html_append_findings(GString *out, const struct report *report, const struct log_view *view);

#endif /* LIBVM_REPORT_HTML_PRIVATE_H */
