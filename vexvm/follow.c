// SPDX-License-Identifier: GPL-2.0-only
#include "vexvm/follow.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/inotify.h>
#include <sys/pidfd.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/fault.h"
#include "lib/fd.h"
#include "vexvm/interrupt.h"
#include "vexvm/terminal.h"

/* A line longer than this is shown in parts. */
#define LINE_MAX_BYTES 65536

struct tail {
	int fd;
	off_t at;
	GString *line;		/* of which no end has been seen */
};

static void tail_take(struct tail *tail, const char *bytes, gsize size)
{
	const char *end;

	g_string_append_len(tail->line, bytes, (gssize)size);
	end = memrchr(tail->line->str, '\n', tail->line->len);
	if (!end && tail->line->len < LINE_MAX_BYTES)
		return;
	size = end ? (gsize)(end + 1 - tail->line->str) : tail->line->len;
	terminal_print_foreign(tail->line->str, size);
	g_string_erase(tail->line, 0, (gssize)size);
}

static bool tail_read(struct tail *tail)
{
	char buffer[32768];
	struct stat st;
	ssize_t n;

	if (fstat(tail->fd, &st) == 0 && st.st_size < tail->at)
		tail->at = 0;
	while ((n = pread(tail->fd, buffer, sizeof(buffer), tail->at)) > 0) {
		tail->at += n;
		tail_take(tail, buffer, (gsize)n);
	}
	return n == 0;
}

bool follow_file(const char *path, off_t offset, int pid, GError **error)
{
	g_autoptr(GString) line = g_string_new(NULL);
	auto_fd fd = open(path, O_RDONLY | O_CLOEXEC);
	auto_fd news = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
	auto_fd process = pid > 0 ? pidfd_open(pid, 0) : -1;
	struct tail tail = { .fd = fd, .at = offset, .line = line };
	struct pollfd fds[] = {
		{ .fd = process, .events = POLLIN },
		{ .fd = interrupt_fd(), .events = POLLIN },
		{ .fd = news, .events = POLLIN },
	};

	if (fd < 0 || news < 0 || inotify_add_watch(news, path, IN_MODIFY) < 0)
		return fault_set_errno(error, LAB_ERROR_LAB, errno, "cannot follow %s", path);
	while (tail_read(&tail) && process >= 0 && !fds[0].revents && !fds[1].revents) {
		char events[4096];

		/* For as long as the user wants to look: no limit. */
		if (poll(fds, G_N_ELEMENTS(fds), -1) < 0 && errno != EINTR)
			return fault_set_errno(error, LAB_ERROR_LAB, errno, "cannot wait for %s", path);
		while (read(news, events, sizeof(events)) > 0)
			;
	}
	tail_read(&tail);
	if (line->len) {
		g_string_append_c(line, '\n');
		terminal_print_foreign(line->str, line->len);
	}
	return true;
}
