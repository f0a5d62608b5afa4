// SPDX-License-Identifier: GPL-2.0-only
#include "tests/lib/agent.h"

#include <sys/socket.h>
#include <sys/wait.h>

#include "lib/fd.h"
#include "lib/folder.h"

#define LIMIT (60 * G_USEC_PER_SEC)

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

void agentbox_set_up(struct agentbox *box, gconstpointer data)
{
	g_autoptr(GError) error = NULL;

	served_init(&box->served);
	box->agent = agent_new(fd_steal(&box->served.fd), g_get_monotonic_time() + LIMIT, &error);
	g_assert_no_error(error);
	box->dir = g_dir_make_tmp("vexvm-test-XXXXXX", &error);
	g_assert_no_error(error);
}

void agentbox_tear_down(struct agentbox *box, gconstpointer data)
{
	agent_free(box->agent);
	served_clear(&box->served);
	g_assert_true(folder_remove(box->dir, NULL));
	g_free(box->dir);
}

char *agentbox_path(const struct agentbox *box, const char *name)
{
	return g_build_filename(box->dir, name, NULL);
}

void agentbox_run(struct agentbox *box, const char *script, guint timeout_s,
		 struct guest_result *ret)
{
	const char *const argv[] = { "sh", "-c", script, NULL };
	const struct guest_exec exec = { .argv = argv, .timeout_s = timeout_s, .watch_fd = -1 };
	g_autoptr(GError) error = NULL;

	agent_exec(box->agent, &exec, ret, &error);
	g_assert_no_error(error);
}

void agentbox_check(struct agentbox *box, const char *script, int status, const char *out)
{
	auto_result r = { 0 };

	agentbox_run(box, script, 60, &r);
	g_assert_cmpstr(r.out->str, ==, out);
	g_assert_cmpint(r.status, ==, status);
	g_assert_cmpint(r.signal, ==, 0);
	g_assert_false(r.timed_out);
}
