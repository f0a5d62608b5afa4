/* SPDX-License-Identifier: GPL-2.0-only */
/* Showing a growing file as it grows, as long as a process lives. */
#ifndef VEXVM_FOLLOW_H
#define VEXVM_FOLLOW_H

#include <glib.h>
#include <stdbool.h>
#include <sys/types.h>

/*
 * Prints the whole lines of @path from byte @offset on, and those that are
 * added until process @pid has ended or the user interrupts (interrupt_fd()).
 * With @pid 0, or of a process that is gone, it ends at the end of the file. A
 * file that shrinks is read from its beginning.
 */
bool follow_file(const char *path, off_t offset, int pid, GError **error);

#endif /* VEXVM_FOLLOW_H */
