/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Proof without a VM that the border between a module's C and a foreign object
 * in it is sound: the toolchain, the build, the object and the finished module
 * by the rules of libvm/ffi-rules.h, the project's test program.
 */
#ifndef LIBVM_FFI_CHECK_H
#define LIBVM_FFI_CHECK_H

#include <glib.h>
#include <stdbool.h>

#include "lib/progress.h"
#include "libvm/conf.h"

/*
 * Builds the module of @conf in the image's user land and checks all that
 * its [ffi] names. Returns the verdicts (struct ffi_verdict); *@ret_status is 0,
 * LAB_ERROR_TEST when a check failed, or LAB_ERROR_BUILD. NULL with an error when nothing
 * was found out.
 */
GPtrArray *ffi_check_project(const struct conf *conf, const struct progress *progress, int *ret_status,
			     GError **error);

/*
 * Checks each of @files (objects or modules) by the rules that need to know
 * nothing of a project. @headers (may be NULL) are those of the kernel that they
 * are for; without it a module's own are looked for on the host.
 */
GPtrArray *ffi_check_files(char *const *files, const char *headers, int *ret_status, GError **error);

#endif /* LIBVM_FFI_CHECK_H */
