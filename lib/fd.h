/* SPDX-License-Identifier: GPL-2.0-only */
/* Scope guards and small helpers for file descriptors that GLib 2.74 lacks. */
#ifndef LIB_FD_H
#define LIB_FD_H

#include <glib.h>
#include <stdbool.h>
#include <stddef.h>
#include <unistd.h>

/* Closes *@fd unless it is negative, keeps errno, leaves -1 behind. */
void fd_close(int *fd);

/* Hands the descriptor out of a scope guard. */
static inline int fd_steal(int *fd)
{
	int stolen = *fd;

	*fd = -1;
	return stolen;
}

#define auto_fd __attribute__((cleanup(fd_close))) int

/* Writes all of @size bytes, retrying on EINTR; false with errno on failure. */
bool fd_write_all(int fd, const void *data, size_t size);

/*
 * Waits until @fd is ready for @events (poll(2) bits) or the monotonic time
 * @deadline (microseconds, as g_get_monotonic_time()) has passed.
 * Returns the ready bits, 0 at the deadline, -1 with errno on failure.
 */
int fd_wait(int fd, short events, gint64 deadline);

/*
 * Connects to the stream socket @path. A path over the 107 bytes of
 * sockaddr_un is reached through /proc/self/fd of its folder.
 * Returns a close-on-exec descriptor, or -1 with errno.
 */
int fd_connect_unix(const char *path);

#endif /* LIB_FD_H */
