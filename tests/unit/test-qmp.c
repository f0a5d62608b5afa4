// SPDX-License-Identifier: GPL-2.0-only
/* The QMP client against a scripted peer on a socket pair. */
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "lib/fault.h"
#include "lib/fd.h"
#include "libvm/qmp.h"
#include "libvm/snapshot.h"
#include "libvm/state.h"

#define LIMIT (10 * G_USEC_PER_SEC)
#define GREETING "{\"QMP\": {\"version\": {\"qemu\": {\"major\": 7}}, \"capabilities\": []}}\r\n"
#define ACCEPTED "{\"return\": {}, \"id\": 1}\r\n"

/*
 * What the peer does, step by step: a string is sent, EXPECT awaits one line
 * that has the text in it. It ends by closing its side.
 */
struct step {
	const char *send, *expect;
};

struct peer {
	int fd;
	const struct step *steps;
	GThread *thread;
};

static gint64 soon(void)
{
	return g_get_monotonic_time() + LIMIT;
}

static void expect_line(int fd, const char *part)
{
	g_autoptr(GString) line = g_string_new(NULL);
	char c;

	while (fd_wait(fd, POLLIN, soon()) > 0 && read(fd, &c, 1) == 1 && c != '\n')
		g_string_append_c(line, c);
	g_assert_nonnull(strstr(line->str, part));
}

static gpointer play(gpointer data)
{
	struct peer *peer = data;

	for (const struct step *s = peer->steps; s->send || s->expect; s++) {
		if (s->expect)
			expect_line(peer->fd, s->expect);
		if (s->send)
			fd_write_all(peer->fd, s->send, strlen(s->send));
	}
	fd_close(&peer->fd);
	return NULL;
}

/* The client's end; the peer plays @steps meanwhile. */
static int peer_start(struct peer *peer, const struct step *steps)
{
	int ends[2];

	g_assert_cmpint(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), ==, 0);
	peer->fd = ends[1];
	peer->steps = steps;
	peer->thread = g_thread_new("peer", play, peer);
	return ends[0];
}

static void test_call(void)
{
	static const struct step steps[] = {
		{ GREETING }, { ACCEPTED, "\"execute\":\"qmp_capabilities\"" },
		{ "{\"return\": {\"status\": \"running\"}, \"id\": 2}\r\n", "\"query-status\"" },
		{ "{\"return\": {}, \"id\": 3}\r\n", "\"arguments\":{\"device\":\"disk\"}" },
		{ NULL }
	};
	struct peer peer;
	g_autoptr(GError) error = NULL;
	g_autoptr(qmp_owner) qmp = qmp_new(peer_start(&peer, steps), soon(), &error);
	g_autoptr(JsonNode) answer = NULL;
	JsonObject *arguments = json_object_new();

	g_assert_no_error(error);
	g_assert_true(qmp_call(qmp, "query-status", NULL, soon(), &answer, &error));
	g_assert_cmpstr(state_string(json_node_get_object(answer), "status", ""), ==, "running");
	json_object_set_string_member(arguments, "device", "disk");
	g_assert_true(qmp_call(qmp, "eject", arguments, soon(), NULL, &error));
	g_thread_join(peer.thread);
}

/* An answer in pieces, events around it, an answer to somebody else's number. */
static void test_pieces_and_events(void)
{
	static const struct step steps[] = {
		{ GREETING }, { ACCEPTED, "qmp_capabilities" },
		{ "{\"event\": \"RESUME\"}\r\n{\"ret", "query-status" },
		{ "urn\": 1, \"id\": 77}\n{\"event\": \"STOP\", \"data\": {}}\n{\"return\": {\"n\":" },
		{ " 5}, \"id\": 2}\n{\"event\": \"SHUTDOWN\"}\n" },
		{ NULL }
	};
	static const char *const events[] = { "RESUME", "STOP", "SHUTDOWN" };
	struct peer peer;
	g_autoptr(GError) error = NULL;
	g_autoptr(qmp_owner) qmp = qmp_new(peer_start(&peer, steps), soon(), &error);
	g_autoptr(JsonNode) answer = NULL;

	g_assert_true(qmp_call(qmp, "query-status", NULL, soon(), &answer, &error));
	g_assert_cmpint(state_int(json_node_get_object(answer), "n", 0), ==, 5);
	for (guint i = 0; i < G_N_ELEMENTS(events); i++) {
		g_autoptr(JsonObject) event = qmp_event(qmp, soon(), &error);

		g_assert_no_error(error);
		g_assert_cmpstr(state_string(event, "event", ""), ==, events[i]);
	}
	g_thread_join(peer.thread);
	g_assert_null(qmp_event(qmp, soon(), &error));
	g_assert_error(error, LAB_ERROR, LAB_ERROR_LAB);
}

static void test_refused(void)
{
	static const struct step steps[] = {
		{ GREETING }, { ACCEPTED, "qmp_capabilities" },
		{ "{\"error\": {\"class\": \"CommandNotFound\", \"desc\": \"no such thing\"}, \"id\": 2}\n",
		  "nonsense" },
		{ "{\"error\": {\"class\": 7, \"desc\": [1]}, \"id\": 3}\n", "nonsense" },
		{ "{\"id\": 4}\n", "nonsense" },
		{ NULL }
	};
	static const char *const parts[] = { "no such thing (CommandNotFound)", "refused",
					     "makes no sense" };
	struct peer peer;
	g_autoptr(qmp_owner) qmp = qmp_new(peer_start(&peer, steps), soon(), NULL);

	for (guint i = 0; i < G_N_ELEMENTS(parts); i++) {
		g_autoptr(GError) error = NULL;

		g_assert_false(qmp_call(qmp, "nonsense", NULL, soon(), NULL, &error));
		g_assert_error(error, LAB_ERROR, LAB_ERROR_LAB);
		g_assert_nonnull(strstr(error->message, parts[i]));
	}
	g_thread_join(peer.thread);
}

static void test_human(void)
{
	static const struct step steps[] = {
		{ GREETING }, { ACCEPTED, "qmp_capabilities" },
		{ "{\"return\": \"VM status: running\\r\\n\", \"id\": 2}\n", "\"command-line\":\"info status\"" },
		{ "{\"return\": 7, \"id\": 3}\n", "info" },
		{ NULL }
	};
	struct peer peer;
	g_autoptr(qmp_owner) qmp = qmp_new(peer_start(&peer, steps), soon(), NULL);
	g_autofree char *text = NULL, *number = NULL;

	g_assert_true(qmp_human(qmp, "info status", soon(), &text, NULL));
	g_assert_cmpstr(text, ==, "VM status: running\r\n");
	g_assert_true(qmp_human(qmp, "info x", soon(), &number, NULL));
	g_assert_cmpstr(number, ==, "");
	g_thread_join(peer.thread);
}

/* What a peer that is no QEMU, or ends, or says nothing makes of a connection. */
static void test_bad_greetings(void)
{
	static const struct {
		struct step steps[3];
		const char *part;
	} cases[] = {
		{ { { NULL } }, "closed" },
		{ { { "SSH-2.0-OpenSSH_9.2\r\n" } }, "does not speak QMP" },
		{ { { "{\"hello\": 1}\n" } }, "does not speak QMP" },
		{ { { "[1, 2]\n" } }, "does not speak QMP" },
		{ { { "\n" } }, "does not speak QMP" },
		{ { { "{\"QMP\": {}}" } }, "closed" },
		{ { { GREETING } }, "closed" },
		{ { { GREETING }, { "{\"error\": {\"desc\": \"busy\"}, \"id\": 1}\n", "qmp_cap" } }, "busy" },
	};

	for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
		struct peer peer;
		g_autoptr(GError) error = NULL;
		int fd = peer_start(&peer, cases[i].steps);

		g_assert_null(qmp_new(fd, soon(), &error));
		g_assert_error(error, LAB_ERROR, LAB_ERROR_LAB);
		g_test_message("case %u: %s", i, error->message);
		g_assert_nonnull(strstr(error->message, cases[i].part));
		g_thread_join(peer.thread);
	}
}

/* Silence ends at the deadline, before the greeting and after it. */
static void test_silence(void)
{
	static const char talk[] = GREETING ACCEPTED;
	g_autoptr(GError) error = NULL;
	g_autoptr(qmp_owner) qmp = NULL;
	int ends[2];

	g_assert_cmpint(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), ==, 0);
	g_assert_null(qmp_new(ends[0], g_get_monotonic_time() + 20000, &error));
	g_assert_error(error, LAB_ERROR, LAB_ERROR_LAB);
	g_assert_nonnull(strstr(error->message, "in time"));
	g_clear_error(&error);
	close(ends[1]);

	g_assert_cmpint(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), ==, 0);
	fd_write_all(ends[1], talk, strlen(talk));
	qmp = qmp_new(ends[0], soon(), &error);
	g_assert_no_error(error);
	g_assert_false(qmp_call(qmp, "query-status", NULL, g_get_monotonic_time() + 20000, NULL, &error));
	g_assert_nonnull(strstr(error->message, "query-status in time"));
	g_clear_error(&error);
	g_assert_null(qmp_event(qmp, 0, &error));
	g_assert_no_error(error);
	close(ends[1]);
}

/* The answer to a call that was given up comes late, and is nobody's. */
static void test_late_answer(void)
{
	static const char talk[] = GREETING ACCEPTED;
	static const char late[] = "{\"return\": {\"n\": 1}, \"id\": 2}\n"
				   "{\"return\": {\"n\": 2}, \"id\": 3}\n";
	g_autoptr(qmp_owner) qmp = NULL;
	g_autoptr(JsonNode) answer = NULL;
	int ends[2];

	g_assert_cmpint(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), ==, 0);
	fd_write_all(ends[1], talk, strlen(talk));
	qmp = qmp_new(ends[0], soon(), NULL);
	g_assert_false(qmp_call(qmp, "one", NULL, 0, NULL, NULL));
	fd_write_all(ends[1], late, strlen(late));
	g_assert_true(qmp_call(qmp, "two", NULL, soon(), &answer, NULL));
	g_assert_cmpint(state_int(json_node_get_object(answer), "n", 0), ==, 2);
	close(ends[1]);
}

static gpointer flood(gpointer data)
{
	int fd = GPOINTER_TO_INT(data);
	g_autofree char *block = g_malloc(65536);

	memset(block, 'x', 65536);
	while (fd_write_all(fd, block, 65536))
		;
	close(fd);
	return NULL;
}

static void test_endless_line(void)
{
	g_autoptr(GError) error = NULL;
	GThread *thread;
	int ends[2];

	g_assert_cmpint(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), ==, 0);
	thread = g_thread_new("flood", flood, GINT_TO_POINTER(ends[1]));
	g_assert_null(qmp_new(ends[0], soon(), &error));
	g_assert_error(error, LAB_ERROR, LAB_ERROR_LAB);
	g_assert_nonnull(strstr(error->message, "line of more than"));
	g_thread_join(thread);
}

/* Nobody asks for events: the newest are kept. */
static void test_many_events(void)
{
	g_autoptr(GString) text = g_string_new(NULL);
	g_autoptr(qmp_owner) qmp = NULL;
	g_autoptr(JsonObject) first = NULL;
	struct peer peer;
	struct step steps[] = { { GREETING }, { ACCEPTED, "qmp_capabilities" }, { NULL, "\"x\"" },
				{ NULL } };

	for (guint i = 0; i < QMP_EVENTS_MAX + 5; i++)
		g_string_append_printf(text, "{\"event\": \"E%u\"}\n", i);
	g_string_append(text, "{\"return\": {}, \"id\": 2}\n");
	steps[2].send = text->str;
	qmp = qmp_new(peer_start(&peer, steps), soon(), NULL);
	g_assert_nonnull(qmp);
	g_assert_true(qmp_call(qmp, "x", NULL, soon(), NULL, NULL));
	first = qmp_event(qmp, 0, NULL);
	g_assert_cmpstr(state_string(first, "event", ""), ==, "E5");
	g_thread_join(peer.thread);
}

static void test_no_socket(void)
{
	g_autoptr(GError) error = NULL;

	g_assert_null(qmp_open("/nonexistent/qmp", soon(), &error));
	g_assert_error(error, LAB_ERROR, LAB_ERROR_LAB);
	g_assert_nonnull(strstr(error->message, "/nonexistent/qmp"));
}

#define MIGRATION(status) "{\"event\": \"MIGRATION\", \"data\": {\"status\": \"" status "\"}}\r\n"
#define RETURN(id) "{\"return\": {}, \"id\": " id "}\r\n"
#define CAPABILITIES "\"capability\":\"x-ignore-shared\",\"state\":true"

/* One conversation about a state; @why is a part of the error, NULL for success. */
static void check_snapshot(const struct step *steps, bool load, const char *why)
{
	g_autoptr(GError) error = NULL;
	struct peer peer;
	g_autoptr(qmp_owner) qmp = qmp_new(peer_start(&peer, steps), soon(), &error);
	bool ok;

	g_assert_no_error(error);
	ok = (load ? snapshot_load : snapshot_save)(qmp, "/a path/it's", soon(), &error);
	g_thread_join(peer.thread);
	if (!why) {
		g_assert_no_error(error);
		g_assert_true(ok);
		return;
	}
	g_assert_false(ok);
	g_assert_error(error, LAB_ERROR, LAB_ERROR_LAB);
	g_assert_nonnull(strstr(error->message, why));
}

static void test_snapshot_save(void)
{
	static const struct step good[] = {
		{ GREETING }, { ACCEPTED, "qmp_capabilities" }, { RETURN("2"), "\"stop\"" },
		{ RETURN("3"), CAPABILITIES },
		{ RETURN("4") MIGRATION("setup") MIGRATION("active") MIGRATION("completed"),
		  "exec:cat >'/a path/it'\\\\''s'" }, { NULL }
	};
	static const struct step full[] = {
		{ GREETING }, { ACCEPTED, "qmp_capabilities" }, { RETURN("2"), "\"stop\"" },
		{ RETURN("3"), CAPABILITIES }, { RETURN("4") MIGRATION("failed"), "\"migrate\"" }, { NULL }
	};

	check_snapshot(good, false, NULL);
	check_snapshot(full, false, "cannot save the guest's state: QEMU gave up");
}

static void test_snapshot_load(void)
{
	static const struct step good[] = {
		{ GREETING }, { ACCEPTED, "qmp_capabilities" }, { RETURN("2"), CAPABILITIES },
		{ RETURN("3"), "exec:cat '/a path" }, { MIGRATION("active") MIGRATION("completed") },
		{ RETURN("4"), "\"cont\"" }, { NULL }
	};
	/* What a truncated state makes of QEMU. */
	static const struct step ended[] = {
		{ GREETING }, { ACCEPTED, "qmp_capabilities" }, { RETURN("2"), CAPABILITIES },
		{ RETURN("3"), "migrate-incoming" }, { NULL }
	};
	static const struct step old[] = {
		{ GREETING }, { ACCEPTED, "qmp_capabilities" },
		{ "{\"error\": {\"class\": \"GenericError\", \"desc\": \"Invalid parameter\"}, \"id\": 2}\r\n",
		  CAPABILITIES }, { NULL }
	};

	check_snapshot(good, true, NULL);
	check_snapshot(ended, true, "cannot load the guest's state: ");
	check_snapshot(old, true, "QEMU refused migrate-set-capabilities: Invalid parameter");
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	signal(SIGPIPE, SIG_IGN);
	g_test_add_func("/qmp/call", test_call);
	g_test_add_func("/snapshot/save", test_snapshot_save);
	g_test_add_func("/snapshot/load", test_snapshot_load);
	g_test_add_func("/qmp/pieces-and-events", test_pieces_and_events);
	g_test_add_func("/qmp/refused", test_refused);
	g_test_add_func("/qmp/human", test_human);
	g_test_add_func("/qmp/bad-greetings", test_bad_greetings);
	g_test_add_func("/qmp/silence", test_silence);
	g_test_add_func("/qmp/late-answer", test_late_answer);
	g_test_add_func("/qmp/endless-line", test_endless_line);
	g_test_add_func("/qmp/many-events", test_many_events);
	g_test_add_func("/qmp/no-socket", test_no_socket);
	return g_test_run();
}
