/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Building the debug kernel: Debian's own source, by the host's compiler, with the
 * configuration libvm/debug-kernel.config. It needs no root. The work lies in
 * CACHE/kernels/work and is gone on with after an interruption.
 */
#ifndef LIBVM_KERNEL_BUILD_H
#define LIBVM_KERNEL_BUILD_H

#include <glib.h>
#include <stdbool.h>

#include "lib/progress.h"
#include "libvm/kernel.h"

/*
 * The debug kernel, built unless the cache has the one of this source, configuration
 * and compiler. LAB_ERROR_LAB says what is missing: packages with the command that
 * installs them, room on the disk, an option that the source does not have.
 */
struct kernel *kernel_build_debug(const struct conf *conf, const struct progress *progress,
				  GError **error);

/* Pure: 16 hex digits for what a kernel is made of, each text as it is. */
char *kernel_build_key(const char *source, const char *config, const char *compiler);

/*
 * Pure: the version in `apt-get download --print-uris` of @package, to be freed:
 *	'http://…/PACKAGE_6.1.192-2_all.deb' PACKAGE_6.1.192-2_all.deb 139331676 SHA256:…
 * NULL when it is not that.
 */
char *kernel_build_version(const char *uris, const char *package);

/* Pure: whether a line of kbuild's tells of an object file that is made: "  CC      init/main.o". */
bool kernel_build_is_object(const char *line);

/*
 * Pure: of how many objects @done are done, by @expected, the number that an earlier
 * build had: never less than @done, and at the end not more than a few beyond it.
 */
guint kernel_build_total(guint done, guint expected);

/* The configuration's text. */
const char *kernel_build_config(void);

#endif /* LIBVM_KERNEL_BUILD_H */
