/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A web server on loopback that misbehaves on request, in a thread of its
 * own. It serves one body under every path but those that say otherwise.
 */
#ifndef TESTS_LIB_HTTPD_H
#define TESTS_LIB_HTTPD_H

#include <glib.h>
#include <stdbool.h>

struct httpd {
	/* Set before httpd_start(), or between requests. */
	GHashTable *files;	/* path ("/SHA256SUMS") -> GBytes */
	const char *etag;	/* NULL = none */
	const char *modified;	/* Last-Modified; NULL = none */
	bool no_ranges;		/* ignores Range */
	bool wrong_range;	/* answers from one byte further than asked for */
	guint64 claim;		/* Content-Length of a body, whatever is sent; 0 = true */
	int status;		/* other than 0: this and no body */
	gsize cut_after;	/* closes after so many bytes of a body; 0 = never */
	guint cuts;		/* how many answers are cut; G_MAXUINT = all */
	bool stall;		/* goes silent instead of closing */
	const char *redirect;	/* Location of a 302 */

	/* Seen by the server. */
	guint requests;
	guint ranges;		/* requests with Range that were honoured */
	char *base;		/* "http://127.0.0.1:PORT" */

	int fd;
	GThread *thread;
	GMutex lock;
};

struct httpd *httpd_start(void);
void httpd_add(struct httpd *httpd, const char *path, const void *data, gsize size);
void httpd_stop(struct httpd *httpd);

#endif /* TESTS_LIB_HTTPD_H */
