/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Changes of a source tree, as they are saved: inotify(7) on every folder that
 * holds a file of it (libvm/tree.h), and on folders that come later.
 */
#ifndef LIBVM_WATCH_H
#define LIBVM_WATCH_H

#include <glib.h>
#include <stdbool.h>

struct watch;

/* LAB_ERROR_LAB, with the setting to raise, when the user has too many watches. */
struct watch *watch_new(const char *dir, GError **error);
void watch_free(struct watch *watch);
typedef struct watch watch_owner;
G_DEFINE_AUTOPTR_CLEANUP_FUNC(watch_owner, watch_free)

/* For poll(2). */
int watch_fd(const struct watch *watch);

/*
 * Waits until nothing has changed for @quiet_ms, but no longer than ten times
 * that, and returns what has changed since the last call: sorted paths relative
 * to the tree, without what git ignores and watch_is_product(). May be empty.
 * Does not wait when nothing has happened.
 */
GPtrArray *watch_take(struct watch *watch, guint quiet_ms);

/* Pure: whether editors or kbuild make files or folders of this name. */
bool watch_is_product(const char *name);

#endif /* LIBVM_WATCH_H */
