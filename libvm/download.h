/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A file from the network that can be cut off at any point and taken up again.
 * Proxies are those of the environment, as curl(1) has them.
 */
#ifndef LIBVM_DOWNLOAD_H
#define LIBVM_DOWNLOAD_H

#include <glib.h>
#include <stdbool.h>

#include "lib/progress.h"

#define DOWNLOAD_ERROR (download_error_quark())
GQuark download_error_quark(void);

enum download_error {
	DOWNLOAD_ERROR_UNREACHABLE,	/* no name, no route, nobody listens */
	DOWNLOAD_ERROR_REFUSED,		/* the server has an answer, and it is no */
	DOWNLOAD_ERROR_CUT,		/* ended early; running again resumes */
	DOWNLOAD_ERROR_SLOW,		/* stalled */
	DOWNLOAD_ERROR_DISK,		/* cannot be written */
};

struct download {
	const char *url;	/* http or https */
	const char *path;	/* the file that grows; it is kept on failure */
	const char *what;	/* for progress and errors */
	guint64 max_size;	/* bytes; more is refused */
	guint connect_limit_s;	/* 0 = 10 */
	guint stall_limit_s;	/* slower than 1 kB/s for so long is an error; 0 = 60 */
};

/*
 * Goes on where @path ends, if the server's file is still the same one (its
 * ETag or date lies beside it as PATH.validator); a server that cannot resume
 * begins anew. A cut connection is taken up again by itself as long as each
 * time brings the file further than it ever was, a hundred times at most.
 */
bool download_run(const struct download *download, const struct progress *progress,
		  GError **error);

#endif /* LIBVM_DOWNLOAD_H */
