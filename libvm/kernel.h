/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Kernels that were built here (libvm/kernel-build.h), which take the place of an
 * image's own. In the cache that all of a user's projects share:
 *	kernels/ID/kernel.json	what it is; written last
 *	kernels/ID/bzImage vmlinux
 *	kernels/ID/tree/	what modules are built against
 *	kernels/ID/modules/	lib/modules/RELEASE for the guest: what is built in
 *	kernels/NAME		a symbolic link to ID
 *	kernels/work/		one being built
 *	kernels/lock		held while one is built or removed
 */
#ifndef LIBVM_KERNEL_H
#define LIBVM_KERNEL_H

#include <glib.h>
#include <stdbool.h>

#include "lib/lock.h"
#include "lib/progress.h"
#include "libvm/conf.h"
#include "libvm/image.h"

#define KERNEL_DEBUG "debug"	/* the debug kernel's name */

struct kernel {
	char *name;		/* that it can be chosen by; NULL: another one has it by now */
	char *id;		/* 16 hex digits: of source, configuration and compiler */
	char *release;		/* "6.1.192-vexvm-debug" */
	char *source;		/* "linux-source-6.1 6.1.192-2" */
	char *image, *vmlinux, *tree, *modules;	/* paths */
};

void kernel_free(struct kernel *kernel);
typedef struct kernel kernel_owner;
G_DEFINE_AUTOPTR_CLEANUP_FUNC(kernel_owner, kernel_free)

/*
 * The kernel with that name or ID. NULL without an error when there is none, with
 * LAB_ERROR_LAB when it is damaged.
 */
struct kernel *kernel_find(const struct conf *conf, const char *name_or_id, GError **error);

/* The one of that release, or NULL. */
struct kernel *kernel_find_release(const struct conf *conf, const char *release);

/* All of them, those that cannot be read left out. Elements are struct kernel. */
GPtrArray *kernel_list(const struct conf *conf);

/*
 * The cached image @name_or_id with the kernel that conf->kernel names, its own for
 * NULL. LAB_ERROR_LAB, with the command that builds it, when there is no such kernel.
 */
struct image *kernel_image_load(const struct conf *conf, const char *name_or_id, GError **error);

/* The same for an @image that was found; takes it over, and frees it on failure. */
struct image *kernel_put(const struct conf *conf, struct image *image, GError **error);

/*
 * Has modprobe in @guest, which runs conf->kernel, know what is built in: puts
 * lib/modules/RELEASE there. Nothing to do for an image's own kernel.
 */
struct guest;
bool kernel_deliver(const struct conf *conf, struct guest *guest, GError **error);

/* Waits for the lock; @purpose is shown to the next. */
struct lock *kernel_lock(const struct conf *conf, const char *purpose,
			 const struct progress *progress, GError **error);

/* CACHE/kernels/NAME. To be freed. */
char *kernel_path(const struct conf *conf, const char *name);

/*
 * Turns the folder @work, whose kernel.json is written here, into the kernel @kernel->id
 * with the name @kernel->name. With the lock.
 */
bool kernel_commit(const struct conf *conf, const char *work, const struct kernel *kernel,
		   GError **error);

/* LAB_ERROR_USAGE when there is none. */
bool kernel_remove(const struct conf *conf, const char *name_or_id,
		   const struct progress *progress, GError **error);

/* All, with what an interrupted build left; kernel_size() is the bytes that frees. */
bool kernel_clear(const struct conf *conf, const struct progress *progress, GError **error);
guint64 kernel_size(const struct conf *conf);

#endif /* LIBVM_KERNEL_H */
