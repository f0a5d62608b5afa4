// SPDX-License-Identifier: GPL-2.0-only
/* Commands and files through ssh: its processes, its streams, its exit status. */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "lib/clock.h"
#include "lib/fault.h"
#include "lib/fd.h"
#include "lib/program.h"
#include "lib/text.h"
#include "libvm/ssh-private.h"

#define OUTPUT_DEFAULT (1024 * 1024)
#define BANNER_TRY_S 5		/* one connection's chance to greet */
#define FAILED 255		/* ssh's exit status for its own failures */
#define GRACE_S 60		/* for a login under emulation, beyond a command's limit */
#define TERM_S 5		/* from SIGTERM to SIGKILL */
#define COPY_LIMIT_S 1800
#define SAID_MAX 4096		/* bytes kept of what a failing copy says */

/* The first bytes of what the other side says are "SSH-" (RFC 4253, 4.2). */
static bool banner_read(int fd, gint64 deadline)
{
	char banner[4];
	gsize have = 0;

	while (have < sizeof(banner)) {
		ssize_t n = fd_wait(fd, POLLIN, deadline) > 0 ?
			    recv(fd, banner + have, sizeof(banner) - have, MSG_DONTWAIT) : 0;

		if (n < 0 && (errno == EAGAIN || errno == EINTR))
			continue;
		if (n <= 0)
			return false;
		have += (gsize)n;
	}
	return memcmp(banner, "SSH-", sizeof(banner)) == 0;
}

/* One connection: true when a banner came, false when another try may help. */
static bool banner_try(guint port, gint64 deadline)
{
	struct sockaddr_in addr = { .sin_family = AF_INET, .sin_port = htons((guint16)port),
				    .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	auto_fd fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	return fd >= 0 && connect(fd, (struct sockaddr *)&addr, sizeof(addr)) == 0 &&
	       banner_read(fd, deadline);
}

/*
 * QEMU's network accepts at once and hangs up when nobody listens in the
 * guest, and nothing tells when somebody does: so this asks again, at growing
 * intervals.
 */
bool ssh_await(guint port, gint64 deadline, GError **error)
{
	gint64 pause = 100 * G_TIME_SPAN_MILLISECOND;

	for (;;) {
		gint64 now = g_get_monotonic_time();

		if (banner_try(port, MIN(deadline, now + BANNER_TRY_S * G_USEC_PER_SEC)))
			return true;
		now = g_get_monotonic_time();
		if (now >= deadline)
			return fault_set(error, LAB_ERROR_TIMEOUT,
					 "the guest's SSH server does not answer on 127.0.0.1:%u", port);
		poll(NULL, 0, (int)(MIN(pause, deadline - now) / 1000 + 1));
		pause = MIN(pause * 2, 2 * G_USEC_PER_SEC);
	}
}

struct stream {
	int fd, number;
	GString *kept, *tail;	/* tail: the last bytes, up to SSH_FAILED_MARK's length */
};

static void tail_take(GString *tail, const char *bytes, gsize size)
{
	const gsize max = sizeof(SSH_FAILED_MARK) - 1;

	if (size >= max)
		g_string_truncate(tail, 0);
	g_string_append_len(tail, bytes + size - MIN(size, max), (gssize)MIN(size, max));
	if (tail->len > max)
		g_string_erase(tail, 0, (gssize)(tail->len - max));
}

static void stream_read(struct stream *s, const struct guest_exec *exec, struct guest_result *ret)
{
	gsize max = exec->max_output ? exec->max_output : OUTPUT_DEFAULT;
	char buf[16384];
	ssize_t n = read(s->fd, buf, sizeof(buf));
	gsize room = max - MIN(s->kept->len, max);

	if (n < 0 && errno == EINTR)
		return;
	if (n <= 0) {
		fd_close(&s->fd);
		return;
	}
	tail_take(s->tail, buf, (gsize)n);
	if (exec->sink) {
		exec->sink(exec->data, s->number, buf, (gsize)n);
		return;
	}
	ret->truncated |= (gsize)n > room;
	g_string_append_len(s->kept, buf, (gssize)MIN(room, (gsize)n));
}

/* Reads both streams to their end; ends @pid at the deadline or on interrupt. */
static void streams_read(struct stream *s, GPid pid, const struct guest_exec *exec,
			 struct guest_result *ret, gint64 deadline)
{
	while (s[0].fd >= 0 || s[1].fd >= 0) {
		bool watch = exec->interrupt && !ret->timed_out;
		struct pollfd p[3] = { { .fd = s[0].fd, .events = POLLIN },
				       { .fd = s[1].fd, .events = POLLIN },
				       { .fd = watch ? exec->watch_fd : -1, .events = POLLIN } };
		gint64 left = deadline - g_get_monotonic_time();

		if (left <= 0 && ret->timed_out)
			break;
		if (poll(p, 3, (int)CLAMP(left / 1000 + 1, 0, 60000)) < 0) {
			if (errno == EINTR)
				continue;
			break;
		}
		left = deadline - g_get_monotonic_time();
		if (!ret->timed_out &&
		    (left <= 0 || (watch && p[2].revents && !exec->interrupt(exec->data)))) {
			ret->timed_out = true;
			ret->stuck = left <= 0;
			deadline = exec->lost && *exec->lost ? 0 : clock_in(TERM_S);
			kill(pid, SIGTERM);
		}
		for (guint i = 0; i < 2; i++)
			if (p[i].revents)
				stream_read(&s[i], exec, ret);
	}
	if (s[0].fd >= 0 || s[1].fd >= 0)
		kill(pid, SIGKILL);
}

/* Between fork and exec. */
static void enter_child(gpointer data)
{
	prctl(PR_SET_PDEATHSIG, SIGTERM);
}

static bool spawn(char **argv, int in, GPid *pid, int *out, int *err, GError **error)
{
	g_autoptr(GError) cause = NULL;

	if (g_spawn_async_with_pipes_and_fds(NULL, (const char *const *)argv, NULL,
					     G_SPAWN_DO_NOT_REAP_CHILD | G_SPAWN_SEARCH_PATH,
					     enter_child, NULL, in, -1, -1, NULL, NULL, 0, pid,
					     NULL, out, err, &cause))
		return true;
	return fault_set(error, LAB_ERROR_LAB,
			 "cannot run ssh (%s); install openssh-client", cause->message);
}

/* The last line of what the other side said, for a message. */
static char *last_word(const GString *said, const char *otherwise)
{
	g_autofree char *line = program_last_line(said->str);

	return *line ? text_escape(line, -1) : g_strdup(otherwise);
}

/* What ssh's exit status says of the command's. */
static void result_set(struct guest_result *ret, int status, guint timeout_s)
{
	ret->status = WIFEXITED(status) ? WEXITSTATUS(status) : 0;
	ret->signal = WIFSIGNALED(status) ? WTERMSIG(status) : 0;
	if (timeout_s && ret->seconds >= timeout_s && (ret->status == 124 || ret->status == 137))
		ret->timed_out = true;	/* timeout(1) */
	if (ret->timed_out && !ret->signal)
		ret->signal = ret->status == 137 ? SIGKILL : SIGTERM;
	else if (ret->status > 128 && ret->status <= 128 + SIGRTMAX)
		ret->signal = ret->status - 128;
	if (ret->signal)
		ret->status = 0;
}

/* Runs @line in the guest with @in as standard input. */
static bool run(const struct conf *conf, guint port, const char *line, int in,
		const struct guest_exec *exec, struct guest_result *ret, GError **error)
{
	const char *const command[] = { line, NULL };
	g_auto(GStrv) argv = ssh_argv(conf, port, false, command);
	g_autoptr(GString) out_tail = g_string_new(NULL), err_tail = g_string_new(NULL);
	gint64 start = g_get_monotonic_time();
	int status;
	GPid pid;

	*ret = (struct guest_result){ .out = g_string_new(NULL), .err = g_string_new(NULL) };
	struct stream s[2] = { { .fd = -1, .number = 1, .kept = ret->out, .tail = out_tail },
			       { .fd = -1, .number = 2, .kept = ret->err, .tail = err_tail } };
	if (!spawn(argv, in, &pid, &s[0].fd, &s[1].fd, error))
		return false;
	streams_read(s, pid, exec, ret, exec->timeout_s ?
		     start + ((gint64)exec->timeout_s + GRACE_S) * G_USEC_PER_SEC : G_MAXINT64);
	fd_close(&s[0].fd);
	fd_close(&s[1].fd);
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	ret->seconds = clock_since(start);
	if (!ret->timed_out && WIFEXITED(status) && WEXITSTATUS(status) == FAILED &&
	    !g_str_equal(err_tail->str, SSH_FAILED_MARK)) {
		g_autofree char *said = last_word(err_tail, "connection lost");

		return fault_set(error, LAB_ERROR_LAB, "SSH to the guest failed: %s", said);
	}
	if (g_str_has_suffix(ret->err->str, SSH_FAILED_MARK))
		g_string_truncate(ret->err, ret->err->len - strlen(SSH_FAILED_MARK));
	result_set(ret, status, exec->timeout_s);
	return true;
}

bool ssh_exec(const struct conf *conf, guint port, const struct guest_exec *exec,
	      struct guest_result *ret, GError **error)
{
	auto_fd null = open("/dev/null", O_RDONLY | O_CLOEXEC);
	g_autofree char *line = ssh_remote_line(exec);

	return run(conf, port, line, null, exec, ret, error);
}

struct copy {
	int out;		/* -1: to nowhere */
	guint64 left;
	int error;		/* errno */
	GString *said;
};

static void copy_sink(void *data, int number, const char *bytes, gsize size)
{
	struct copy *copy = data;

	if (number == 2) {
		g_string_append_len(copy->said, bytes, (gssize)MIN(size, SAID_MAX - copy->said->len));
		return;
	}
	if (copy->error)
		return;
	if (size > copy->left)
		copy->error = EFBIG;
	else if (copy->out >= 0 && !fd_write_all(copy->out, bytes, size))
		copy->error = errno;
	copy->left -= MIN(size, copy->left);
}

/* Runs the shell text @script as root with a file on one side. */
static bool copy_run(const struct conf *conf, guint port, const char *script, int in,
		     struct copy *copy, GError **error)
{
	const struct guest_exec exec = { .sink = copy_sink, .data = copy, .watch_fd = -1,
					 .timeout_s = COPY_LIMIT_S };
	g_autoptr(GString) said = copy->said = g_string_new(NULL);
	g_autofree char *line = ssh_as_root(script);
	g_autofree char *why = NULL;
	struct guest_result result;
	bool ok = run(conf, port, line, in, &exec, &result, error);

	guest_result_clear(&result);
	if (!ok)
		return false;
	if (result.timed_out)
		return fault_set(error, LAB_ERROR_TIMEOUT, "it takes longer than %d s", COPY_LIMIT_S);
	why = last_word(said, "the copy failed");
	if (result.status || result.signal)
		return fault_set(error, LAB_ERROR_LAB, "%s", why);
	return !copy->error || fault_set_errno(error, LAB_ERROR_LAB, copy->error, "the host's copy");
}

/* A connection that ends early looks like the end of the file: its size tells. */
static const char put_script[] =
	"p=%s; t=$p.vexvm.$$; trap 'rm -f \"$t\"' EXIT; mkdir -p \"$(dirname \"$p\")\" && "
	"cat >\"$t\" && [ \"$(stat -c %%s \"$t\")\" = %" G_GINT64_FORMAT " ] && "
	"chmod %o \"$t\" && mv -fT \"$t\" \"$p\"";

bool ssh_put(const struct conf *conf, guint port, const char *host_path,
	     const char *guest_path, guint mode, GError **error)
{
	auto_fd fd = open(host_path, O_RDONLY | O_CLOEXEC);
	g_autofree char *path = g_shell_quote(guest_path);
	g_autofree char *script = NULL;
	struct copy copy = { .out = -1, .left = G_MAXUINT64 };
	struct stat st;

	if (fd < 0 || fstat(fd, &st) < 0)
		return fault_set_errno(error, LAB_ERROR_LAB, errno, "cannot read %s", host_path);
	script = g_strdup_printf(put_script, path, (gint64)st.st_size, mode & 07777);
	if (copy_run(conf, port, script, fd, &copy, error))
		return true;
	g_prefix_error(error, "cannot write %s in the guest: ", guest_path);
	return false;
}

bool ssh_get(const struct conf *conf, guint port, const char *guest_path,
	     const char *host_path, guint64 max_size, GError **error)
{
	g_autofree char *temporary = g_strdup_printf("%s.%d.tmp", host_path, getpid());
	auto_fd null = open("/dev/null", O_RDONLY | O_CLOEXEC);
	auto_fd fd = open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	struct copy copy = { .out = fd, .left = max_size };
	g_autofree char *path = g_shell_quote(guest_path);
	g_autofree char *script = g_strdup_printf("cat -- %s", path);
	bool ok;

	if (fd < 0)
		return fault_set_errno(error, LAB_ERROR_LAB, errno, "cannot write %s", temporary);
	ok = copy_run(conf, port, script, null, &copy, error);
	if (ok && rename(temporary, host_path) < 0)
		ok = fault_set_errno(error, LAB_ERROR_LAB, errno, "cannot make %s", host_path);
	if (!ok) {
		unlink(temporary);
		g_prefix_error(error, "cannot read %s in the guest: ", guest_path);
	}
	return ok;
}
