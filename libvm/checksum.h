/* SPDX-License-Identifier: GPL-2.0-only */
/* Whether a file is the one that its publisher meant. */
#ifndef LIBVM_CHECKSUM_H
#define LIBVM_CHECKSUM_H

#include <glib.h>
#include <stdbool.h>

#include "lib/progress.h"

/* SHA-256 of the file at @path as 64 hex digits, or NULL. */
char *checksum_file(const char *path, const struct progress *progress, GError **error);

/*
 * Pure: the sum that @sums (the text of a SHA256SUMS file as sha256sum(1)
 * writes it) has for @name; NULL when it has none or it is malformed.
 */
char *checksum_find(const char *sums, const char *name);

/*
 * Whether @signature is @keyring's signature of the file @path, by gpgv.
 * LAB_ERROR_LAB when it is not.
 */
bool checksum_verify_signature(const char *path, const char *signature, const char *keyring,
			       GError **error);

#endif /* LIBVM_CHECKSUM_H */
