/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * From what is wanted to QEMU's argument vector. Pure: no file is looked at
 * and nothing is started, so everything about a VM can be tested as text.
 */
#ifndef LIBVM_PLAN_H
#define LIBVM_PLAN_H

#include <glib.h>
#include <stdbool.h>

#include "libvm/conf.h"
#include "libvm/image.h"
#include "libvm/probe.h"

/* QEMU inherits the listening QMP socket: it can be spoken to from the start. */
#define PLAN_QMP_FD 3
#define PLAN_EVENTS "events"	/* a second QMP socket in conf->runtime_dir */
#define PLAN_SERVED "scratch"	/* the socket of a scratch disk that is served */
#define PLAN_AGENT_PORTS 4	/* org.vexvm.agent.0 … 3 */
/* A folder in conf->state_dir that the guest can mount, read-only. */
#define PLAN_FILES "files"
#define PLAN_FILES_TAG "vexvm_files"
#define PLAN_AGENT_NAME "org.vexvm.agent"

enum plan_share {
	PLAN_SHARE_NONE,
	PLAN_SHARE_PASSTHROUGH,	/* QEMU is root: owners are kept as they are */
	PLAN_SHARE_AS_USER,	/* QEMU is an ordinary user: all files are that user's */
};

enum plan_memory {
	PLAN_MEMORY_OWN,	/* QEMU's own, gone with it */
	PLAN_MEMORY_SAVED,	/* the file @ram: what a template is saved with */
	PLAN_MEMORY_COPY,	/* a private copy of @ram; the VM waits for the state to it */
};

struct plan_input {
	const struct conf *conf;
	const struct probe *probe;
	const struct image *image;
	guint ssh_port, vnc_port, monitor_port;	/* 0 = none */
	bool headless;
	bool seed;		/* the first boot: with seed.iso */
	enum plan_share share;
	const char *share_path;	/* what is exported; conf->root or its mapped mount */
	enum plan_memory memory;
	const char *ram;
	/* In conf->state_dir; NULL = DISK_FILE and DISK_SCRATCH. */
	const char *disk, *scratch;
	bool served;		/* the scratch disk is had from PLAN_SERVED, and its errors reach the guest */
};

/*
 * The argument vector, argv[0] included, NULL-terminated; free with
 * g_strfreev(). LAB_ERROR_USAGE for a value that QEMU's options cannot carry
 * (control characters), and for a VNC port below 5900. Without a port for it the
 * human monitor is the socket "monitor" in conf->runtime_dir.
 */
char **plan_argv(const struct plan_input *input, GError **error);

/*
 * All that a saved state of this VM depends on: versions, image, and what of
 * the arguments the guest sees, one "key: value" a line in the order of the
 * devices. Equal texts mean that one's state fits the other; files, sockets and
 * ports of the host are not in it.
 */
char *plan_manifest(const struct plan_input *input);

/* "…/qmp", "…/console", "…/monitor" in conf->runtime_dir, "…/console.log" in state_dir. */
char *plan_runtime_path(const struct conf *conf, const char *name);
char *plan_state_path(const struct conf *conf, const char *name);

#endif /* LIBVM_PLAN_H */
