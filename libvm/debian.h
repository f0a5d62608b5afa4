/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The image that needs no network but the Debian archive that the host's own
 * apt uses: Debian 12 made by mmdebstrap, as root or as an ordinary user.
 */
#ifndef LIBVM_DEBIAN_H
#define LIBVM_DEBIAN_H

#include <glib.h>
#include <stdbool.h>

#include "lib/progress.h"
#include "libvm/image.h"

#define DEBIAN_NAME "debian"
#define DEBIAN_SUITE "bookworm"

/*
 * Makes it in the folder @work and fills @image (paths relative to @work).
 * Takes minutes; says which part is under way.
 */
bool debian_make(const struct conf *conf, const char *work, struct image *image,
		 const struct progress *progress, GError **error);

/*
 * Pure: the lines of sources.list for mmdebstrap out of what `apt-get
 * indextargets` prints as "URI|RELEASE|COMPONENT" a line: those of
 * DEBIAN_SUITE, its updates and its security. Empty when there is none.
 */
GPtrArray *debian_sources(const char *index_targets);

#endif /* LIBVM_DEBIAN_H */
