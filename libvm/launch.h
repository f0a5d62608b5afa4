/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * One QEMU process: its sockets and logs, the share, run.json, the greeting.
 * What lay in conf->state_dir and runtime_dir under these names is replaced.
 */
#ifndef LIBVM_LAUNCH_H
#define LIBVM_LAUNCH_H

#include <glib.h>
#include <stdbool.h>

#include "lib/progress.h"
#include "libvm/plan.h"
#include "libvm/qmp.h"
#include "libvm/share.h"

struct launch {
	struct plan_input plan;	/* by the caller, but for the share */
	const struct progress *progress;
	enum launch_share {
		LAUNCH_SHARE,		/* the project, unless conf says no */
		LAUNCH_SHARE_EMPTY,	/* the devices, with nothing in them */
		LAUNCH_SHARE_NONE,	/* no devices */
	} wanted;
	bool tied;		/* it is killed when the thread that starts it ends */
	/* by launch_run() */
	struct share share;
	int qmp_fd;		/* listening */
	int log_fd;
	pid_t parent;
	GPid pid;		/* 0 = none was started */
	bool ended;		/* it has, and pid may be somebody else's number by now */
};

/* @l has nothing started then; @progress (may be NULL) is kept. launch_clear() leaves QEMU as it is. */
void launch_init(struct launch *l, const struct progress *progress);
void launch_clear(struct launch *l);

/*
 * Starts QEMU by the plan, in a session of its own, with its output in qemu.log,
 * and writes run.json. A QEMU that cannot be told of there is killed.
 */
bool launch_run(struct launch *l, GError **error);

/*
 * Waits for its first words on the QMP socket, @limit_s seconds. One that has
 * ended is an error with what it said; one that does not greet is killed.
 */
struct qmp *launch_greet(struct launch *l, guint limit_s, GError **error);

#endif /* LIBVM_LAUNCH_H */
