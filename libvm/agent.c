// SPDX-License-Identifier: GPL-2.0-only
#include "libvm/agent.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/sockios.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include "lib/clock.h"
#include "lib/fault.h"
#include "lib/fd.h"
#include "lib/text.h"
#include "libvm/agent-private.h"
#include "libvm/plan.h"

#define IN_MAX (64 * WIRE_PADDING)
#define LATE_READS 64			/* of what is there when the time is up */
#define AGAIN_US (3 * G_USEC_PER_SEC)	/* from one HELLO to the next */

/* What failed first says why; all that is tried later only finds it failed. */
static bool agent_fail(struct agent *agent, enum lab_error code, const char *why, GError **error)
{
	if (!agent->failed)
		fault_set(&agent->failed, code, "%s", why);
	g_propagate_error(error, g_error_copy(agent->failed));
	return false;
}

bool agent_lost(struct agent *agent, GError **error)
{
	return agent_fail(agent, LAB_ERROR_LAB,
			  "the guest's agent went away (the guest crashed, rebooted or was stopped)", error);
}

bool agent_nonsense(struct agent *agent, GError **error)
{
	return agent_fail(agent, LAB_ERROR_LAB, "the guest's agent sent something that makes no sense", error);
}

bool agent_silent(struct agent *agent, GError **error)
{
	return agent_fail(agent, LAB_ERROR_TIMEOUT,
			  "the guest's agent does not answer any more (the guest hangs, or is paused)", error);
}

/* Bytes */

bool agent_fill(struct agent *agent, GError **error)
{
	guint8 buf[WIRE_PADDING];
	ssize_t n = recv(agent->fd, buf, sizeof(buf), MSG_DONTWAIT);

	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return true;
	if (n <= 0)
		return agent_lost(agent, error);
	g_byte_array_append(agent->in, buf, (guint)n);
	return true;
}

/*
 * Sends all of it, reading what comes in meanwhile, so that two full buffers
 * never wait for each other.
 */
static bool send_all(struct agent *agent, const guint8 *data, gsize size, GError **error)
{
	gint64 deadline = clock_in(AGENT_ANSWER_S);

	while (size > 0) {
		short in = agent->in->len < IN_MAX ? POLLIN : 0;
		int ready = fd_wait(agent->fd, POLLOUT | in, deadline);
		ssize_t n;

		if (ready == 0)
			return agent_silent(agent, error);
		if (ready < 0 || ((ready & in) && !agent_fill(agent, error)))
			return ready < 0 ? agent_lost(agent, error) : false;
		n = send(agent->fd, data, size, MSG_DONTWAIT | MSG_NOSIGNAL);
		if (n < 0 && errno != EAGAIN && errno != EINTR)
			return agent_lost(agent, error);
		if (n > 0) {
			data += n;
			size -= (gsize)n;
			deadline = clock_in(AGENT_ANSWER_S);
		}
	}
	return true;
}

bool agent_send(struct agent *agent, enum wire_type type, const void *payload, gsize length,
		GError **error)
{
	guint8 frame[WIRE_HEADER + WIRE_PAYLOAD_MAX];

	if (agent->failed)
		return agent_lost(agent, error);
	wire_header(frame, type, payload, (guint32)length);
	if (length > 0)
		memcpy(frame + WIRE_HEADER, payload, length);
	return send_all(agent, frame, WIRE_HEADER + length, error);
}

/* Frames */

static bool record(struct agent *agent, const struct wire_frame *frame, GError **error)
{
	const guint8 *at = frame->payload + 20;
	struct kmsg_record r;
	guint32 level;

	if (frame->length < 21)
		return agent_nonsense(agent, error);
	level = wire_get32(frame->payload + 16);
	r.seq = wire_get64(frame->payload);
	r.usec = wire_get64(frame->payload + 8);
	r.level = level & 7;
	r.facility = level >> 3;
	r.text = (char *)wire_string(&at, frame->payload + frame->length);
	if (!r.text)
		return agent_nonsense(agent, error);
	if (agent->kmsg)
		agent->kmsg(agent->kmsg_data, &r);
	return true;
}

static bool hello_send(struct agent *agent, GError **error)
{
	g_autofree guint8 *padding = g_malloc0(WIRE_PADDING);
	guint8 payload[8];

	agent->asked = g_get_monotonic_time();
	wire_put64(payload, agent->nonce);
	/*
	 * Without a reader in the guest the bytes lie in the socket's buffer, which
	 * is larger than this.
	 */
	return send_all(agent, padding, WIRE_PADDING, error) &&
	       agent_send(agent, WIRE_HELLO, payload, sizeof(payload), error);
}

static bool hello_take(struct agent *agent, const struct wire_frame *frame, GError **error)
{
	const guint8 *at = frame->payload + 8, *end = frame->payload + frame->length;
	const char *version, *release, *boot_id;
	guint64 nonce = frame->length < 8 ? ~agent->nonce : wire_get64(frame->payload);

	if (nonce == WIRE_ANEW && agent->greeted)
		return agent_fail(agent, LAB_ERROR_LAB,
				  "the guest went down or rebooted, or its agent was started anew", error);
	/* The one that started may have lost what was sent before. */
	if (nonce == WIRE_ANEW)
		return hello_send(agent, error);
	/* Meant for the one before us, or the answer to a HELLO that was repeated. */
	if (nonce != agent->nonce || agent->greeted)
		return true;
	version = wire_string(&at, end);
	release = version ? wire_string(&at, end) : NULL;
	boot_id = release ? wire_string(&at, end) : NULL;
	if (!boot_id)
		return agent_nonsense(agent, error);
	agent->version = text_escape(version, -1);
	agent->kernel_release = text_escape(release, -1);
	agent->boot_id = text_escape(boot_id, -1);
	agent->greeted = true;
	return true;
}

/* Sets *@got when there was a frame, which is dropped then. */
static bool take_frame(struct agent *agent, agent_frame_fn handle, void *data, bool *got,
		       GError **error)
{
	struct wire_frame frame;
	gsize used;
	bool ok = true;

	*got = wire_parse(agent->in->data, agent->in->len, &used, &frame);
	if (*got && frame.type == WIRE_HELLO)
		ok = hello_take(agent, &frame, error);
	else if (*got && !agent->greeted)
		ok = true;	/* whatever the one before us had asked for */
	else if (*got && frame.type == WIRE_RECORD)
		ok = record(agent, &frame, error);
	else if (*got)
		ok = handle(agent, &frame, data, error);
	if (used > 0)
		g_byte_array_remove_range(agent->in, 0, (guint)used);
	return ok;
}

bool agent_take(struct agent *agent, agent_frame_fn handle, void *data, const bool *finished,
		GError **error)
{
	bool got = true;

	while (got && !*finished)
		if (!take_frame(agent, handle, data, &got, error))
			return false;
	return true;
}

bool agent_pump(struct agent *agent, agent_frame_fn handle, void *data, const bool *finished,
		const gint64 *deadline, GError **error)
{
	guint late = 0;

	for (;;) {
		int ready;

		if (!agent_take(agent, handle, data, finished, error))
			return false;
		if (*finished)
			return true;
		ready = fd_wait(agent->fd, POLLIN, *deadline);
		if (ready < 0)
			return agent_lost(agent, error);
		late += g_get_monotonic_time() >= *deadline;
		if (ready == 0 || late > LATE_READS)
			return true;
		if (!agent_fill(agent, error))
			return false;
	}
}

/* The connection */

static struct agent *agent_on(int fd, struct lock *lock, GError **error)
{
	struct agent *agent = g_new0(struct agent, 1);

	agent->fd = fd;
	agent->lock = lock;
	agent->in = g_byte_array_new();
	do
		agent->nonce = (guint64)g_random_int() << 32 | g_random_int();
	while (agent->nonce == WIRE_ANEW);
	if (hello_send(agent, error))
		return agent;
	agent_free(agent);
	return NULL;
}

/*
 * A HELLO that the guest took and nobody answered is lost: the guest went down,
 * or the agent ended, between the two. One it has not taken will be.
 */
static bool ask_again(struct agent *agent, GError **error)
{
	int unread = 0;

	if (agent->greeted || g_get_monotonic_time() < agent->asked + AGAIN_US ||
	    ioctl(agent->fd, SIOCOUTQ, &unread) < 0 || unread > 0)
		return true;
	return hello_send(agent, error);
}

static bool await_greeting(struct agent *agent, gint64 deadline, GError **error)
{
	gint64 now;

	do {
		gint64 soon = MIN(deadline, g_get_monotonic_time() + AGAIN_US);

		if (!agent_pump(agent, NULL, NULL, &agent->greeted, &soon, error) ||
		    !ask_again(agent, error))
			return false;
		now = g_get_monotonic_time();
	} while (!agent->greeted && now < deadline);
	return agent->greeted ||
	       fault_set(error, LAB_ERROR_TIMEOUT, "the guest's agent does not answer");
}

static struct agent *greeted_by(struct agent *agent, gint64 deadline, GError **error)
{
	if (!agent || await_greeting(agent, deadline, error))
		return agent;
	agent_free(agent);
	return NULL;
}

struct agent *agent_new(int fd, gint64 deadline, GError **error)
{
	return greeted_by(agent_on(fd, NULL, error), deadline, error);
}

struct agent *agent_greet(const char *runtime_dir, GError **error)
{
	g_autoptr(GError) busy = NULL;

	for (guint i = 0; i < PLAN_AGENT_PORTS; i++) {
		g_autofree char *path = g_strdup_printf("%s/agent.%u", runtime_dir, i);
		g_autofree char *lock_path = g_strconcat(path, ".lock", NULL);
		struct lock *lock;
		int fd;

		g_clear_error(&busy);
		lock = lock_try(lock_path, "using this port of the agent", LAB_ERROR_LAB, &busy);
		if (!lock)
			continue;
		fd = fd_connect_unix(path);
		if (fd >= 0)
			return agent_on(fd, lock, error);
		fault_set_errno(error, LAB_ERROR_LAB, errno, "cannot reach the agent's port %s", path);
		lock_free(lock);
		return NULL;
	}
	fault_set(error, LAB_ERROR_LAB, "none of the %d ports of the agent is free; the last: %s",
		  PLAN_AGENT_PORTS, busy->message);
	return NULL;
}

struct agent *agent_open(const char *runtime_dir, gint64 deadline, GError **error)
{
	return greeted_by(agent_greet(runtime_dir, error), deadline, error);
}

bool agent_greeted(struct agent *agent, GError **error)
{
	static const gint64 at_once = 0;

	return agent_pump(agent, NULL, NULL, &agent->greeted, &at_once, error) &&
	       ask_again(agent, error) && agent->greeted;
}

int agent_fd(const struct agent *agent)
{
	return agent->fd;
}

void agent_free(struct agent *agent)
{
	if (!agent)
		return;
	fd_close(&agent->fd);
	g_clear_error(&agent->failed);
	lock_free(agent->lock);
	g_byte_array_unref(agent->in);
	g_free(agent->version);
	g_free(agent->kernel_release);
	g_free(agent->boot_id);
	g_free(agent);
}

bool agent_has_failed(const struct agent *agent)
{
	return agent->failed;
}

const char *agent_version(const struct agent *agent)
{
	return agent->version;
}

const char *agent_kernel_release(const struct agent *agent)
{
	return agent->kernel_release;
}

const char *agent_boot_id(const struct agent *agent)
{
	return agent->boot_id;
}
