/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What this host can do. Nothing is believed because a file exists: KVM
 * counts only after a tiny guest really ran under it within a time limit.
 */
#ifndef LIBVM_PROBE_H
#define LIBVM_PROBE_H

#include <glib.h>
#include <stdbool.h>

#include "lib/progress.h"
#include "libvm/conf.h"

enum accel {
	ACCEL_TCG,
	ACCEL_KVM,
};
const char *accel_name(enum accel accel);	/* "tcg", "kvm": QEMU's words for -accel */

struct qemu_version {
	guint major, minor, micro;
};

struct probe {
	char *qemu;		/* path of qemu-system-x86_64 */
	struct qemu_version version;
	char *version_text;	/* first line of --version */
	char *qemu_img;
	enum accel accel;
	char *accel_reason;	/* one plain sentence, always set */
	bool display;		/* DISPLAY or WAYLAND_DISPLAY is set and QEMU has a window */
};

/*
 * What every command that runs a VM needs. Fails with LAB_ERROR_LAB, naming
 * the package, when QEMU is missing or older than PROBE_QEMU_MIN. The KVM
 * verdict is cached in conf->cache_dir per host boot (boot_id) and QEMU
 * binary (path, size, mtime).
 */
#define PROBE_QEMU_MIN_MAJOR 6
struct probe *probe_new(const struct conf *conf, const struct progress *progress,
			GError **error);
void probe_free(struct probe *probe);

/* The parts of it that doctor shows one by one. */

/*
 * Takes the version from the output of QEMU's --version ("QEMU emulator
 * version 7.2.22 (Debian 1:7.2+dfsg-7)"); a missing third number is 0.
 */
bool qemu_version_parse(const char *text, struct qemu_version *ret, GError **error);

/*
 * Whether guests run under KVM; *@ret_reason is always set. The verdict of a
 * probe guest is kept in the cache folder; @anew boots one in any case.
 */
bool probe_kvm(const struct conf *conf, const char *qemu, bool anew,
	       const struct progress *progress, char **ret_reason);

/* Whether a graphical session is there, and whether QEMU can open a window. */
bool probe_screen(void);
bool probe_window(const char *qemu);

#endif /* LIBVM_PROBE_H */
