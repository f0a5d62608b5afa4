/* SPDX-License-Identifier: GPL-2.0-only */
/* Images that others publish: known ones by name, any by address or as a file. */
#ifndef LIBVM_CLOUD_H
#define LIBVM_CLOUD_H

#include <glib.h>
#include <stdbool.h>

#include "lib/progress.h"
#include "libvm/image.h"

#define CLOUD_DEFAULT "ubuntu-22.04"

/* Whether @name is a known one. */
bool cloud_find(const char *name);

/*
 * Each makes the image @spec in the folder @work and fills @image (paths
 * relative to @work). A known image is checked against its publisher's
 * SHA256SUMS, and those against their signature where the keyring is there.
 * DOWNLOAD_ERROR_UNREACHABLE when its host cannot be reached.
 */
bool cloud_fetch_known(const struct conf *conf, const char *spec, const char *work,
		       struct image *image, const struct progress *progress, GError **error);
bool cloud_fetch_url(const struct conf *conf, const char *spec, const char *work,
		     struct image *image, const struct progress *progress, GError **error);
bool cloud_import_file(const struct conf *conf, const char *spec, const char *work,
		       struct image *image, const struct progress *progress, GError **error);

#endif /* LIBVM_CLOUD_H */
