/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Whether guests really run under an accelerator: a boot sector of a few
 * bytes is booted with a time limit and has to report back through QEMU's
 * isa-debug-exit device (exit status (value << 1) | 1, QEMU
 * hw/misc/debugexit.c).
 */
#ifndef LIBVM_KVM_PROBE_H
#define LIBVM_KVM_PROBE_H

#include <glib.h>
#include <stdbool.h>

#include "libvm/probe.h"

#define KVM_PROBE_LIMIT_MS 5000

/*
 * Boots the probe guest with @qemu under @accel with the host's CPU model.
 * Returns true when it ran. *@ret_reason is always set, one plain sentence
 * part such as "QEMU aborts: failed to set MSR 0x10a to 0x69".
 */
bool kvm_probe_boot(const char *qemu, enum accel accel, guint limit_ms,
		    char **ret_reason);

/*
 * Whether this user can open @device (/dev/kvm); if not, *@ret_reason says
 * why and what would change it.
 */
bool kvm_probe_device(const char *device, char **ret_reason);

/*
 * The verdict of an earlier run, in @file: JSON with key (host boot, path, size
 * and mtime of QEMU), kvm (boolean) and reason. It holds while the key does.
 * load returns false when there is none that holds for @qemu.
 */
bool kvm_probe_load(const char *file, const char *qemu, bool *ret_kvm, char **ret_reason);
bool kvm_probe_save(const char *file, const char *qemu, bool kvm, const char *reason,
		    GError **error);

#endif /* LIBVM_KVM_PROBE_H */
