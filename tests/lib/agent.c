// SPDX-License-Identifier: GPL-2.0-only
#include "tests/lib/agent.h"

#include <sys/socket.h>
#include <sys/wait.h>

#include "lib/fd.h"

GPid served_start(int fd)
{
	g_autofree char *self = g_file_read_link("/proc/self/exe", NULL);
	g_autofree char *unit = g_path_get_dirname(self);
	g_autofree char *program = g_build_filename(unit, "..", "vexvm-agent", NULL);
	const char *const argv[] = { program, "--fd", "3", NULL };
	const int target = 3;
	g_autoptr(GError) error = NULL;
	GPid pid;

	g_spawn_async_with_pipes_and_fds(NULL, argv, NULL, G_SPAWN_DO_NOT_REAP_CHILD, NULL, NULL,
					 -1, -1, -1, &fd, &target, 1, &pid, NULL, NULL, NULL, &error);
	g_assert_no_error(error);
	fd_close(&fd);
	return pid;
}

void served_init(struct served *served)
{
	int ends[2];

	g_assert_cmpint(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), ==, 0);
	served->fd = ends[0];
	served->pid = served_start(ends[1]);
}

void served_clear(struct served *served)
{
	int status = -1;

	fd_close(&served->fd);
	g_assert_cmpint(waitpid(served->pid, &status, 0), ==, served->pid);
	g_assert_cmpint(status, ==, 0);
}
