/* SPDX-License-Identifier: GPL-2.0-only */
/* A log's bytes, from a descriptor: as they are, or out of gzip, xz or zstd. */
#ifndef LIBVM_LOG_SOURCE_H
#define LIBVM_LOG_SOURCE_H

#include <glib.h>
#include <stdbool.h>

struct log_source;

/* Reads the first of @fd, which stays the caller's. LAB_ERROR_USAGE when that fails. */
struct log_source *log_source_new(int fd, const char *name, GError **error);
void log_source_free(struct log_source *source);
typedef struct log_source log_source_owner;
G_DEFINE_AUTOPTR_CLEANUP_FUNC(log_source_owner, log_source_free)

/*
 * The next bytes, which are the source's until the next call; *@ret_size is 0 at the
 * end. LAB_ERROR_USAGE when they cannot be read or unpacked.
 */
bool log_source_next(struct log_source *source, const char **ret_bytes, gsize *ret_size, GError **error);

/*
 * Whether what came so far is text, by a sample of it: few NUL bytes and other control
 * characters. Nothing at all is none.
 */
bool log_source_is_text(const struct log_source *source);

#endif /* LIBVM_LOG_SOURCE_H */
