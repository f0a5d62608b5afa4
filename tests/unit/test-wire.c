// SPDX-License-Identifier: GPL-2.0-only
/*
 * The client of the wire protocol against scripted agents that are hostile,
 * die, or were there before it.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "agent/protocol.h"
#include "lib/fault.h"
#include "lib/fd.h"
#include "lib/folder.h"
#include "libvm/agent.h"
#include "tests/lib/agent.h"
#include "tests/lib/wire.h"

struct peer {
	int fd;
	void (*play)(int fd);
	GThread *thread;
};

static gpointer play(gpointer data)
{
	struct peer *peer = data;

	peer->play(peer->fd);
	fd_close(&peer->fd);
	return NULL;
}

/* The client's end; the peer plays meanwhile, then closes its own. */
static int peer_start(struct peer *peer, void (*script)(int fd))
{
	int ends[2];

	g_assert_cmpint(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), ==, 0);
	peer->fd = ends[1];
	peer->play = script;
	peer->thread = g_thread_new("peer", play, peer);
	return ends[0];
}

static void answer_hello(int fd, guint64 nonce, const char *strings, gsize size)
{
	g_autofree guint8 *payload = g_malloc(8 + size);

	wire_put64(payload, nonce);
	memcpy(payload + 8, strings, size);
	wire_write_zeros(fd, WIRE_PADDING);
	wire_write_frame(fd, WIRE_HELLO, payload, (guint32)(8 + size));
}

static guint64 await_hello(int fd)
{
	g_autoptr(GBytes) payload = wire_await(fd, WIRE_HELLO);

	return payload ? wire_get64(g_bytes_get_data(payload, NULL)) : 0;
}

static void greet(int fd)
{
	static const char strings[] = "9.9\0" "6.1.0\0" "id";

	answer_hello(fd, await_hello(fd), strings, sizeof(strings));
}

static void await_end(int fd)
{
	char buf[4096];

	while (recv(fd, buf, sizeof(buf), 0) > 0)
		;
}

static void stay_silent(int fd)
{
	await_end(fd);
}

static void hang_up(int fd)
{
	await_hello(fd);
}

static void hang_up_in_greeting(int fd)
{
	guint64 nonce = await_hello(fd);
	guint8 frame[WIRE_HEADER + 20] = { 0 };

	wire_put64(frame + WIRE_HEADER, nonce);
	wire_header(frame, WIRE_HELLO, frame + WIRE_HEADER, 20);
	wire_write(fd, frame, WIRE_HEADER + 10);
}

static void greet_in_nonsense(int fd)
{
	answer_hello(fd, await_hello(fd), "no second string", sizeof("no second string"));
	await_end(fd);
}

static void test_no_greeting(void)
{
	static const struct {
		void (*script)(int fd);
		guint64 limit_us;
		int code;
		const char *why;
	} cases[] = {
		{ stay_silent, 100 * 1000, LAB_ERROR_TIMEOUT, "does not answer" },
		{ hang_up, WIRE_LIMIT, LAB_ERROR_LAB, "went away" },
		{ hang_up_in_greeting, WIRE_LIMIT, LAB_ERROR_LAB, "went away" },
		{ greet_in_nonsense, WIRE_LIMIT, LAB_ERROR_LAB, "makes no sense" },
	};

	for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
		struct peer peer;
		int fd = peer_start(&peer, cases[i].script);
		g_autoptr(GError) error = NULL;

		g_assert_null(agent_new(fd, g_get_monotonic_time() + (gint64)cases[i].limit_us, &error));
		g_assert_error(error, LAB_ERROR, cases[i].code);
		g_assert_nonnull(strstr(error->message, cases[i].why));
		g_thread_join(peer.thread);
	}
}

/* What a host before left behind: noise, frames, answers to another nonce. */
static void greet_after_rubbish(int fd)
{
	g_autofree guint8 *noise = g_malloc(100000);
	guint8 exit_payload[12] = { 0 };
	guint8 oversized[WIRE_HEADER], damaged[WIRE_HEADER + 20];
	guint64 nonce;

	for (guint i = 0; i < 100000; i++)
		noise[i] = (guint8)(i * 7919 >> 5);
	wire_write(fd, noise, 100000);
	wire_write_frame(fd, WIRE_EXIT, exit_payload, sizeof(exit_payload));
	wire_write_frame(fd, WIRE_RECORD, "short", 5);
	wire_header(oversized, WIRE_STDOUT, "", 0);
	wire_put32(oversized + 8, 1 << 30);
	wire_write(fd, oversized, sizeof(oversized));
	nonce = await_hello(fd);
	answer_hello(fd, nonce + 1, "old\0" "old\0" "old", sizeof("old\0" "old\0" "old"));
	/* One whose checksum is wrong. */
	wire_put64(damaged + WIRE_HEADER, nonce);
	memcpy(damaged + WIRE_HEADER + 8, "bad\0" "bad\0" "bad", 12);
	wire_header(damaged, WIRE_HELLO, damaged + WIRE_HEADER, 20);
	damaged[12] ^= 1;
	wire_write(fd, damaged, sizeof(damaged));
	/* A frame that was cut: what follows fills it up. */
	wire_header(oversized, WIRE_STDOUT, noise, WIRE_PAYLOAD_MAX);
	wire_write(fd, oversized, sizeof(oversized));
	answer_hello(fd, nonce, "9\0" "6.1\033[31m\0" "id", sizeof("9\0" "6.1\033[31m\0" "id"));
	await_end(fd);
}

static void test_rubbish(void)
{
	struct peer peer;
	g_autoptr(GError) error = NULL;
	struct agent *agent = agent_new(peer_start(&peer, greet_after_rubbish), wire_soon(), &error);

	g_assert_no_error(error);
	g_assert_cmpstr(agent_version(agent), ==, "9");
	g_assert_null(strchr(agent_kernel_release(agent), '\033'));
	agent_free(agent);
	g_thread_join(peer.thread);
}

/* HELLO comes behind as many zeros as fill up any frame. */
static void count_padding(int fd)
{
	guint8 buf[WIRE_PADDING + 1];
	gsize have = 0;

	while (have < sizeof(buf)) {
		ssize_t n = recv(fd, buf + have, sizeof(buf) - have, 0);

		g_assert_cmpint(n, >, 0);
		have += (gsize)n;
	}
	for (guint i = 0; i < WIRE_PADDING; i++)
		g_assert_cmpint(buf[i], ==, 0);
	g_assert_cmpint(buf[WIRE_PADDING], ==, 'V');
}

static void test_padding(void)
{
	struct peer peer;

	g_assert_null(agent_new(peer_start(&peer, count_padding), wire_soon(), NULL));
	g_thread_join(peer.thread);
}

/* The first HELLO gets lost. */
static void greet_second(int fd)
{
	guint64 nonce = await_hello(fd);

	g_assert_cmpuint(nonce, ==, await_hello(fd));
	answer_hello(fd, nonce, "9\0" "6\0" "id", sizeof("9\0" "6\0" "id"));
	/* And the answer to the first after all. */
	answer_hello(fd, nonce, "9\0" "6\0" "id", sizeof("9\0" "6\0" "id"));
	g_bytes_unref(wire_await(fd, WIRE_EXEC));
	wire_write_frame(fd, WIRE_EXIT, "\0\0\0\0\0\0\0\0\0\0\0", 12);
	await_end(fd);
}

/* The same, but the agent tells that it has started. */
static void greet_started(int fd)
{
	guint64 nonce = await_hello(fd);

	answer_hello(fd, WIRE_ANEW, "9\0" "6\0" "id", sizeof("9\0" "6\0" "id"));
	g_assert_cmpuint(nonce, ==, await_hello(fd));
	answer_hello(fd, nonce, "9\0" "6\0" "id", sizeof("9\0" "6\0" "id"));
	g_bytes_unref(wire_await(fd, WIRE_EXEC));
	wire_write_frame(fd, WIRE_EXIT, "\0\0\0\0\0\0\0\0\0\0\0", 12);
	await_end(fd);
}

static const char *const true_argv[] = { "true", NULL };
static const struct guest_exec run_true = { .argv = true_argv, .watch_fd = -1, .timeout_s = 60 };

static void test_asks_again(void)
{
	void (*const scripts[])(int fd) = { greet_second, greet_started };

	for (guint i = 0; i < G_N_ELEMENTS(scripts); i++) {
		struct peer peer;
		g_autoptr(GError) error = NULL;
		struct agent *agent = agent_new(peer_start(&peer, scripts[i]), wire_soon(), &error);
		struct guest_result result = { 0 };

		g_assert_no_error(error);
		agent_exec(agent, &run_true, &result, &error);
		g_assert_no_error(error);
		guest_result_clear(&result);
		agent_free(agent);
		g_thread_join(peer.thread);
	}
}

/* EXEC's answers */

static void exec_then(int fd, enum wire_type type, const void *payload, guint32 size)
{
	greet(fd);
	g_bytes_unref(wire_await(fd, WIRE_EXEC));
	wire_write_frame(fd, WIRE_STDOUT, "some", 4);
	wire_write_frame(fd, type, payload, size);
	await_end(fd);
}

static void exec_hang_up(int fd)
{
	greet(fd);
	g_bytes_unref(wire_await(fd, WIRE_EXEC));
	wire_write_frame(fd, WIRE_STDOUT, "some", 4);
}

static void exec_hang_up_in_frame(int fd)
{
	guint8 header[WIRE_HEADER];

	greet(fd);
	g_bytes_unref(wire_await(fd, WIRE_EXEC));
	wire_header(header, WIRE_EXIT, "\0\0\0\0\0\0\0\0\0\0\0", 12);
	wire_write(fd, header, sizeof(header));
}

static void exec_short_exit(int fd)
{
	exec_then(fd, WIRE_EXIT, "\0\0\0\0", 4);
}

static void exec_wrong_type(int fd)
{
	exec_then(fd, WIRE_DATA, "data", 4);
}

static void exec_unknown_type(int fd)
{
	exec_then(fd, 999, "", 0);
}

static void exec_refused(int fd)
{
	exec_then(fd, WIRE_DONE, "\x10\0\0\0\033[31mtext", 13);
}

static void exec_short_done(int fd)
{
	exec_then(fd, WIRE_DONE, "\x10", 1);
}

static void exec_record_without_nul(int fd)
{
	exec_then(fd, WIRE_RECORD, "....................text", 24);
}

static void exec_rebooted(int fd)
{
	greet(fd);
	g_bytes_unref(wire_await(fd, WIRE_EXEC));
	answer_hello(fd, WIRE_ANEW, "9\0" "6\0" "id", sizeof("9\0" "6\0" "id"));
	await_end(fd);
}

static void test_exec_answers(void)
{
	static const struct { void (*script)(int fd); const char *why; } cases[] = {
		{ exec_hang_up, "went away" },
		{ exec_hang_up_in_frame, "went away" },
		{ exec_short_exit, "makes no sense" },
		{ exec_wrong_type, "makes no sense" },
		{ exec_unknown_type, "makes no sense" },
		{ exec_refused, "cannot run the command: Device or resource busy" },
		{ exec_short_done, "makes no sense" },
		{ exec_record_without_nul, "makes no sense" },
		{ exec_rebooted, "rebooted" },
	};

	for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
		struct peer peer;
		struct agent *agent = agent_new(peer_start(&peer, cases[i].script), wire_soon(), NULL);
		struct guest_result result = { 0 };
		g_autoptr(GError) error = NULL;

		g_assert_false(agent_exec(agent, &run_true, &result, &error));
		g_assert_error(error, LAB_ERROR, LAB_ERROR_LAB);
		if (!strstr(error->message, cases[i].why))
			g_error("case %u: %s", i, error->message);
		guest_result_clear(&result);
		agent_free(agent);
		g_thread_join(peer.thread);
	}
}

/* A status and signal out of their ranges. */
static void exec_wild_exit(int fd)
{
	exec_then(fd, WIRE_EXIT, "\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff", 12);
}

static void test_wild_exit(void)
{
	struct peer peer;
	struct agent *agent = agent_new(peer_start(&peer, exec_wild_exit), wire_soon(), NULL);
	struct guest_result result = { 0 };

	g_assert_true(agent_exec(agent, &run_true, &result, NULL));
	g_assert_cmpint(result.status, ==, 255);
	g_assert_cmpint(result.signal, ==, 127);
	g_assert_true(result.stuck && result.timed_out);
	guest_result_clear(&result);
	agent_free(agent);
	g_thread_join(peer.thread);
}

/* GET's */

static void get_too_much(int fd)
{
	greet(fd);
	g_bytes_unref(wire_await(fd, WIRE_GET));
	wire_write_frame(fd, WIRE_DATA, "0123456789", 10);
	wire_write_frame(fd, WIRE_DATA, "x", 1);
	wire_write_frame(fd, WIRE_DONE, "\0\0\0\0", 5);
	await_end(fd);
}

static void get_empty(int fd)
{
	greet(fd);
	g_bytes_unref(wire_await(fd, WIRE_GET));
	for (guint i = 0; i < 100; i++)
		wire_write_frame(fd, WIRE_DATA, "", 0);
	await_end(fd);
}

static void test_get_answers(void)
{
	void (*const scripts[])(int fd) = { get_too_much, get_empty };
	g_autofree char *dir = g_dir_make_tmp("vexvm-test-XXXXXX", NULL);
	g_autofree char *to = g_build_filename(dir, "to", NULL);

	for (guint i = 0; i < G_N_ELEMENTS(scripts); i++) {
		struct peer peer;
		struct agent *agent = agent_new(peer_start(&peer, scripts[i]), wire_soon(), NULL);
		g_autoptr(GError) error = NULL;

		g_assert_false(agent_get(agent, "/x", to, 10, &error));
		g_assert_nonnull(strstr(error->message, "makes no sense"));
		agent_free(agent);
		g_thread_join(peer.thread);
	}
	/* Nothing is left, so it can be removed. */
	g_assert_cmpint(rmdir(dir), ==, 0);
}

/* Records */

static guint32 record_fill(guint8 *payload, guint64 seq, const char *text, gsize size)
{
	wire_put64(payload, seq);
	wire_put64(payload + 8, 1234567);
	wire_put32(payload + 16, 3 << 3 | 4);
	memcpy(payload + 20, text, size);
	return (guint32)(20 + size);
}

/* More than can be handled, for as long as somebody reads. */
static void flood(int fd)
{
	static const char text[] = "te\001xt\033[31m\xff\n;";
	guint8 payload[64], frame[WIRE_HEADER + 64];
	guint32 size;

	greet(fd);
	g_bytes_unref(wire_await(fd, WIRE_KMSG));
	wire_write_frame(fd, WIRE_DONE, "\0\0\0\0", 5);
	for (guint64 seq = 0;; seq++) {
		size = record_fill(payload, seq, text, sizeof(text));
		wire_header(frame, WIRE_RECORD, payload, size);
		memcpy(frame + WIRE_HEADER, payload, size);
		if (send(fd, frame, WIRE_HEADER + size, MSG_NOSIGNAL) < 0)
			return;
	}
}

static void take_record(void *data, const struct kmsg_record *record)
{
	guint64 *next = data;

	g_assert_cmpuint(record->seq, ==, (*next)++);
	g_assert_cmpuint(record->usec, ==, 1234567);
	g_assert_cmpuint(record->level, ==, 4);
	g_assert_cmpuint(record->facility, ==, 3);
	g_assert_cmpstr(record->text, ==, "te\001xt\033[31m\xff\n;");
}

/* Neither polling nor waiting for an answer that does not come goes on for ever. */
static void test_flood(void)
{
	struct peer peer;
	g_autoptr(GError) error = NULL;
	struct agent *agent = agent_new(peer_start(&peer, flood), wire_soon(), &error);
	guint64 next = 0, before;

	g_assert_no_error(error);
	agent_kmsg_follow(agent, 0, take_record, &next, &error);
	g_assert_no_error(error);
	agent_poll(agent, g_get_monotonic_time() + G_USEC_PER_SEC / 10, &error);
	g_assert_no_error(error);
	g_assert_cmpuint(next, >, 0);
	before = next;
	agent_poll(agent, 0, &error);
	g_assert_no_error(error);
	g_assert_cmpuint(next, >=, before);
	agent_free(agent);
	g_thread_join(peer.thread);
}

static void send_record(int fd, guint64 seq)
{
	guint8 payload[64];

	wire_write_frame(fd, WIRE_RECORD, payload, record_fill(payload, seq, "text", sizeof("text")));
}

/* Records 1 and 3 come as they were asked for; 2 is late. */
static void follow_twice(int fd)
{
	greet(fd);
	g_bytes_unref(wire_await(fd, WIRE_KMSG));
	wire_write_frame(fd, WIRE_DONE, "\0\0\0\0", 5);
	send_record(fd, 1);
	g_bytes_unref(wire_await(fd, WIRE_KMSG));
	send_record(fd, 2);
	wire_write_frame(fd, WIRE_DONE, "\0\0\0\0", 5);
	send_record(fd, 3);
	g_bytes_unref(wire_await(fd, WIRE_EXEC));
	wire_write_frame(fd, WIRE_EXIT, "\0\0\0\0\0\0\0\0\0\0\0", 12);
	await_end(fd);
}

static void add_seq(void *data, const struct kmsg_record *record)
{
	*(guint64 *)data += record->seq;
}

static void test_follow_again(void)
{
	struct peer peer;
	struct agent *agent = agent_new(peer_start(&peer, follow_twice), wire_soon(), NULL);
	struct guest_result result = { 0 };
	guint64 first = 0, second = 0;

	g_assert_true(agent_kmsg_follow(agent, 0, add_seq, &first, NULL));
	g_assert_true(agent_kmsg_follow(agent, G_MAXUINT64, add_seq, &second, NULL));
	g_assert_true(agent_exec(agent, &run_true, &result, NULL));
	g_assert_cmpuint(second, ==, 3);
	g_assert_cmpuint(first, <=, 1);
	guest_result_clear(&result);
	agent_free(agent);
	g_thread_join(peer.thread);
}

/* A guest that takes nothing more does not hold what is sent for ever: it hangs up here. */
static void take_nothing(int fd)
{
	char buf[1];

	greet(fd);
	g_assert_cmpint(recv(fd, buf, 1, 0), ==, 1);
}

static void test_put_to_the_dead(void)
{
	struct peer peer;
	struct agent *agent = agent_new(peer_start(&peer, take_nothing), wire_soon(), NULL);
	g_autoptr(GError) error = NULL;
	g_autofree char *self = g_file_read_link("/proc/self/exe", NULL);

	g_assert_false(agent_put(agent, self, "/x", 0644, &error));
	g_assert_error(error, LAB_ERROR, LAB_ERROR_LAB);
	g_assert_nonnull(strstr(error->message, "went away"));
	agent_free(agent);
	g_thread_join(peer.thread);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/wire/client/no-greeting", test_no_greeting);
	g_test_add_func("/wire/client/rubbish", test_rubbish);
	g_test_add_func("/wire/client/padding", test_padding);
	g_test_add_func("/wire/client/asks-again", test_asks_again);
	g_test_add_func("/wire/client/exec-answers", test_exec_answers);
	g_test_add_func("/wire/client/wild-exit", test_wild_exit);
	g_test_add_func("/wire/client/get-answers", test_get_answers);
	g_test_add_func("/wire/client/flood", test_flood);
	g_test_add_func("/wire/client/follow-again", test_follow_again);
	g_test_add_func("/wire/client/put-to-the-dead", test_put_to_the_dead);
	return g_test_run();
}
