/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The state of a VM's devices as a file. The memory is not in it: it stays in
 * the file that the VM was given (PLAN_MEMORY_SAVED), which QEMU leaves out as
 * "shared" (its migration capability x-ignore-shared).
 */
#ifndef LIBVM_SNAPSHOT_H
#define LIBVM_SNAPSHOT_H

#include <glib.h>
#include <stdbool.h>

#include "libvm/qmp.h"

/* Stops the guest for good and writes the state to @path. */
bool snapshot_save(struct qmp *qmp, const char *path, gint64 deadline, GError **error);

/* Into a QEMU that waits for it (PLAN_MEMORY_COPY): the guest runs on. */
bool snapshot_load(struct qmp *qmp, const char *path, gint64 deadline, GError **error);

#endif /* LIBVM_SNAPSHOT_H */
