/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a project says of the border between its C and its foreign code:
 *
 * The ABI table, C text with a macro call for each function that the foreign
 * side exports, at a line's start: ABI_FN(NAME, …). The macro's name has "FN" as
 * one of its parts, digits behind it do not matter. Everything else in it is for
 * the compilers. SHA-256 of the file, 16 hex digits, behind the prefix and "abi_",
 * is the name of a symbol that the foreign object defines and the C side reads,
 * so that neither can be linked to what another table made of the other.
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
	char *hash_prefix;	/* "my_core_abi_" */
	char *hash_symbol;	/* "my_core_abi_0123456789abcdef" */
};

/* Pure: the table's @text. LAB_ERROR_USAGE when it has no function. */
struct ffi_table *ffi_table_parse(const char *text, const char *prefix, GError **error);
void ffi_table_free(struct ffi_table *table);
typedef struct ffi_table ffi_table_owner;
G_DEFINE_AUTOPTR_CLEANUP_FUNC(ffi_table_owner, ffi_table_free)

/* Pure: elements are GRegex. LAB_ERROR_USAGE names the line that is none. */
GPtrArray *ffi_imports_parse(const char *text, GError **error);

/* Whether one of them fits. */
bool ffi_imports_allow(const GPtrArray *imports, const char *name);

#endif /* LIBVM_FFI_TABLE_H */
