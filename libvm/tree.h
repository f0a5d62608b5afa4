/* SPDX-License-Identifier: GPL-2.0-only */
/* A source tree as files to be copied: which belong to it, and packing them. */
#ifndef LIBVM_TREE_H
#define LIBVM_TREE_H

#include <glib.h>
#include <stdbool.h>

/*
 * Paths relative to @dir of all files and symbolic links that belong to the
 * source: what git lists (tracked, or untracked and not ignored) inside a work
 * tree, else everything but .git and .vexvm. At most TREE_FILES_MAX.
 */
#define TREE_FILES_MAX 500000
GPtrArray *tree_files(const char *dir, GError **error);

/*
 * Those of @paths (relative to @dir, NULL-terminated) that git ignores; none
 * outside a work tree, or when there are too many for one command line. To be
 * freed with g_strfreev(); never NULL.
 */
char **tree_ignored(const char *dir, char *const *paths);

/* Packs them into the tar file @archive. Files that vanish are left out. */
bool tree_archive(const char *dir, const char *archive, GError **error);

/*
 * Makes @copy hold the same files, touching only those that differ in size or
 * time, so that make in the copy stays incremental. Files that have left the
 * source leave the copy; what was built there stays.
 */
bool tree_mirror(const char *dir, const char *copy, GError **error);

#endif /* LIBVM_TREE_H */
