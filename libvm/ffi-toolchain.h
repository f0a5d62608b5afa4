/* SPDX-License-Identifier: GPL-2.0-only */
/* What the user land that builds a module has for the foreign code in it: libvm/toolchain.sh's words. */
#ifndef LIBVM_FFI_TOOLCHAIN_H
#define LIBVM_FFI_TOOLCHAIN_H

#include "libvm/ffi-verdict.h"
#include "libvm/sandbox.h"

/*
 * Runs it in @sandbox for the kernel @release and judges it. LAB_ERROR_LAB, with its
 * last words, when it does not run to its end.
 */
bool ffi_toolchain_check(const struct sandbox *sandbox, const char *release, struct ffi_verdict *compiler,
			 struct ffi_verdict *headers, GError **error);

/*
 * Pure: @text, lines "WORD TEXT" with the words rustc, source, linker for @compiler,
 * headers and objtool for @headers. The compiler builds its own core, so the
 * source has to be of its version.
 */
void ffi_toolchain_judge(const char *text, struct ffi_verdict *compiler, struct ffi_verdict *headers);

#endif /* LIBVM_FFI_TOOLCHAIN_H */
