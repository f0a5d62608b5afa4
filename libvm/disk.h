/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A VM's disks, in conf->state_dir:
 *	disk.qcow2		what the guest writes to: an overlay
 *	provisioned.qcow2	below it once the VM is set up; never written again
 *	scratch.img		empty, for suites to overwrite
 *	clone.qcow2 clone.img	both, while the VM runs from its template instead
 * Each appears by rename.
 */
#ifndef LIBVM_DISK_H
#define LIBVM_DISK_H

#include <stdbool.h>

#include "libvm/conf.h"
#include "libvm/image.h"

#define DISK_FILE "disk.qcow2"
#define DISK_PROVISIONED "provisioned.qcow2"
#define DISK_CLONE "clone.qcow2"
#define DISK_CLONE_SCRATCH "clone.img"
#define DISK_SCRATCH "scratch.img"
#define DISK_SCRATCH_BYTES (512ll * 1024 * 1024)

/* The first one, on the image itself, as large as conf->disk_gib or the image. */
bool disk_create(const struct conf *conf, const struct image *image, GError **error);

/* What the disk holds now becomes the provisioned state. The VM is stopped. */
bool disk_provisioned(const struct conf *conf, GError **error);

/* A new overlay on the provisioned state, and an empty scratch disk. */
bool disk_reset(const struct conf *conf, GError **error);

/* Makes an overlay @path on the qcow2 file @below, which @path refers to by that text. */
bool disk_overlay(const char *path, const char *below, GError **error);

/* The scratch disk @path: sparse, all zeros. */
bool disk_scratch(const char *path, GError **error);

#endif /* LIBVM_DISK_H */
