// SPDX-License-Identifier: GPL-2.0-only
#include "lib/fd.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>

void fd_close(int *fd)
{
	int saved = errno;

	if (*fd >= 0)
		close(*fd);
	*fd = -1;
	errno = saved;
}

bool fd_write_all(int fd, const void *data, size_t size)
{
	const char *at = data;

	while (size > 0) {
		ssize_t n = write(fd, at, size);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return false;
		at += n;
		size -= (size_t)n;
	}
	return true;
}

int fd_wait(int fd, short events, gint64 deadline)
{
	struct pollfd pfd = { .fd = fd, .events = events };

	for (;;) {
		gint64 left = deadline - g_get_monotonic_time();
		int ms = left <= 0 ? 0 : (int)MIN(left / 1000 + 1, G_MAXINT);
		int n = poll(&pfd, 1, ms);

		if (n > 0)
			return pfd.revents;
		if (n < 0 && errno != EINTR)
			return -1;
		if (n == 0 && left <= 0)
			return 0;
	}
}

int fd_connect_unix(const char *path)
{
	struct sockaddr_un addr = { .sun_family = AF_UNIX };
	g_autofree char *folder = g_path_get_dirname(path);
	g_autofree char *base = g_path_get_basename(path);
	auto_fd dir = open(folder, O_PATH | O_DIRECTORY | O_CLOEXEC);
	auto_fd fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	int length;

	if (dir < 0 || fd < 0)
		return -1;
	length = g_snprintf(addr.sun_path, sizeof(addr.sun_path),
			    "/proc/self/fd/%d/%s", dir, base);
	if (length >= (int)sizeof(addr.sun_path)) {
		errno = ENAMETOOLONG;
		return -1;
	}
	while (connect(fd, (struct sockaddr *)&addr, sizeof(addr)) < 0)
		if (errno != EINTR)
			return -1;
	return fd_steal(&fd);
}
