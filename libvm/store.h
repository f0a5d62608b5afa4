/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The cache that all of a user's projects share:
 *	images/ID/	one image: image.json, its disk, kernel, sysroot
 *	images/tmp-*	one being made; what a killed vexvm left of it is
 *			removed by the next that makes one
 *	names/NAME	a symbolic link to ../images/ID
 *	lock		held while an image is made
 */
#ifndef LIBVM_STORE_H
#define LIBVM_STORE_H

#include <glib.h>
#include <stdbool.h>

#include "lib/lock.h"
#include "lib/progress.h"
#include "libvm/image.h"

/* Takes the lock, waiting for its holder, and removes what was left behind. */
struct lock *store_lock(const struct conf *conf, const char *purpose,
			const struct progress *progress, GError **error);

/* A new folder below images/ on which the caller works; needs the lock. */
char *store_work_dir(const struct conf *conf, GError **error);

/*
 * Turns @work into the image @image->id, whose name is @image->name; writes
 * image.json. Paths in @image are relative to @work. With the lock.
 */
bool store_commit(const struct conf *conf, const char *work, const struct image *image,
		  GError **error);

/* By name or ID; NULL without an error when the cache does not have it. */
struct image *store_find(const struct conf *conf, const char *name_or_id, GError **error);

/* Whether @name is a file that has changed since an image was made of it. */
bool store_outdated(const struct conf *conf, const char *name);

/* struct image of all that the cache has. */
GPtrArray *store_list(const struct conf *conf, GError **error);
/* Removes one; LAB_ERROR_USAGE when there is none. */
bool store_remove(const struct conf *conf, const char *name_or_id, GError **error);

/*
 * Removes all images, and nothing else that lies in the cache's folder; waits
 * for one that is being made. store_size() is the bytes that this would free.
 */
bool store_clear(const struct conf *conf, const struct progress *progress, GError **error);
guint64 store_size(const struct conf *conf);

/* Removes a tree, whoever in a user namespace of ours owns its files. */
bool store_remove_tree(const char *path, GError **error);

/* LAB_ERROR_LAB unless @bytes are free below @dir: "… needs 6.0 GiB, 2.1 GiB are free". */
bool store_check_room(const char *dir, guint64 bytes, const char *what, GError **error);

#endif /* LIBVM_STORE_H */
