// SPDX-License-Identifier: GPL-2.0-only
#include "tests/lib/cli.h"

#include <errno.h>
#include <glib/gstdio.h>
#include <poll.h>
#include <pty.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lib/clock.h"
#include "lib/fd.h"
#include "lib/folder.h"

char *cli_source(const char *name)
{
	g_autofree char *cwd = g_get_current_dir();

	return g_build_filename(cwd, name, NULL);
}

void box_setenv(struct box *box, const char *name, const char *value)
{
	box->env = value ? g_environ_setenv(box->env, name, value, TRUE) :
			   g_environ_unsetenv(box->env, name);
}

static void box_folder(struct box *box, const char *variable, const char *name)
{
	g_autofree char *path = g_build_filename(box->dir, name, NULL);

	g_assert_cmpint(g_mkdir(path, 0700), ==, 0);
	box_setenv(box, variable, path);
}

void box_init(struct box *box)
{
	static const char *const gone[] = { "VEXVM_CACHE", "VEXVM_AGENT", "NO_COLOR", "DISPLAY",
					    "WAYLAND_DISPLAY", "XDG_CONFIG_HOME", "COLUMNS" };
	g_autofree char *path = NULL, *bin = NULL;
	g_autoptr(GError) error = NULL;

	box->dir = g_dir_make_tmp("vexvm-cli-XXXXXX", &error);
	g_assert_no_error(error);
	box->project = g_build_filename(box->dir, "a project", NULL);
	box->env = g_get_environ();
	for (guint i = 0; i < G_N_ELEMENTS(gone); i++)
		box_setenv(box, gone[i], NULL);
	box_folder(box, "HOME", "home");
	box_folder(box, "XDG_CACHE_HOME", "cache");
	box_folder(box, "XDG_RUNTIME_DIR", "run");
	bin = g_build_filename(box->dir, "bin", NULL);
	path = g_strconcat(bin, ":", g_getenv("PATH"), NULL);
	g_assert_cmpint(g_mkdir(bin, 0755), ==, 0);
	box_setenv(box, "PATH", path);
	box_setenv(box, "TERM", "xterm");
	box_write(box, "vexvm.conf", "");
}

void box_clear(struct box *box)
{
	g_autoptr(GError) error = NULL;

	if (!box->dir)
		return;
	folder_remove(box->dir, &error);
	g_assert_no_error(error);
	g_free(box->dir);
	g_free(box->project);
	g_strfreev(box->env);
	*box = (struct box){ .dir = NULL };
}

void box_write(const struct box *box, const char *name, const char *text)
{
	g_autofree char *path = g_build_filename(box->project, name, NULL);
	g_autofree char *folder = g_path_get_dirname(path);
	g_autoptr(GError) error = NULL;

	g_assert_cmpint(g_mkdir_with_parents(folder, 0755), ==, 0);
	g_file_set_contents(path, text, -1, &error);
	g_assert_no_error(error);
}

void box_fake(const struct box *box, const char *name, const char *script)
{
	g_autofree char *path = g_build_filename(box->dir, "bin", name, NULL);
	g_autofree char *text = g_strconcat("#!/bin/sh\n", script, "\n", NULL);
	g_autoptr(GError) error = NULL;

	g_file_set_contents_full(path, text, -1, G_FILE_SET_CONTENTS_CONSISTENT, 0755, &error);
	g_assert_no_error(error);
}

void cli_result_clear(struct cli_result *result)
{
	g_clear_pointer(&result->out, g_free);
	g_clear_pointer(&result->err, g_free);
}

/* Reads @fds to their end into @texts; false at the limit. */
static bool read_all(int *fds, GString **texts, guint n)
{
	gint64 deadline = clock_in(CLI_LIMIT_S);
	struct pollfd p[2];
	guint open_ends = n;

	for (guint i = 0; i < n; i++)
		p[i] = (struct pollfd){ .fd = fds[i], .events = POLLIN };
	while (open_ends) {
		gint64 left = (deadline - g_get_monotonic_time()) / 1000;

		if (left <= 0)
			return false;
		if (poll(p, n, (int)left) <= 0)
			continue;
		for (guint i = 0; i < n; i++) {
			char buffer[4096];
			ssize_t size = p[i].revents ? read(p[i].fd, buffer, sizeof(buffer)) : -1;

			if (size > 0) {
				g_string_append_len(texts[i], buffer, size);
			} else if (p[i].revents) {
				/* End of file, or EIO of a terminal that nobody holds. */
				p[i].fd = -1;
				open_ends--;
			}
		}
	}
	return true;
}

static void finish(pid_t pid, int *fds, guint n, struct cli_result *ret)
{
	GString *texts[2] = { g_string_new(NULL), g_string_new(NULL) };
	bool ended = read_all(fds, texts, n);
	int status;

	if (!ended)
		kill(pid, SIGKILL);
	while (waitpid(pid, &status, 0) < 0)
		g_assert_cmpint(errno, ==, EINTR);
	ret->status = WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
	ret->out = g_string_free(texts[0], FALSE);
	ret->err = g_string_free(texts[1], FALSE);
	if (!ended)
		g_test_message("it did not end in time; stdout:\n%s\nstderr:\n%s", ret->out, ret->err);
	g_assert_true(ended);
}

static char *program(const char *name)
{
	return g_str_equal(name, "vexvm") ? cli_source("build/vexvm") : g_strdup(name);
}

void cli_run(const struct box *box, const char *cwd, const char *input,
	     const char *const *argv, struct cli_result *ret)
{
	g_autofree char *folder = g_build_filename(box->project, cwd, NULL);
	g_auto(GStrv) words = g_strdupv((char **)argv);
	g_autoptr(GError) error = NULL;
	auto_fd in = -1, out = -1, err = -1;
	GPid pid;

	g_free(words[0]);
	words[0] = program(argv[0]);
	g_spawn_async_with_pipes(folder, words, box->env,
				 G_SPAWN_DO_NOT_REAP_CHILD | G_SPAWN_SEARCH_PATH_FROM_ENVP,
				 NULL, NULL, &pid, &in, &out, &err, &error);
	g_assert_no_error(error);
	if (input)
		fd_write_all(in, input, strlen(input));
	fd_close(&in);
	finish(pid, (int[]){ out, err }, 2, ret);
}

void cli_type(const struct box *box, const char *line, struct cli_result *ret)
{
	g_auto(GStrv) words = NULL;
	g_autoptr(GError) error = NULL;

	g_shell_parse_argv(line, NULL, &words, &error);
	g_assert_no_error(error);
	cli_run(box, "", NULL, (const char *const *)words, ret);
}

void cli_type_tty(const struct box *box, const char *line, struct cli_result *ret)
{
	const struct winsize size = { .ws_row = 24, .ws_col = 80 };
	g_autofree char *path = cli_source("build/vexvm");
	g_auto(GStrv) words = NULL;
	auto_fd terminal = -1;
	pid_t pid;

	g_assert_true(g_shell_parse_argv(line, NULL, &words, NULL));
	g_assert_cmpstr(words[0], ==, "vexvm");
	pid = forkpty(&terminal, NULL, NULL, &size);
	g_assert_cmpint(pid, >=, 0);
	if (pid == 0) {
		if (chdir(box->project) == 0)
			execve(path, words, box->env);
		_exit(127);
	}
	finish(pid, &terminal, 1, ret);
}

static bool shows(const char *text, const char *regex)
{
	if (!regex)
		return !*text;
	return g_regex_match_simple(regex, text, G_REGEX_MULTILINE, 0);
}

void cli_expect(const struct cli_result *result, int status, const char *out, const char *err)
{
	if (result->status == status && shows(result->out, out) && shows(result->err, err))
		return;
	g_test_message("exit status %d (%d expected); stdout (must show %s):\n%s\nstderr (must show %s):\n%s",
		       result->status, status, out ? out : "nothing", result->out,
		       err ? err : "nothing", result->err);
	g_test_fail();
}

void cli_check(const struct box *box, const char *line, int status, const char *out,
	       const char *err)
{
	auto_cli_result result = { 0 };

	g_test_message("%s", line);
	cli_type(box, line, &result);
	cli_expect(&result, status, out, err);
}
