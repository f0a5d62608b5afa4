/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef LIB_PATH_H
#define LIB_PATH_H

/*
 * Pure: what of @path lies below the folder @dir, "" for @dir itself; NULL when it
 * is not below it. Neither ends in a slash, and neither is resolved.
 */
const char *path_below(const char *dir, const char *path);

#endif /* LIB_PATH_H */
