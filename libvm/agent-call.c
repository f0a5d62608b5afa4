// SPDX-License-Identifier: GPL-2.0-only
/* What is done over a connection to the agent: commands, files, log, clock. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/random.h>

#include "lib/clock.h"
#include "lib/fault.h"
#include "lib/fd.h"
#include "libvm/agent-private.h"

#define SEED_BYTES 64
#define OUTPUT_DEFAULT (1024 * 1024)
/* The agent gives an EXIT at the latest five seconds after the limit. */
#define EXIT_GRACE_S 60
#define LIMIT_MAX_S (G_MAXUINT32 / 1000)

/* EXEC */

struct running {
	const struct guest_exec *exec;
	struct guest_result *result;
	gint64 deadline;
	bool killed, ended;
};

static void output_take(struct running *r, int fd, const struct wire_frame *frame)
{
	GString *kept = fd == 1 ? r->result->out : r->result->err;
	gsize max = r->exec->max_output ? r->exec->max_output : OUTPUT_DEFAULT;
	gsize room = max - MIN(kept->len, max);

	if (r->exec->sink) {
		r->exec->sink(r->exec->data, fd, (const char *)frame->payload, frame->length);
		return;
	}
	r->result->truncated |= frame->length > room;
	g_string_append_len(kept, (const char *)frame->payload, (gssize)MIN(room, frame->length));
}

static bool exec_handle(struct agent *agent, const struct wire_frame *frame, void *data,
			GError **error)
{
	struct running *r = data;
	guint32 flags;

	switch (frame->type) {
	case WIRE_STDOUT:
	case WIRE_STDERR:
		output_take(r, frame->type == WIRE_STDOUT ? 1 : 2, frame);
		return true;
	case WIRE_EXIT:
		if (frame->length != 12)
			return agent_nonsense(agent, error);
		flags = wire_get32(frame->payload + 8);
		r->result->status = (int)(wire_get32(frame->payload) & 0xff);
		r->result->signal = (int)(wire_get32(frame->payload + 4) & 0x7f);
		r->result->timed_out = flags & WIRE_EXIT_TIMEOUT;
		r->result->stuck = flags & WIRE_EXIT_STUCK;
		r->ended = true;
		return true;
	case WIRE_DONE:
		if (frame->length < 4)
			return agent_nonsense(agent, error);
		return fault_set_errno(error, LAB_ERROR_LAB, (int)wire_get32(frame->payload),
				       "the guest's agent cannot run the command");
	default:
		return agent_nonsense(agent, error);
	}
}

static void append_strings(GByteArray *payload, const char *const *strings)
{
	for (; strings && *strings; strings++)
		g_byte_array_append(payload, (const guint8 *)*strings, (guint)strlen(*strings) + 1);
}

static bool exec_send(struct agent *agent, const struct guest_exec *exec, GError **error)
{
	g_autoptr(GByteArray) payload = g_byte_array_new();
	guint argc = g_strv_length((char **)exec->argv);
	guint envc = exec->env ? g_strv_length((char **)exec->env) : 0;
	const char *const cwd[] = { exec->cwd ? exec->cwd : "/", NULL };
	guint8 fixed[8];

	wire_put32(fixed, MIN(exec->timeout_s, LIMIT_MAX_S) * 1000);
	wire_put32(fixed + 4, argc | envc << 16);
	g_byte_array_append(payload, fixed, sizeof(fixed));
	append_strings(payload, cwd);
	append_strings(payload, exec->argv);
	append_strings(payload, exec->env);
	/* More strings than that do not fit either. */
	if (argc < 1 || payload->len > WIRE_PAYLOAD_MAX)
		return fault_set(error, LAB_ERROR_USAGE,
				 "the command is empty or longer than %d bytes; put it into a script",
				 WIRE_PAYLOAD_MAX);
	return agent_send(agent, WIRE_EXEC, payload->data, payload->len, error);
}

static bool exec_kill(struct agent *agent, struct running *r, GError **error)
{
	r->killed = true;
	r->deadline = MIN(r->deadline, clock_in(r->exec->kill_s ? r->exec->kill_s : EXIT_GRACE_S));
	return agent_send(agent, WIRE_KILL, NULL, 0, error);
}

/* What the guest had sent before it was gone, such as the results of a suite that ended it. */
static bool exec_last_words(struct agent *agent, struct running *r, GError **error)
{
	const gint64 now = g_get_monotonic_time();

	agent_pump(agent, exec_handle, r, &r->ended, &now, NULL);
	return agent_lost(agent, error);
}

/* Waits for the guest or for the caller's own descriptor. */
static bool exec_wait(struct agent *agent, struct running *r, GError **error)
{
	const struct guest_exec *exec = r->exec;
	bool watch = exec->interrupt && !r->killed;
	struct pollfd p[2] = { { .fd = agent->fd, .events = POLLIN },
			       { .fd = watch ? exec->watch_fd : -1, .events = POLLIN } };
	gint64 left = r->deadline - g_get_monotonic_time();

	if (left <= 0)
		return agent_silent(agent, error);
	if (poll(p, 2, (int)MIN(left / 1000 + 1, 60000)) < 0)
		return errno == EINTR || agent_lost(agent, error);
	if (watch && p[1].revents && !exec->interrupt(exec->data) &&
	    !((exec->lost && *exec->lost) ? exec_last_words(agent, r, error) : exec_kill(agent, r, error)))
		return false;
	return !p[0].revents || agent_fill(agent, error);
}

bool agent_exec(struct agent *agent, const struct guest_exec *exec, struct guest_result *ret,
		GError **error)
{
	gint64 start = g_get_monotonic_time();
	struct running r = { .exec = exec, .result = ret, .deadline = G_MAXINT64 };

	if (exec->timeout_s)
		r.deadline = clock_in(exec->timeout_s) + EXIT_GRACE_S * G_USEC_PER_SEC;
	*ret = (struct guest_result){ .out = g_string_new(NULL), .err = g_string_new(NULL) };
	if (!exec_send(agent, exec, error))
		return false;
	for (;;) {
		if (!agent_take(agent, exec_handle, &r, &r.ended, error))
			return false;
		if (r.ended)
			break;
		if (!exec_wait(agent, &r, error))
			return false;
	}
	ret->seconds = clock_since(start);
	return true;
}

/* DONE, and DATA before it */

struct answer {
	int out;		/* where DATA goes; -1: there must be none */
	guint64 left;
	int out_error;		/* errno: DATA could not be written */
	gint64 deadline;	/* moves on with each DATA */
	guint32 error;
	bool done;
};

static bool answer_handle(struct agent *agent, const struct wire_frame *frame, void *data,
			  GError **error)
{
	struct answer *a = data;

	if (frame->type == WIRE_DONE && frame->length >= 4) {
		a->error = wire_get32(frame->payload);
		a->done = true;
		return true;
	}
	if (frame->type != WIRE_DATA || a->out < 0 || !frame->length || frame->length > a->left)
		return agent_nonsense(agent, error);
	a->left -= frame->length;
	a->deadline = clock_in(AGENT_ANSWER_S);
	/* The rest is read all the same: the next call wants its own answer. */
	if (!a->out_error && !fd_write_all(a->out, frame->payload, frame->length))
		a->out_error = errno;
	return true;
}

static bool answer_wait(struct agent *agent, struct answer *a, const char *what, GError **error)
{
	a->deadline = clock_in(AGENT_ANSWER_S);
	if (!agent_pump(agent, answer_handle, a, &a->done, &a->deadline, error))
		return false;
	if (!a->done) {
		agent_silent(agent, error);
		g_prefix_error(error, "%s: ", what);
		return false;
	}
	if (a->error)
		return fault_set_errno(error, LAB_ERROR_LAB, (int)a->error, "%s", what);
	return true;
}

/* Sends @type with @fixed (of @size) and a path. */
static bool path_send(struct agent *agent, enum wire_type type, const guint8 *fixed, guint size,
		      const char *path, const char *what, GError **error)
{
	g_autoptr(GByteArray) payload = g_byte_array_new();

	g_byte_array_append(payload, fixed, size);
	g_byte_array_append(payload, (const guint8 *)path, (guint)strlen(path) + 1);
	if (payload->len > WIRE_PAYLOAD_MAX)
		return fault_set_errno(error, LAB_ERROR_LAB, ENAMETOOLONG, "%s", what);
	return agent_send(agent, type, payload->data, payload->len, error);
}

/* All of @fd as DATA; *@read_error is the errno of @fd. */
static bool data_send(struct agent *agent, int fd, int *read_error, GError **error)
{
	guint8 buf[WIRE_PAYLOAD_MAX];
	ssize_t n;

	while ((n = read(fd, buf, sizeof(buf))) != 0) {
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0) {
			*read_error = errno;
			return true;
		}
		if (!agent_send(agent, WIRE_DATA, buf, (gsize)n, error))
			return false;
	}
	return true;
}

bool agent_put(struct agent *agent, const char *host_path, const char *guest_path, guint mode,
	       GError **error)
{
	auto_fd fd = open(host_path, O_RDONLY | O_CLOEXEC);
	g_autofree char *what = g_strdup_printf("cannot write %s in the guest", guest_path);
	struct answer answer = { .out = -1 };
	int read_error = fd < 0 ? errno : 0;
	guint8 fixed[4];

	wire_put32(fixed, mode);
	if (fd >= 0 && (!path_send(agent, WIRE_PUT, fixed, sizeof(fixed), guest_path, what, error) ||
			!data_send(agent, fd, &read_error, error)))
		return false;
	if (fd >= 0 && read_error &&
	    (!agent_send(agent, WIRE_KILL, NULL, 0, error) ||
	     (!answer_wait(agent, &answer, what, NULL) && !answer.done)))
		return agent_silent(agent, error);
	if (read_error)
		return fault_set_errno(error, LAB_ERROR_LAB, read_error, "cannot read %s", host_path);
	return agent_send(agent, WIRE_END, NULL, 0, error) &&
	       answer_wait(agent, &answer, what, error);
}

/* To the descriptor @out. */
static bool get_data(struct agent *agent, const char *guest_path, int out, guint64 max_size,
		     GError **error)
{
	g_autofree char *what = g_strdup_printf("cannot read %s in the guest", guest_path);
	struct answer answer = { .out = out, .left = max_size };
	guint8 fixed[8];

	wire_put64(fixed, max_size);
	if (!path_send(agent, WIRE_GET, fixed, sizeof(fixed), guest_path, what, error) ||
	    !answer_wait(agent, &answer, what, error))
		return false;
	return !answer.out_error ||
	       fault_set_errno(error, LAB_ERROR_LAB, answer.out_error,
			       "cannot write the copy of the guest's %s", guest_path);
}

bool agent_get(struct agent *agent, const char *guest_path, const char *host_path,
	       guint64 max_size, GError **error)
{
	g_autofree char *temporary = g_strdup_printf("%s.%d.tmp", host_path, getpid());
	auto_fd fd = open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	bool ok;

	if (fd < 0)
		return fault_set_errno(error, LAB_ERROR_LAB, errno, "cannot write %s", temporary);
	ok = get_data(agent, guest_path, fd, max_size, error);
	if (ok && rename(temporary, host_path) < 0)
		ok = fault_set_errno(error, LAB_ERROR_LAB, errno, "cannot make %s", host_path);
	if (!ok)
		unlink(temporary);
	return ok;
}

bool agent_set_clock(struct agent *agent, GError **error)
{
	gint64 now = g_get_real_time();
	struct answer answer = { .out = -1 };
	guint8 payload[12];

	wire_put64(payload, (guint64)(now / G_USEC_PER_SEC));
	wire_put32(payload + 8, (guint32)(now % G_USEC_PER_SEC * 1000));
	return agent_send(agent, WIRE_CLOCK, payload, sizeof(payload), error) &&
	       answer_wait(agent, &answer, "cannot set the guest's clock", error);
}

bool agent_reseed(struct agent *agent, GError **error)
{
	struct answer answer = { .out = -1 };
	guint8 bytes[SEED_BYTES];

	if (getrandom(bytes, sizeof(bytes), 0) != sizeof(bytes))
		return fault_set_errno(error, LAB_ERROR_LAB, errno, "no random bytes for the guest");
	return agent_send(agent, WIRE_SEED, bytes, sizeof(bytes), error) &&
	       answer_wait(agent, &answer, "cannot seed the guest's random numbers", error);
}

bool agent_kmsg_follow(struct agent *agent, guint64 since_seq, guest_kmsg_fn fn, void *data,
		       GError **error)
{
	struct answer answer = { .out = -1 };
	guint8 payload[8];

	/* What comes before the answer is what was asked for before. */
	agent->kmsg = NULL;
	wire_put64(payload, since_seq);
	if (!agent_send(agent, WIRE_KMSG, payload, sizeof(payload), error) ||
	    !answer_wait(agent, &answer, "cannot follow the guest's kernel log", error))
		return false;
	agent->kmsg = fn;
	agent->kmsg_data = data;
	return true;
}

/* Between two calls there is nothing but records. */
static bool unasked(struct agent *agent, const struct wire_frame *frame, void *data,
		    GError **error)
{
	return agent_nonsense(agent, error);
}

bool agent_poll(struct agent *agent, gint64 deadline, GError **error)
{
	const bool never = false;

	return agent_pump(agent, unasked, NULL, &never, &deadline, error);
}
