/* SPDX-License-Identifier: GPL-2.0-only */
/* What the files of a VM's life share among themselves: vm*.c, provision.c. */
#ifndef LIBVM_VM_PRIVATE_H
#define LIBVM_VM_PRIVATE_H

#include <glib.h>
#include <json-glib/json-glib.h>
#include <stdbool.h>

#include "lib/lock.h"
#include "libvm/conf.h"
#include "libvm/qmp.h"

#define VM_QMP_LIMIT_S 10		/* a healthy QEMU answers at once */

/* One process at a time changes a VM's life; @purpose is shown to the next. */
struct lock *vm_lock(const struct conf *conf, const char *purpose, GError **error);

/*
 * The QEMU process of run.json when it lives, else 0. A recycled PID is told
 * apart by its start time.
 */
int vm_pid(JsonObject *run);

/* When @pid started, in clock ticks since the host's boot; 0 = there is none. */
guint64 vm_process_start(int pid);

/* Waits until @pid is gone; false at @deadline. */
bool vm_await_end(int pid, gint64 deadline);

/* QEMU's control connection. */
struct qmp *vm_qmp(const struct conf *conf, GError **error);

/* Removes run.json and the sockets of a QEMU that is gone. */
void vm_forget_run(const struct conf *conf);

/* Ends a QEMU that runs although no run.json tells of it. */
void vm_end_orphan(const struct conf *conf);

/*
 * Whether the console's last words are a panic's: for a kernel that has no pvpanic
 * driver yet, and for one that was let print its words to the end, and then stopped.
 */
bool vm_has_panicked(const struct conf *conf);

/* The last line that QEMU printed, safe to show; "it said nothing". */
char *vm_qemu_said(const struct conf *conf);

#endif /* LIBVM_VM_PRIVATE_H */
