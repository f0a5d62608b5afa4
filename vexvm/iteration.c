// SPDX-License-Identifier: GPL-2.0-only
#include "vexvm/iteration.h"

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

#define RESULT_MAX (256 * 1024 * 1024)	/* bytes */
#define SAID_MAX 4096			/* bytes of a line */
#define CANCEL_LIMIT_S 10

void iteration_init(struct iteration *it)
{
	*it = (struct iteration){ .out = -1, .err = -1, .result = g_string_new(NULL),
				  .said = g_string_new(NULL) };
}

void iteration_clear(struct iteration *it)
{
	iteration_cancel(it);
	g_string_free(it->result, TRUE);
	g_string_free(it->said, TRUE);
}

static void enter_child(gpointer data)
{
	/* A group of its own: Ctrl-C is for who watches. */
	setpgid(0, 0);
	prctl(PR_SET_PDEATHSIG, SIGTERM);
}

bool iteration_start(struct iteration *it, const char *const *words, GError **error)
{
	g_autoptr(GPtrArray) argv = g_ptr_array_new();
	g_autoptr(GError) cause = NULL;

	g_ptr_array_add(argv, (gpointer)"/proc/self/exe");
	for (; *words; words++)
		g_ptr_array_add(argv, (gpointer)*words);
	g_ptr_array_add(argv, NULL);
	g_string_truncate(it->result, 0);
	g_string_truncate(it->said, 0);
	it->began = g_get_monotonic_time();
	if (!g_spawn_async_with_pipes(NULL, (char **)argv->pdata, NULL, G_SPAWN_DO_NOT_REAP_CHILD,
				      enter_child, NULL, &it->pid, NULL, &it->out, &it->err, &cause))
		return fault_set(error, LAB_ERROR_LAB, "cannot start the test: %s", cause->message);
	fcntl(it->out, F_SETFL, O_NONBLOCK);
	fcntl(it->err, F_SETFL, O_NONBLOCK);
	fcntl(it->out, F_SETFD, FD_CLOEXEC);
	fcntl(it->err, F_SETFD, FD_CLOEXEC);
	return true;
}

/* As read(2); closes *@fd at its end. */
static ssize_t read_some(int *fd, char *buffer, size_t size)
{
	ssize_t n = *fd >= 0 ? read(*fd, buffer, size) : -1;

	if (*fd >= 0 && (n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR)))
		fd_close(fd);
	return n;
}

/* Appends @size bytes to @text, of which at most @max are kept. */
static void keep(GString *text, const char *bytes, gsize size, gsize max)
{
	g_string_append_len(text, bytes, (gssize)MIN(size, max - MIN(text->len, max)));
}

static void end_line(struct iteration *it, void (*line)(void *data, const char *text), void *data)
{
	g_autofree char *text = g_utf8_make_valid(it->said->str, (gssize)it->said->len);

	g_string_truncate(it->said, 0);
	line(data, text);
}

bool iteration_take(struct iteration *it, void (*line)(void *data, const char *text), void *data)
{
	char buffer[16384];
	ssize_t n;

	while ((n = read_some(&it->out, buffer, sizeof(buffer))) > 0)
		keep(it->result, buffer, (gsize)n, RESULT_MAX);
	while ((n = read_some(&it->err, buffer, sizeof(buffer))) > 0) {
		const char *at = buffer, *end;

		for (; (end = memchr(at, '\n', (gsize)(buffer + n - at))); at = end + 1) {
			keep(it->said, at, (gsize)(end - at), SAID_MAX);
			end_line(it, line, data);
		}
		keep(it->said, at, (gsize)(buffer + n - at), SAID_MAX);
	}
	return it->out < 0 && it->err < 0;
}

static int bury(struct iteration *it)
{
	int status = 0;

	while (it->pid && waitpid(it->pid, &status, 0) < 0 && errno == EINTR)
		;
	it->pid = 0;
	return status;
}

JsonNode *iteration_end(struct iteration *it, int *ret_status)
{
	int status = bury(it);

	*ret_status = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
	return it->result->len ? json_from_string(it->result->str, NULL) : NULL;
}

void iteration_cancel(struct iteration *it)
{
	auto_fd process = it->pid ? pidfd_open(it->pid, 0) : -1;

	if (it->pid) {
		kill(it->pid, SIGTERM);
		if (process < 0 || fd_wait(process, POLLIN, clock_in(CANCEL_LIMIT_S)) <= 0)
			kill(it->pid, SIGKILL);
		bury(it);
	}
	fd_close(&it->out);
	fd_close(&it->err);
}
