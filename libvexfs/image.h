/* SPDX-License-Identifier: GPL-2.0-only */
/* A VexFS image or device in user space. libc only: mkfs.vexfs runs in any guest. */
#ifndef LIBVEXFS_IMAGE_H
#define LIBVEXFS_IMAGE_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "vexfs/src/blank.h"

/* Room for "why", with what to do next; one line. */
#define IMAGE_WHY_SIZE 256

/*
 * Opens @path for writing, a regular file or a block device that nobody else
 * uses (O_EXCL: the kernel refuses a mounted one), and changes nothing that is
 * there. With @create, which is for files, a missing one is made, empty.
 * Returns the descriptor and sets *@ret_size in bytes, or returns -errno with
 * IMAGE_WHY_SIZE bytes at @why filled.
 */
int image_open(const char *path, bool create, uint64_t *ret_size, char *why);

/* Makes a regular file @size bytes long. 0 or -errno. */
int image_resize(int fd, uint64_t size);

/*
 * What lies on @fd now, as blkid knows it ("ext4", "a partition table"), into
 * 64 bytes at @what. 1 when there is something, 0 when not, -errno when it cannot be told.
 */
int image_probe(int fd, char *what);

/*
 * Writes an empty filesystem: the signatures of others and what was in the
 * slots go first, then come the root node, slot 1, and last slot 0. Each is on
 * the disk before the next is begun, so that a cut leaves no filesystem or a
 * whole one. 0 or -errno.
 */
int image_format(int fd, const struct vexfs_blank *blank);

#endif /* LIBVEXFS_IMAGE_H */
