/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A run as one page of HTML that needs nothing beside it: no network, no script,
 * its style inside. Pure. All that a guest said is hostile and is text on the page,
 * never markup; the page's own policy (Content-Security-Policy) forbids scripts and
 * whatever would be fetched. It is HTML and XML at once, so a parser of XML can check it.
 */
#ifndef LIBVM_REPORT_HTML_H
#define LIBVM_REPORT_HTML_H

#include "libvm/report.h"

/* What the run's folder holds, as far as the page shows it. */
struct report_files {
	const char *log;	/* kmsg.jsonl; @log_size bytes; may be NULL */
	gsize log_size;
	const char *build;	/* what make said, from its first error on; NULL: it had none */
};

/*
 * The page; to be freed. It is bounded whatever the run was, by some 20 MB: beyond that
 * a word and a link to the file stand for the rest.
 */
char *report_to_html(struct report *report, const struct report_files *files);

#endif /* LIBVM_REPORT_HTML_H */
