// SPDX-License-Identifier: GPL-2.0-only
#include "lib/program.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#include "lib/clock.h"
#include "lib/fault.h"
#include "lib/fd.h"

#define LAST_LINE_MAX 200

/* Between fork and exec: only async-signal-safe calls. */
static void enter_child(gpointer data)
{
	setpgid(0, 0);
	prctl(PR_SET_PDEATHSIG, SIGKILL);
}

/* Takes what is there; false once the other end is closed. */
static bool drain(int fd, GString *kept)
{
	char buffer[4096];
	ssize_t n;

	while ((n = read(fd, buffer, sizeof(buffer))) > 0)
		g_string_append_len(kept, buffer,
				    MIN(n, PROGRAM_OUTPUT_MAX - (gssize)kept->len));
	return n < 0 && (errno == EAGAIN || errno == EINTR);
}

/* Collects output until the program ends; false when @deadline comes first. */
static bool collect(int pidfd, int out, int err, gint64 deadline,
		    struct program_result *ret)
{
	struct pollfd fds[] = {
		{ .fd = pidfd, .events = POLLIN },
		{ .fd = out, .events = POLLIN },
		{ .fd = err, .events = POLLIN },
	};

	while (!fds[0].revents) {
		gint64 left = deadline - g_get_monotonic_time();

		if (left <= 0)
			return false;
		if (poll(fds, G_N_ELEMENTS(fds), (int)MIN(left / 1000 + 1, G_MAXINT)) < 0)
			continue;
		if (fds[1].revents && !drain(out, ret->out))
			fds[1].fd = -1;
		if (fds[2].revents && !drain(err, ret->err))
			fds[2].fd = -1;
	}
	drain(out, ret->out);
	drain(err, ret->err);
	return true;
}

static bool spawn(const char *const *argv, int pass_fd, GPid *pid, int *out, int *err,
		  GError **error)
{
	const int fds[] = { pass_fd };
	g_autoptr(GError) local = NULL;

	if (g_spawn_async_with_pipes_and_fds(NULL, argv, NULL,
					     G_SPAWN_SEARCH_PATH | G_SPAWN_DO_NOT_REAP_CHILD,
					     enter_child, NULL, -1, -1, -1, fds, fds,
					     pass_fd >= 0 ? 1 : 0, pid, NULL, out, err, &local))
		return true;
	return fault_set(error, LAB_ERROR_LAB, "cannot run %s: %s", argv[0], local->message);
}

bool program_run(const char *const *argv, int pass_fd, guint limit_ms,
		 struct program_result *ret, GError **error)
{
	gint64 deadline = g_get_monotonic_time() + (gint64)limit_ms * 1000;
	auto_fd out = -1, err = -1, pidfd = -1;
	int status = 0;
	GPid pid;

	*ret = (struct program_result){ .out = NULL };
	if (!spawn(argv, pass_fd, &pid, &out, &err, error))
		return false;
	ret->out = g_string_new(NULL);
	ret->err = g_string_new(NULL);
	fcntl(out, F_SETFL, O_NONBLOCK);
	fcntl(err, F_SETFL, O_NONBLOCK);
	pidfd = pidfd_open(pid, 0);
	ret->timed_out = pidfd < 0 || !collect(pidfd, out, err, deadline, ret);
	/* The group outlives its leader when a grandchild holds on. */
	kill(-pid, SIGKILL);
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	ret->signal = WIFSIGNALED(status) ? WTERMSIG(status) : 0;
	ret->status = WIFEXITED(status) ? WEXITSTATUS(status) : 0;
	return true;
}

void program_result_clear(struct program_result *result)
{
	if (result->out)
		g_string_free(result->out, TRUE);
	if (result->err)
		g_string_free(result->err, TRUE);
	result->out = result->err = NULL;
}

char *program_result_describe(const struct program_result *result)
{
	if (result->timed_out)
		return g_strdup("no end within its time limit");
	if (result->signal)
		return g_strdup_printf("killed by signal %d (%s)", result->signal,
				       strsignal(result->signal));
	return g_strdup_printf("exit status %d", result->status);
}

char *program_last_line(const char *text)
{
	g_auto(GStrv) lines = g_strsplit(text, "\n", -1);

	for (guint i = g_strv_length(lines); i > 0; i--) {
		char *line = g_strstrip(lines[i - 1]);

		if (*line)
			return g_strndup(line, LAST_LINE_MAX);
	}
	return g_strdup("");
}

bool program_check(const char *const *argv, guint limit_ms, char **ret_out,
		   GError **error)
{
	auto_program_result result = { .out = NULL };
	g_autofree char *how = NULL, *said = NULL;

	if (!program_run(argv, -1, limit_ms, &result, error))
		return false;
	if (!result.timed_out && !result.signal && !result.status) {
		if (ret_out)
			*ret_out = g_strdup(result.out->str);
		return true;
	}
	how = program_result_describe(&result);
	said = program_last_line(result.err->str);
	return fault_set(error, LAB_ERROR_LAB, "%s failed (%s)%s%s", argv[0], how,
			 *said ? ": " : "", said);
}

/* Hands whole lines in @text to @line and leaves the rest there. */
static void lines_take(GString *text, GString *last, void (*line)(void *data, const char *text),
		       void *data)
{
	char *end;

	while ((end = strchr(text->str, '\n'))) {
		*end = '\0';
		if (*text->str)
			g_string_assign(last, text->str);
		line(data, text->str);
		g_string_erase(text, 0, end - text->str + 1);
	}
	/* A line without an end is not kept for ever. */
	if (text->len > PROGRAM_OUTPUT_MAX)
		g_string_truncate(text, 0);
}

static bool follow(int out, gint64 deadline, GString *last,
		   void (*line)(void *data, const char *text), void *data)
{
	g_autoptr(GString) text = g_string_new(NULL);
	char buffer[4096];

	for (;;) {
		ssize_t n;

		if (fd_wait(out, POLLIN, deadline) <= 0)
			return false;
		n = read(out, buffer, sizeof(buffer));
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return n == 0;
		g_string_append_len(text, buffer, n);
		lines_take(text, last, line, data);
	}
}

static bool spawn_merged(const char *const *argv, GPid *pid, int *out, GError **error)
{
	g_autoptr(GError) local = NULL;
	int ends[2];

	if (pipe2(ends, O_CLOEXEC) < 0)
		return fault_set_errno(error, LAB_ERROR_LAB, errno, "cannot run %s", argv[0]);
	*out = ends[0];
	if (g_spawn_async_with_pipes_and_fds(NULL, argv, NULL,
					     G_SPAWN_SEARCH_PATH | G_SPAWN_DO_NOT_REAP_CHILD,
					     enter_child, NULL, -1, ends[1], ends[1], NULL, NULL, 0,
					     pid, NULL, NULL, NULL, &local)) {
		close(ends[1]);
		return true;
	}
	close(ends[1]);
	return fault_set(error, LAB_ERROR_LAB, "cannot run %s: %s", argv[0], local->message);
}

bool program_follow(const char *const *argv, guint limit_s,
		    void (*line)(void *data, const char *text), void *data, GError **error)
{
	struct program_result result = { .out = NULL };
	g_autoptr(GString) last = g_string_new(NULL);
	g_autofree char *how = NULL, *said = NULL;
	auto_fd out = -1;
	int status = 0;
	GPid pid;

	if (!spawn_merged(argv, &pid, &out, error))
		return false;
	result.timed_out = !follow(out, clock_in(limit_s), last, line, data);
	if (result.timed_out)
		kill(-pid, SIGKILL);
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	result.signal = WIFSIGNALED(status) ? WTERMSIG(status) : 0;
	result.status = WIFEXITED(status) ? WEXITSTATUS(status) : 0;
	if (!result.timed_out && !result.signal && !result.status)
		return true;
	how = program_result_describe(&result);
	said = program_last_line(last->str);
	return fault_set(error, LAB_ERROR_LAB, "%s failed (%s)%s%s", argv[0], how,
			 *said ? ": " : "", said);
}
