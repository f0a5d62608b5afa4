// SPDX-License-Identifier: GPL-2.0-only
/* The agent against scripted hosts that are hostile or die in the middle. */
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

static const char *const true_argv[] = { "true", NULL };
static const struct guest_exec run_true = { .argv = true_argv, .watch_fd = -1, .timeout_s = 60 };

static guint32 exec_fill(guint8 *payload, const char *const *argv)
{
	guint32 at = 8 + 2;

	wire_put32(payload, 0);
	wire_put32(payload + 4, g_strv_length((char **)argv));
	memcpy(payload + 8, "/", 2);
	for (; *argv; argv++) {
		memcpy(payload + at, *argv, strlen(*argv) + 1);
		at += (guint32)strlen(*argv) + 1;
	}
	return at;
}

/* Greets on a copy of the connection and runs a command. */
static void assert_works(const struct served *served)
{
	g_autoptr(GError) error = NULL;
	struct agent *agent = agent_new(fcntl(served->fd, F_DUPFD_CLOEXEC, 0), wire_soon(), &error);
	struct guest_result result = { 0 };

	g_assert_no_error(error);
	agent_exec(agent, &run_true, &result, &error);
	g_assert_no_error(error);
	g_assert_cmpint(result.status, ==, 0);
	guest_result_clear(&result);
	agent_free(agent);
}

/* A host dies anywhere in a command, and another takes over. */
static void test_cut(void)
{
	g_autofree char *dir = g_dir_make_tmp("vexvm-test-XXXXXX", NULL);
	g_autofree char *file = g_build_filename(dir, "ran", NULL);
	const char *const argv[] = { "touch", file, NULL };
	guint8 frame[WIRE_HEADER + 256];
	guint32 size = exec_fill(frame + WIRE_HEADER, argv);

	wire_header(frame, WIRE_EXEC, frame + WIRE_HEADER, size);
	for (gsize cut = 1; cut < WIRE_HEADER + size - 1; cut += 3) {
		auto_served served;

		served_init(&served);
		assert_works(&served);
		wire_write(served.fd, frame, cut);
		assert_works(&served);
		g_assert_cmpint(access(file, F_OK), <, 0);
	}
	g_assert_true(folder_remove(dir, NULL));
}

/* What a header promises that is not so: a checksum, or more than any frame has. */
static void test_false_header(void)
{
	g_autofree char *dir = g_dir_make_tmp("vexvm-test-XXXXXX", NULL);
	g_autofree char *file = g_build_filename(dir, "ran", NULL);
	const char *const argv[] = { "touch", file, NULL };
	guint8 frame[WIRE_HEADER + 256];
	guint32 size = exec_fill(frame + WIRE_HEADER, argv);
	auto_served served;

	served_init(&served);
	wire_header(frame, WIRE_EXEC, frame + WIRE_HEADER, size);
	frame[12] ^= 1;
	wire_write(served.fd, frame, WIRE_HEADER + size);
	wire_put32(frame + 8, 1 << 30);
	wire_write(served.fd, frame, WIRE_HEADER + size);
	assert_works(&served);
	g_assert_cmpint(access(file, F_OK), <, 0);
	g_assert_true(folder_remove(dir, NULL));
}

/* The answer to HELLO comes behind as many zeros as fill up any frame. */
static void test_padding(void)
{
	g_autoptr(GByteArray) in = g_byte_array_new();
	guint8 nonce[8] = "nonce", buf[4096], magic[WIRE_HEADER];
	const guint8 *hello = NULL;
	auto_served served;

	served_init(&served);
	g_bytes_unref(wire_await(served.fd, WIRE_HELLO));	/* that it has started */
	wire_write_frame(served.fd, WIRE_HELLO, nonce, sizeof(nonce));
	wire_header(magic, WIRE_HELLO, nonce, 0);
	while (!hello) {
		ssize_t n = recv(served.fd, buf, sizeof(buf), 0);

		g_assert_cmpint(n, >, 0);
		g_byte_array_append(in, buf, (guint)n);
		hello = memmem(in->data, in->len, magic, 8);
	}
	g_assert_cmpint(hello - in->data, ==, WIRE_PADDING);
	for (guint i = 0; i < WIRE_PADDING; i++)
		g_assert_cmpint(in->data[i], ==, 0);
}

/* A host that asks for much and leaves without a look at it. */
static void test_unread(void)
{
	static const char *const argv[] = { "yes", NULL };
	guint8 payload[256];
	guint32 size = exec_fill(payload, argv);
	auto_served served;

	served_init(&served);
	for (guint i = 0; i < 3; i++) {
		wire_write_frame(served.fd, WIRE_EXEC, payload, size);
		/* Each is refused, as one runs; nobody reads that either. */
		for (guint k = 0; k < 20000; k++)
			wire_write_frame(served.fd, WIRE_EXEC, payload, size);
		assert_works(&served);
	}
}

static void assert_done(int fd, guint32 want)
{
	g_autoptr(GBytes) done = wire_await(fd, WIRE_DONE);

	g_assert_nonnull(done);
	g_assert_cmpuint(wire_get32(g_bytes_get_data(done, NULL)), ==, want);
}

static void test_malformed(void)
{
	static const char *const argv[] = { "tail", "-f", "/dev/null", NULL };
	static const struct { enum wire_type type; const char *bytes; guint32 size; } bad[] = {
		{ WIRE_EXEC, "", 0 }, { WIRE_EXEC, "\0\0\0\0\0\0\0\0", 8 },
		{ WIRE_EXEC, "\0\0\0\0\0\0\0\0/", 10 },
		{ WIRE_EXEC, "\0\0\0\0\x01\0\0\0/\0x", 11 }, { WIRE_EXEC, "\0\0\0\0\xff\xff\xff\xff/\0x", 12 },
		{ WIRE_EXEC, "\0\0\0\0\x01\0\0\0/\0x\0y", 14 },
		{ WIRE_GET, "", 0 }, { WIRE_GET, "\0\0\0\0\0\0\0\0x", 10 },
		{ WIRE_GET, "\0\0\0\0\0\0\0\0/x", 10 }, { WIRE_CLOCK, "", 0 }, { WIRE_KMSG, "x", 1 },
		{ WIRE_END, "", 0 }, { WIRE_HELLO + 100, "", 0 }, { 0, "", 0 }, { WIRE_EXIT, "", 0 },
	};
	guint8 payload[256];
	auto_served served;

	served_init(&served);
	for (guint i = 0; i < G_N_ELEMENTS(bad); i++) {
		wire_write_frame(served.fd, bad[i].type, bad[i].bytes, bad[i].size);
		assert_done(served.fd, EINVAL);
	}
	/* A second job, of each kind, while one runs. */
	wire_write_frame(served.fd, WIRE_EXEC, payload, exec_fill(payload, argv));
	wire_write_frame(served.fd, WIRE_EXEC, payload, exec_fill(payload, argv));
	assert_done(served.fd, EBUSY);
	wire_write_frame(served.fd, WIRE_GET, "\0\0\0\0\0\0\0\0/etc/passwd", 20);
	assert_done(served.fd, EBUSY);
	wire_write_frame(served.fd, WIRE_PUT, "\0\0\0\0/nowhere", 13);
	wire_write_frame(served.fd, WIRE_DATA, "x", 1);
	wire_write_frame(served.fd, WIRE_END, "", 0);
	assert_done(served.fd, EBUSY);
	wire_write_frame(served.fd, WIRE_KILL, "", 0);
	g_bytes_unref(wire_await(served.fd, WIRE_EXIT));
	assert_works(&served);
}

/* Whole frames of anything; no clock is set and no file named. */
static void test_noise(void)
{
	static const enum wire_type types[] = {
		WIRE_EXEC, WIRE_KILL, WIRE_PUT, WIRE_GET, WIRE_DATA, WIRE_END, WIRE_KMSG,
		WIRE_HELLO, WIRE_STDOUT, WIRE_DONE,
	};
	auto_served served;

	served_init(&served);
	for (guint round = 0; round < 20; round++) {
		for (guint i = 0; i < 100; i++) {
			guint32 size = (guint32)g_test_rand_int_range(0, 200);
			guint8 payload[200];

			for (guint k = 0; k < size; k++)
				payload[k] = (guint8)g_test_rand_int_range(0, '/');
			if (g_test_rand_bit())
				wire_write(served.fd, payload, size);
			else
				wire_write_frame(served.fd, types[g_test_rand_int_range(0, G_N_ELEMENTS(types))],
					    payload, size);
		}
		assert_works(&served);
	}
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/wire/agent/cut", test_cut);
	g_test_add_func("/wire/agent/false-header", test_false_header);
	g_test_add_func("/wire/agent/padding", test_padding);
	g_test_add_func("/wire/agent/unread", test_unread);
	g_test_add_func("/wire/agent/malformed", test_malformed);
	g_test_add_func("/wire/agent/noise", test_noise);
	return g_test_run();
}
