/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * One VM's life. Its state lies in conf->state_dir:
 *	vm.json		what it was made with: image id, sizes, keys, provisioned or not
 *	run.json	what is running: pid and start time, ports, accelerator, share
 *	disk.qcow2 provisioned.qcow2 clone.qcow2 scratch.img	libvm/disk.h
 *	seed.iso id_ed25519 id_ed25519.pub known_hosts ssh_config
 *	console.log	the serial console since the last start
 * and its sockets in conf->runtime_dir: qmp, agent.0 … agent.3, console.
 */
#ifndef LIBVM_VM_H
#define LIBVM_VM_H

#include <glib.h>
#include <stdbool.h>

#include "lib/progress.h"
#include "libvm/conf.h"
#include "libvm/image.h"
#include "libvm/probe.h"

enum vm_phase {
	VM_ABSENT,		/* never set up */
	VM_STOPPED,
	VM_BOOTING,		/* QEMU runs, no agent or SSH answer yet */
	VM_READY,
	VM_PAUSED,		/* QMP says so; see status.detail */
	VM_PANICKED,
	VM_UNREACHABLE,		/* a process is there, QMP does not answer */
};

struct vm_status {
	enum vm_phase phase;
	char *detail;		/* QMP's status word or a reason ("io-error: host disk full?") */
	int pid;
	double uptime_s;	/* of QEMU */
	guint ssh_port, vnc_port, monitor_port;	/* 0 = not open */
	char *accel;
	char *image;		/* name */
	bool provisioned;
	bool headless;
	bool from_template;
	bool made_ready;	/* by vm_wait_ready() or as a clone: its source is mounted, its clock set */
};

struct vm_start {
	bool headless;
	bool no_wait;		/* return once QEMU runs, not when the guest is ready */
	guint boot_timeout_s;	/* 0 = conf's, or by accelerator */
	bool provisioning;	/* first boot: with the seed, without the share */
	bool from_template;	/* no boot: a copy of the template, gone when it stops */
};

/*
 * Makes the VM of @conf on @image: keys, seed, overlay. Fails when there is a
 * provisioned one, or one that runs.
 */
bool vm_create(const struct conf *conf, const struct image *image, GError **error);

/* First boot with cloud-init; ends with the VM stopped and its disk kept for reset. */
bool vm_provision(const struct conf *conf, const struct probe *probe,
		  const struct progress *progress, GError **error);

/*
 * Waits until the VM that runs is ready: its agent (or SSH) answers, its own
 * start-up has ended, the clock is set, the share mounted. Ends at once with
 * what the console tells when the guest will not come up.
 */
bool vm_wait_ready(const struct conf *conf, const struct vm_start *start,
		   const struct progress *progress, GError **error);

/* Image, create, provision: all that is still missing. */
bool vm_setup(const struct conf *conf, const struct probe *probe,
	      const struct progress *progress, GError **error);

/*
 * Starts it; it outlives this process. Fails with the holder of a busy port. What
 * keeps it from starting from its template is told in a note, and it is booted.
 */
bool vm_start(const struct conf *conf, const struct probe *probe,
	      const struct vm_start *start, const struct progress *progress, GError **error);

/*
 * ACPI shutdown (not with @force, nor of a copy of the template), then QMP quit,
 * then SIGTERM, SIGKILL, each with its limit.
 */
bool vm_stop(const struct conf *conf, bool force, const struct progress *progress,
	     GError **error);

/* Back to the provisioned state. Stops it first. */
bool vm_reset(const struct conf *conf, const struct progress *progress, GError **error);

/* Removes the VM's state. Stops it first. */
bool vm_remove(const struct conf *conf, const struct progress *progress, GError **error);

/*
 * What it does now, as far as QEMU tells. LAB_ERROR_LAB: its state on the disk is damaged;
 * that there is no VM, or that nobody answers, is a phase.
 */
bool vm_status(const struct conf *conf, struct vm_status *ret, GError **error);
void vm_status_clear(struct vm_status *status);
const char *vm_phase_name(enum vm_phase phase);	/* "ready" … */

#endif /* LIBVM_VM_H */
