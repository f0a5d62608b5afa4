/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a project says of the border between its C and its foreign code:
 *
 * The ABI table, C text with a macro call for each function that the foreign
 * side exports, at a line's start: FUNCTION(…) or ABI_FN(…), with "FN" or
 * "FUNCTION" as one of the parts of the macro's name, digits behind it left out.
 * The function's name is the first word in it that begins with the prefix. One
 * between #if and #endif may be exported and need not be. Everything else in it
 * is for the compilers.
 *
 * SHA-256 of the table, and of the C header behind it if one is given, 16 hex
 * digits, behind the prefix and "abi_", is the name of a symbol that the foreign
 * object defines and the C side refers to, so that neither can be linked to what
 * another contract made of the other.
 *
 * The imports, a regular expression a line for the whole of a symbol's name that
 * the foreign object may leave undefined; "#" begins a comment.
 */
#ifndef LIBVM_FFI_TABLE_H
#define LIBVM_FFI_TABLE_H

#include <glib.h>
#include <stdbool.h>

#define FFI_TABLE_MAX (1024 * 1024)	/* bytes of either file */

struct ffi_table {
	char **functions;	/* never NULL */
	char **optional;	/* those between #if and #endif; never NULL */
	char *hash_prefix;	/* "my_core_abi_" */
	char *hash_symbol;	/* "my_core_abi_0123456789abcdef" */
};

/* Pure: of the table's @text; @header may be NULL. LAB_ERROR_USAGE when it has no function. */
struct ffi_table *ffi_table_parse(const char *text, const char *header, const char *prefix, GError **error);
void ffi_table_free(struct ffi_table *table);
typedef struct ffi_table ffi_table_owner;
G_DEFINE_AUTOPTR_CLEANUP_FUNC(ffi_table_owner, ffi_table_free)

/* Pure: elements are GRegex. LAB_ERROR_USAGE names the line that is none. */
GPtrArray *ffi_imports_parse(const char *text, GError **error);

/* Whether one of them fits. */
bool ffi_imports_allow(const GPtrArray *imports, const char *name);

#endif /* LIBVM_FFI_TABLE_H */
