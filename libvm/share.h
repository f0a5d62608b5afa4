/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The source in the guest: shared live by 9p, or copied in where that fails.
 *
 * Who owns what. The guest's user has the number of the source's owner, so
 * each can write what the other made. Where root owns the source (and so runs
 * QEMU), the guest's user is 1000 and sees the tree through a mount that
 * swaps 0 and 1000; the kernel and the filesystem must support that.
 *
 * What is not shared. A QEMU of root's has a mount of its own of the tree, in
 * which CONF_STATE is empty: the guest's root could put there what the host's
 * root then runs or opens. An ordinary user has no such mount.
 */
#ifndef LIBVM_SHARE_H
#define LIBVM_SHARE_H

#include <glib.h>
#include <stdbool.h>

#include "lib/progress.h"
#include "libvm/conf.h"
#include "libvm/guest.h"
#include "libvm/plan.h"

/* The number of the guest's user for this source. */
guint share_guest_uid(const struct conf *conf);

struct share {
	enum plan_share mode;
	char *path;		/* what QEMU exports */
	char *hidden;		/* a folder in that mount that is to look empty; NULL */
	int mount_fd;		/* a mount to be put there in QEMU's own namespace; -1 */
};

/*
 * Prepares the export of conf->root. That the mount with swapped owners
 * cannot be had is noted, and a plain one made; without any the path is exported.
 */
void share_init(struct share *share, const struct conf *conf, const struct progress *progress);
/* The same devices with an empty folder in them. */
void share_init_empty(struct share *share, const struct conf *conf);
void share_clear(struct share *share);

/*
 * In QEMU's process before exec, by system calls alone: puts the mount in place;
 * the working folder is / then. False with errno.
 */
bool share_enter(const struct share *share);

/*
 * Mounts the share at CONF_MOUNT_POINT in the guest. When that fails the
 * source is copied there, with one note saying why; but not into a guest that was lost.
 */
bool share_mount(const struct conf *conf, struct guest *guest, const struct progress *progress,
		 GError **error);

/*
 * In a guest that was saved ready for it, with one command: mounts the share, if
 * @source, and the files of PLAN_FILES at @files.
 */
bool share_mount_saved(struct guest *guest, bool source, const char *files, GError **error);

/* Mounts PLAN_FILES at @files in any guest. */
bool share_mount_files(struct guest *guest, const char *files, GError **error);

/* Whether CONF_MOUNT_POINT in the guest is a live 9p mount. */
bool share_is_mounted(struct guest *guest);

/*
 * Copies the files below @dir (but .git, .vexvm, and what git ignores) to
 * @guest_dir, which is emptied first. They belong to the guest's user.
 */
bool share_copy(const char *dir, struct guest *guest, const char *guest_dir, GError **error);

#endif /* LIBVM_SHARE_H */
