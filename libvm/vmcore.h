/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A guest's memory and registers in a file, as QEMU writes them: "kdump" is small, and
 * crash(8) reads it; "elf" is read by gdb and drgn too (docs/dev/crash.md). VMCORE_FILE
 * in a run's folder is of a kernel that panicked or hung in it; VMCORE_ABOUT beside
 * it says of which.
 */
#ifndef LIBVM_VMCORE_H
#define LIBVM_VMCORE_H

#include <glib.h>
#include <json-glib/json-glib.h>
#include <stdbool.h>

#include "libvm/conf.h"
#include "libvm/qmp.h"

#define VMCORE_FILE "vmcore"
#define VMCORE_ABOUT "vmcore.json"

struct vmcore {
	const char *format;	/* "kdump" or "elf" */
	guint64 bytes;		/* of disk */
	double seconds;
};

/*
 * Writes the memory of the guest to @path, which must not be there, as @conf wants it;
 * a guest that runs stands still meanwhile. Only where the host's disk has room for
 * the worst, a GiB more. On failure nothing is left. LAB_ERROR_LAB;
 * LAB_ERROR_TIMEOUT at @deadline, where QEMU may go on writing until it is ended.
 */
bool vmcore_dump(const struct conf *conf, struct qmp *qmp, const char *path, gint64 deadline,
		 struct vmcore *ret, GError **error);

/*
 * Removes the oldest of those in the runs of @conf's VM until there are no more than
 * conf->crash_keep, of conf->crash_total_mib together. VMCORE_ABOUT stays.
 */
void vmcore_prune(const struct conf *conf);

#endif /* LIBVM_VMCORE_H */
