// SPDX-License-Identifier: GPL-2.0-only
#include "agent/session.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/random.h>
#include <sys/ioctl.h>
#include <sys/utsname.h>
#include <time.h>
#include <unistd.h>

#define READS_MAX 16	/* before the others have their turn */

int64_t now_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

void close_fd(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

bool session_has_room(const struct session *s)
{
	return s->out_size - s->out_at <= SESSION_OUT_HIGH;
}

void session_send(struct session *s, enum wire_type type, const void *payload, uint32_t length)
{
	uint8_t *at;

	if (s->out_size + WIRE_HEADER + length > SESSION_OUT_MAX) {
		s->out_size -= s->out_at;
		memmove(s->out, s->out + s->out_at, s->out_size);
		s->out_at = 0;
	}
	/* Only a host that asks and never reads gets here. */
	if (s->out_size + WIRE_HEADER + length > SESSION_OUT_MAX)
		return;
	at = s->out + s->out_size;
	wire_header(at, type, payload, length);
	memcpy(at + WIRE_HEADER, payload, length);
	s->out_size += WIRE_HEADER + length;
}

#define STRING_MAX 128

static size_t append_string(uint8_t *payload, size_t at, const char *text)
{
	size_t length = strlen(text);

	if (length >= STRING_MAX)
		length = STRING_MAX - 1;
	memcpy(payload + at, text, length);
	payload[at + length] = '\0';
	return at + length + 1;
}

void session_done(struct session *s, int error)
{
	uint8_t payload[4 + STRING_MAX];
	size_t size = append_string(payload, 4, error ? strerror(error) : "");

	wire_put32(payload, (uint32_t)error);
	session_send(s, WIRE_DONE, payload, (uint32_t)size);
}

static void read_boot_id(char *id, size_t size)
{
	int fd = open("/proc/sys/kernel/random/boot_id", O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? 0 : read(fd, id, size - 1);

	close_fd(&fd);
	id[n > 0 ? n : 0] = '\0';
	id[strcspn(id, "\n")] = '\0';
}

static void hello_send(struct session *s, uint64_t nonce)
{
	uint8_t payload[8 + 3 * STRING_MAX];
	char boot_id[64];
	struct utsname uts;
	size_t at = 8;

	uname(&uts);
	read_boot_id(boot_id, sizeof(boot_id));
	wire_put64(payload, nonce);
	at = append_string(payload, at, VEXVM_AGENT_VERSION);
	at = append_string(payload, at, uts.release);
	at = append_string(payload, at, boot_id);
	memset(s->out, 0, WIRE_PADDING);
	s->out_size = WIRE_PADDING;
	session_send(s, WIRE_HELLO, payload, (uint32_t)at);
}

void session_init(struct session *s, int fd, bool is_port)
{
	memset(s, 0, sizeof(*s));
	s->fd = fd;
	s->is_port = is_port;
	s->connected = true;
	s->kmsg = -1;
	job_init(&s->job);
	/* A host that has been talking to the agent before this one learns so. */
	hello_send(s, WIRE_ANEW);
}

void session_reset(struct session *s)
{
	job_forget(s);
	close_fd(&s->kmsg);
	s->held_size = 0;
	s->refused = 0;
	s->out_at = 0;
	s->out_size = 0;
}

void session_bye(struct session *s)
{
	session_reset(s);
	hello_send(s, WIRE_ANEW);
	session_write(s);
}

static void hello(struct session *s, const struct wire_frame *frame)
{
	if (frame->length != 8)
		return;
	session_reset(s);
	hello_send(s, wire_get64(frame->payload));
}

static void set_clock(struct session *s, const struct wire_frame *frame)
{
	struct timespec ts;

	if (frame->length != 12)
		return session_done(s, EINVAL);
	ts.tv_sec = (time_t)wire_get64(frame->payload);
	ts.tv_nsec = (long)wire_get32(frame->payload + 8);
	session_done(s, clock_settime(CLOCK_REALTIME, &ts) < 0 ? errno : 0);
}

/* random(4). A copy of a machine would otherwise go on with the other copies' numbers. */
static void seed(struct session *s, const struct wire_frame *frame)
{
	struct {
		struct rand_pool_info info;
		uint8_t bytes[WIRE_SEED_MAX];
	} pool = { .info = { .entropy_count = (int)frame->length * 8,
			     .buf_size = (int)frame->length } };
	int fd, failed;

	if (!frame->length || frame->length > WIRE_SEED_MAX)
		return session_done(s, EINVAL);
	memcpy(pool.info.buf, frame->payload, frame->length);
	fd = open("/dev/urandom", O_WRONLY | O_CLOEXEC);
	failed = fd < 0 || ioctl(fd, RNDADDENTROPY, &pool) < 0 ? errno : 0;
	/* Kernels before 4.20 do so by themselves. */
	if (!failed)
		ioctl(fd, RNDRESEEDCRNG);
	close_fd(&fd);
	session_done(s, failed);
}

static void handle(struct session *s, const struct wire_frame *f)
{
	switch (f->type) {
	case WIRE_HELLO:
		return hello(s, f);
	case WIRE_EXEC:
		return job_exec(s, f->payload, f->length);
	case WIRE_KILL:
		return job_kill(s, false);
	case WIRE_PUT:
		return file_put(s, f->payload, f->length);
	case WIRE_DATA:
		return file_data(s, f->payload, f->length);
	case WIRE_END:
		return file_end(s);
	case WIRE_GET:
		return file_get(s, f->payload, f->length);
	case WIRE_CLOCK:
		return set_clock(s, f);
	case WIRE_SEED:
		return seed(s, f);
	case WIRE_KMSG:
		if (f->length == 8)
			return kmsg_start(s, wire_get64(f->payload));
		/* fall through */
	default:
		return session_done(s, EINVAL);
	}
}

void session_parse(struct session *s)
{
	struct wire_frame frame;
	size_t at = 0, used;
	bool whole = true;

	while (whole && !s->held_size) {
		whole = wire_parse(s->in + at, s->in_size - at, &used, &frame);
		at += used;
		if (whole)
			handle(s, &frame);
	}
	s->in_size -= at;
	memmove(s->in, s->in + at, s->in_size);
}

/* A port gives a page at a time. */
bool session_read(struct session *s)
{
	for (int i = 0; i < READS_MAX && s->in_size < sizeof(s->in); i++) {
		ssize_t n = read(s->fd, s->in + s->in_size, sizeof(s->in) - s->in_size);

		if (n < 0)
			return errno == EAGAIN || errno == EINTR;
		if (n == 0)
			return false;
		s->in_size += (size_t)n;
		session_parse(s);
	}
	return true;
}

bool session_write(struct session *s)
{
	ssize_t n = write(s->fd, s->out + s->out_at, s->out_size - s->out_at);

	if (n < 0)
		return errno == EAGAIN || errno == EINTR;
	s->out_at += (size_t)n;
	if (s->out_at == s->out_size) {
		s->out_at = 0;
		s->out_size = 0;
	}
	return true;
}
