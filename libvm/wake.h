/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * From a QEMU that was started on a copy of a template (PLAN_MEMORY_COPY) and
 * waits for the state to it, to a guest that runs on where the template stood.
 */
#ifndef LIBVM_WAKE_H
#define LIBVM_WAKE_H

#include <glib.h>
#include <stdbool.h>

#include "lib/progress.h"
#include "libvm/guest.h"
#include "libvm/launch.h"
#include "libvm/template.h"

/*
 * Lays out conf's folders for such a QEMU: its root disk @disk is the template's
 * overlay, @scratch is empty (names of files in conf->state_dir).
 */
bool wake_lay_out(const struct conf *conf, const struct template *t, const char *disk,
		  const char *scratch, GError **error);

/* Loads the state and lets the guest run. */
bool wake_run(struct launch *launch, const struct template *t, GError **error);

/*
 * The way into a guest that runs again, or NULL: sets the clock, seeds the random
 * numbers, mounts the source (unless conf says no) and the PLAN_FILES.
 * *@ret_mounted: whether the latter are mounted at STAGE_FILES.
 */
struct guest *wake_enter(const struct conf *conf, bool *ret_mounted, const struct progress *progress,
			 GError **error);

#endif /* LIBVM_WAKE_H */
