/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A lock file that says who holds it. The kernel drops the lock when its
 * holder dies, however it dies, so nothing is ever left to be cleaned.
 */
#ifndef LIB_LOCK_H
#define LIB_LOCK_H

#include <glib.h>
#include <stdbool.h>

#include "lib/progress.h"

struct lock;

/*
 * Takes the lock at @path, whose folder is made if need be. @purpose is one
 * line others are shown: "testing vexfs". NULL with @code when another
 * process holds it ("… is held by PID 12, which is testing vexfs").
 */
struct lock *lock_try(const char *path, const char *purpose, int code, GError **error);

/* The same, but waits as long as it takes, after one note on whom for. */
struct lock *lock_wait(const char *path, const char *purpose,
		       const struct progress *progress, GError **error);

void lock_free(struct lock *lock);
typedef struct lock lock_owner;
G_DEFINE_AUTOPTR_CLEANUP_FUNC(lock_owner, lock_free)

#endif /* LIB_LOCK_H */
