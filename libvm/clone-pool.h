/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Clones of one template that run side by side, as many as the host has memory
 * for: one too many would have it swap, and everything wait. For any number of
 * threads; a clone belongs to the one that took it.
 */
#ifndef LIBVM_CLONE_POOL_H
#define LIBVM_CLONE_POOL_H

#include <glib.h>
#include <stdbool.h>

#include "libvm/clone.h"

struct clone_pool;

/* The arguments are clone_new()'s, and are kept. */
struct clone_pool *clone_pool_new(const struct conf *conf, const struct probe *probe,
				  const struct template *t, bool outlives, bool injects);
void clone_pool_free(struct clone_pool *pool);

/* How many would fit now, at least one. */
guint clone_pool_size(const struct clone_pool *pool);

/*
 * A clone that has been started, once there is memory for it; the only one is let
 * start in any case. NULL with an error when it cannot be.
 */
struct clone *clone_pool_take(struct clone_pool *pool, GError **error);

/* The same if there is memory for one now and it can be had, else NULL. */
struct clone *clone_pool_try(struct clone_pool *pool);

/* Ends it. */
void clone_pool_give(struct clone_pool *pool, struct clone *clone);

/*
 * Pure: whether a further clone fits. Bytes: @available to programs now, @each what
 * a clone takes in the end, @held what those that run, @running, have taken so far.
 */
bool clone_pool_has_room(guint64 available, guint64 each, guint running, guint64 held);

#endif /* LIBVM_CLONE_POOL_H */
