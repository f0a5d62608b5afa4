/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A running copy of a template: its memory and disk are the template's until
 * the guest writes to them. It ends with the process that made it, and leaves
 * nothing; what a killed one left in STATE_DIR/clones is removed by the next.
 */
#ifndef LIBVM_CLONE_H
#define LIBVM_CLONE_H

#include <glib.h>
#include <stdbool.h>

#include "lib/progress.h"
#include "libvm/guest.h"
#include "libvm/inject-disk.h"
#include "libvm/template.h"

struct clone;

/*
 * Starts QEMU on a copy of @t, and returns before it has loaded anything. The
 * caller keeps @t until clone_free(). @outlives: clone_leave() may be wanted;
 * else it ends with the thread that calls this. @injects: its scratch disk can give
 * errors; it does so while this process has the clone, left alone it has no such disk.
 */
struct clone *clone_new(const struct conf *conf, const struct probe *probe,
			const struct template *t, bool outlives, bool injects, GError **error);

/* Loads the state and lets it run. */
bool clone_run(struct clone *clone, GError **error);

/* The way into one that runs, its share mounted (libvm/wake.h), or NULL. */
struct guest *clone_enter(struct clone *clone, const struct progress *progress, GError **error);

/* @conf with the clone's own folders: for everything that acts on a VM. */
const struct conf *clone_conf(const struct clone *clone);

/* Its scratch disk, if it was made to give errors; else NULL. */
struct inject_disk *clone_disk(const struct clone *clone);

/* Whether its PLAN_FILES are mounted at STAGE_FILES. */
bool clone_is_mounted(const struct clone *clone);

/*
 * Bytes of memory that it has for itself, which is what it takes from the host's;
 * the same with its share of what it has in common with others (PSS).
 */
guint64 clone_memory(const struct clone *clone);
guint64 clone_pss(const struct clone *clone);

/* Has clone_free() leave it as it is, for vexvm --name=NAME/CLONE, until it is stopped. */
bool clone_leave(struct clone *clone, GError **error);

/*
 * Kills the QEMUs of this process that are not tied to it (@outlives) and were not
 * left on purpose. For a signal's handler: only what is allowed there.
 */
void clone_kill_untied(void);

/* Ends it and removes its folders. */
void clone_free(struct clone *clone);
typedef struct clone clone_owner;
G_DEFINE_AUTOPTR_CLEANUP_FUNC(clone_owner, clone_free)

/* Removes what killed processes left of theirs and, with @all, what was left on purpose. */
void clone_sweep(const struct conf *conf, bool all);

#endif /* LIBVM_CLONE_H */
