/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a kernel's configuration asks of code that is loaded into it, from
 * include/config/auto.conf of its headers: lines CONFIG_NAME=y. The names are
 * those of 6.1, and those that some have since 6.9 (CONFIG_MITIGATION_…).
 */
#ifndef LIBVM_FFI_KERNEL_H
#define LIBVM_FFI_KERNEL_H

#include <glib.h>
#include <stdbool.h>

struct ffi_kernel {
	bool rethunk;		/* functions return by __x86_return_thunk */
	bool retpoline;		/* indirect branches go by __x86_indirect_thunk_REGISTER */
	bool sls;		/* int3 behind what does not go on */
	bool ibt;		/* endbr64 where indirect branches lead */
	bool stack_protector;
	bool orc;		/* frames are told from .orc_unwind */
	bool whole;		/* objtool looks at the linked module and not at its objects */
	bool constructors;	/* .init_array of modules is run */
};

/* Pure. */
void ffi_kernel_parse(const char *text, struct ffi_kernel *ret);

/* Reads @headers/include/config/auto.conf; LAB_ERROR_USAGE when that cannot be. */
bool ffi_kernel_read(const char *headers, struct ffi_kernel *ret, GError **error);

#endif /* LIBVM_FFI_KERNEL_H */
