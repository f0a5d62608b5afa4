/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A clone's scratch disk that gives errors: QEMU has it from here, by NBD (libvm/nbd.h),
 * so that each request of the guest is seen and counted before it is answered. QEMU's own
 * blkdebug cannot count the requests to a place, nor cut one off.
 */
#ifndef LIBVM_INJECT_DISK_H
#define LIBVM_INJECT_DISK_H

#include "libvm/inject.h"

struct inject_disk;

/*
 * Serves the file @image at the socket @path, which is made, until inject_disk_free();
 * without a rule it is a disk like any other. LAB_ERROR_LAB.
 */
struct inject_disk *inject_disk_new(const char *image, const char *path, GError **error);
void inject_disk_free(struct inject_disk *disk);

/* From now on, by @rule, which counts from here; NULL: no more errors. */
void inject_disk_arm(struct inject_disk *disk, const struct inject_rule *rule);

/* What came since inject_disk_arm(). */
struct inject_count {
	guint64 requests;	/* that the rule counts */
	guint64 injected;	/* of them were given the error */
};

struct inject_count inject_disk_count(struct inject_disk *disk);

#endif /* LIBVM_INJECT_DISK_H */
