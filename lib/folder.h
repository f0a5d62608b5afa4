/* SPDX-License-Identifier: GPL-2.0-only */
/* Whole folders: how much disk they take, and their removal. */
#ifndef LIB_FOLDER_H
#define LIB_FOLDER_H

#include <glib.h>
#include <stdbool.h>

/*
 * Bytes of disk that @path and all below it take (allocated blocks, so a
 * sparse image counts for what it holds); 0 when there is none. Symbolic
 * links are not followed.
 */
guint64 folder_size(const char *path);

/* Whether @path is a folder, no link, that is this user's and that no other can enter. */
bool folder_is_private(const char *path);

/*
 * Removes @path and all below it, read-only folders too; links are removed, not
 * followed, and other filesystems are not entered. True when it is gone or
 * never was; LAB_ERROR_LAB names what could not be removed.
 */
bool folder_remove(const char *path, GError **error);

#endif /* LIB_FOLDER_H */
