/* SPDX-License-Identifier: GPL-2.0-only */
/* A log, from a descriptor, to the detectors. */
#ifndef LIBVM_LOG_READ_H
#define LIBVM_LOG_READ_H

#include <glib.h>
#include <stdbool.h>

#include "libvm/oops.h"

/*
 * Feeds what @fd has until its end: lines as log-line.h knows them, or the records of a
 * run's kmsg.jsonl, as they are or packed (log-source.h); of a line beyond LOG_LINE_MAX
 * the rest is passed over. LAB_ERROR_USAGE when it cannot be read, is empty, or is no text
 * and nothing of a kernel's is in it.
 */
bool log_read(struct oops *oops, int fd, const char *name, GError **error);

#endif /* LIBVM_LOG_READ_H */
