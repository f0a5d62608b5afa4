/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Base images: a read-only disk in the shared cache, named by its content,
 * with what is known about it. VMs put overlays on it and never write to it.
 */
#ifndef LIBVM_IMAGE_H
#define LIBVM_IMAGE_H

#include <glib.h>
#include <stdbool.h>

#include "lib/progress.h"
#include "libvm/conf.h"

struct kernel;

struct image {
	char *name;		/* "debian", "ubuntu-22.04", or the URL or path asked for */
	char *id;		/* 16 hex digits that stand for the content: the first of its SHA-256,
				 * or of that of what it was made of */
	char *disk;		/* absolute path of the disk, never written to */
	char *format;		/* of disk: "raw" or "qcow2" */
	char *kernel;		/* for direct kernel boot, or NULL: boots from the disk */
	char *initrd;		/* with kernel; may be NULL */
	char *root;		/* root= for the kernel's command line, with kernel */
	char *release;		/* "Debian GNU/Linux 12 (bookworm)" where known, or NULL */
	char *kernel_release;	/* "6.1.0-48-amd64" where known, or NULL */
	char *sum;		/* SHA-256 of disk, 64 hex digits; NULL: made here */
	char *sysroot;		/* its unpacked user land for native builds, or NULL */
	guint64 virtual_size;	/* bytes */
	bool packages_included;	/* the specification's packages are already in it */
	struct kernel *built;	/* whose the kernel is, where it is not its own (libvm/kernel.h), or NULL */
};

/*
 * The image @spec ("debian", "ubuntu-22.04", an http(s)/file URL, a path) or,
 * for NULL, the default order of docs: ubuntu-22.04, and when its host cannot
 * be reached one note and debian. Made or downloaded when the cache does not
 * hold it. Safe against a second process doing the same (one works, the other
 * waits and says for whom) and against being killed at any point.
 */
struct image *image_ensure(const struct conf *conf, const char *spec,
			   const struct progress *progress, GError **error);

/* The cached image with that name or id, or NULL with an error. No network. */
struct image *image_load(const struct conf *conf, const char *name_or_id, GError **error);

/* All cached images, newest first. Elements are struct image. */
GPtrArray *image_list(const struct conf *conf, GError **error);

/*
 * Reads the whole disk and compares its SHA-256 with the published one, or for
 * an image by file or address with the one it came with. An image made here
 * has none, which is noted. LAB_ERROR_LAB, with the way out, when they differ.
 */
bool image_verify(const struct image *image, const struct progress *progress, GError **error);

/* Removes it from the cache. */
bool image_remove(const struct conf *conf, const char *name_or_id, GError **error);

void image_free(struct image *image);
void image_clear(struct image *image);	/* the caller's own storage */
typedef struct image image_owner;
G_DEFINE_AUTOPTR_CLEANUP_FUNC(image_owner, image_free)

#endif /* LIBVM_IMAGE_H */
