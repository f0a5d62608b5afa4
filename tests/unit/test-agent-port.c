// SPDX-License-Identifier: GPL-2.0-only
/*
 * Hosts that come and go on a port of the agent, with poll(2)'s answers as the
 * kernel may give them. The program's file is a part of this one.
 */
int agent_main(int argc, char **argv);
#define main agent_main
#include "agent/main.c"
#undef main

#include <glib.h>

#include "lib/fd.h"

struct fixture {
	struct session *session;
	int host;		/* the other end */
};

static void set_up(struct fixture *f, gconstpointer data)
{
	int ends[2];

	g_assert_cmpint(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, ends), ==, 0);
	f->session = g_new0(struct session, 1);
	session_init(f->session, ends[0], true);
	f->host = ends[1];
}

static void tear_down(struct fixture *f, gconstpointer data)
{
	session_reset(f->session);
	fd_close(&f->session->fd);
	fd_close(&f->host);
	g_free(f->session);
}

static void serve_with(struct fixture *f, short revents)
{
	struct pollfd p[SESSION_FDS];

	session_wants(f->session, p);
	for (guint i = 1; i < SESSION_FDS; i++)
		p[i].revents = 0;
	p[0].revents = p[0].fd >= 0 ? revents : 0;
	port_serve(f->session, p);
}

static void send_frame(struct fixture *f, enum wire_type type, const void *payload, uint32_t size)
{
	uint8_t header[WIRE_HEADER];

	wire_header(header, type, payload, size);
	g_assert_true(fd_write_all(f->host, header, sizeof(header)));
	g_assert_true(fd_write_all(f->host, payload, size));
}

/* A host greets and has a command running that does not end. */
static void begin_command(struct fixture *f)
{
	static const char words[] = "\0\0\0\0\3\0\0\0/\0tail\0-f\0/dev/null";
	uint8_t nonce[8] = { 1 };

	send_frame(f, WIRE_HELLO, nonce, sizeof(nonce));
	send_frame(f, WIRE_EXEC, words, sizeof(words));
	serve_with(f, POLLIN);
	g_assert_cmpint(f->session->job.kind, ==, JOB_EXEC);
}

/* The hang-up of the host before this one comes when this one has begun. */
static void test_late_hangup(struct fixture *f, gconstpointer data)
{
	begin_command(f);
	serve_with(f, POLLHUP);
	g_assert_cmpint(f->session->job.kind, ==, JOB_EXEC);
	g_assert_false(f->session->connected);
	/* SIGIO: the port was opened. */
	f->session->connected = true;
	serve_with(f, 0);
	g_assert_cmpint(f->session->away_ms, ==, 0);
	g_assert_cmpint(f->session->job.kind, ==, JOB_EXEC);
}

static void test_gone(struct fixture *f, gconstpointer data)
{
	begin_command(f);
	serve_with(f, POLLHUP);
	/* Whatever wakes the agent meanwhile does not give it longer. */
	f->session->away_ms -= AWAY_LIMIT_MS - 1000;
	f->session->connected = true;
	serve_with(f, POLLHUP);
	g_assert_cmpint(f->session->job.kind, ==, JOB_EXEC);
	f->session->away_ms -= 1000;
	serve_with(f, 0);
	g_assert_cmpint(f->session->job.kind, ==, JOB_NONE);
	g_assert_cmpint(f->session->away_ms, ==, 0);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add("/port/late-hangup", struct fixture, NULL, set_up, test_late_hangup, tear_down);
	g_test_add("/port/gone", struct fixture, NULL, set_up, test_gone, tear_down);
	return g_test_run();
}
