// SPDX-License-Identifier: GPL-2.0-only
/* Helper programs: their output, their ends, and those that have none. */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/pidfd.h>

#include "lib/fault.h"
#include "lib/fd.h"
#include "lib/program.h"

#define LONG_MS 60000

static void sh(const char *script, int fd, guint limit_ms, struct program_result *ret)
{
	const char *argv[] = { "sh", "-c", script, NULL };
	g_autoptr(GError) error = NULL;

	g_assert_true(program_run(argv, fd, limit_ms, ret, &error));
	g_assert_no_error(error);
}

static void test_output(void)
{
	auto_program_result r = { 0 };

	sh("echo out; echo err >&2; exit 3", -1, LONG_MS, &r);
	g_assert_cmpstr(r.out->str, ==, "out\n");
	g_assert_cmpstr(r.err->str, ==, "err\n");
	g_assert_cmpint(r.status, ==, 3);
	g_assert_cmpint(r.signal, ==, 0);
	g_assert_false(r.timed_out);
}

/* More than a pipe holds is read; more than is kept is dropped, not waited for. */
static void test_much_output(void)
{
	auto_program_result r = { 0 };

	sh("head -c 70000000 /dev/zero | tr '\\0' x; echo end >&2", -1, LONG_MS, &r);
	g_assert_cmpuint(r.out->len, ==, PROGRAM_OUTPUT_MAX);
	g_assert_cmpstr(r.err->str, ==, "end\n");
	g_assert_cmpint(r.status, ==, 0);
}

static void test_signal(void)
{
	auto_program_result r = { 0 };
	g_autofree char *how = NULL;

	sh("kill -ABRT $$", -1, LONG_MS, &r);
	g_assert_cmpint(r.signal, ==, SIGABRT);
	how = program_result_describe(&r);
	g_assert_true(g_str_has_prefix(how, "killed by signal 6 ("));
}

/* At the limit the whole group goes, and what was said is kept. */
static void test_limit(void)
{
	auto_program_result r = { 0 };
	pid_t grandchild;
	auto_fd fd = -1;

	sh("tail -f /dev/null >/dev/null & echo $!; wait", -1, 1500, &r);
	g_assert_true(r.timed_out);
	grandchild = (pid_t)g_ascii_strtoll(r.out->str, NULL, 10);
	g_assert_cmpint(grandchild, >, 1);
	fd = pidfd_open(grandchild, 0);
	if (fd < 0)
		g_assert_cmpint(errno, ==, ESRCH);
	else
		g_assert_cmpint(fd_wait(fd, POLLIN, g_get_monotonic_time() + 10 * G_USEC_PER_SEC),
				>, 0);
}

/* One that ends while its child still holds the pipes is not waited for. */
static void test_heir(void)
{
	auto_program_result r = { 0 };

	sh("tail -f /dev/null & exit 4", -1, LONG_MS, &r);
	g_assert_false(r.timed_out);
	g_assert_cmpint(r.status, ==, 4);
}

static void test_pass_fd(void)
{
	auto_program_result r = { 0 };
	auto_fd fd = memfd_create("test", 0);
	g_autofree char *script = g_strdup_printf("cat /dev/fd/%d", fd);

	g_assert_true(fd_write_all(fd, "inside", 6));
	sh(script, fd, LONG_MS, &r);
	g_assert_cmpstr(r.out->str, ==, "inside");
}

static void test_missing(void)
{
	const char *argv[] = { "no-such-program-here", NULL };
	g_autoptr(GError) error = NULL;
	struct program_result r;

	g_assert_false(program_run(argv, -1, LONG_MS, &r, &error));
	g_assert_error(error, LAB_ERROR, LAB_ERROR_LAB);
	g_assert_nonnull(strstr(error->message, "no-such-program-here"));
}

static void test_check(void)
{
	const char *good[] = { "echo", "yes", NULL };
	const char *bad[] = { "sh", "-c", "echo first >&2; echo last >&2; echo >&2; exit 7", NULL };
	g_autoptr(GError) error = NULL;
	g_autofree char *out = NULL;

	g_assert_true(program_check(good, LONG_MS, &out, &error));
	g_assert_cmpstr(out, ==, "yes\n");
	g_assert_false(program_check(bad, LONG_MS, NULL, &error));
	g_assert_error(error, LAB_ERROR, LAB_ERROR_LAB);
	g_assert_cmpstr(error->message, ==, "sh failed (exit status 7): last");
}

static void on_line(void *data, const char *text)
{
	g_string_append_printf(data, "[%s]", text);
}

static void test_follow(void)
{
	const char *good[] = { "sh", "-c", "echo a; echo b >&2; echo; echo c", NULL };
	const char *bad[] = { "sh", "-c", "echo why; exit 1", NULL };
	g_autoptr(GString) lines = g_string_new(NULL);
	g_autoptr(GError) error = NULL;

	g_assert_true(program_follow(good, 60, on_line, lines, &error));
	g_assert_cmpstr(lines->str, ==, "[a][b][][c]");
	g_assert_false(program_follow(bad, 60, on_line, lines, &error));
	g_assert_cmpstr(error->message, ==, "sh failed (exit status 1): why");
}

static void test_last_line(void)
{
	static const char *const cases[][2] = {
		{ "", "" }, { "\n\n", "" }, { "one", "one" }, { "one\ntwo\n", "two" },
		{ "one\n  two  \n \n", "two" },
	};
	g_autofree char *endless = g_strnfill(5000, 'x'), *cut = program_last_line(endless);

	for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
		g_autofree char *line = program_last_line(cases[i][0]);

		g_assert_cmpstr(line, ==, cases[i][1]);
	}
	g_assert_cmpuint(strlen(cut), ==, 200);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/program/output", test_output);
	g_test_add_func("/program/much-output", test_much_output);
	g_test_add_func("/program/signal", test_signal);
	g_test_add_func("/program/limit", test_limit);
	g_test_add_func("/program/heir", test_heir);
	g_test_add_func("/program/pass-fd", test_pass_fd);
	g_test_add_func("/program/missing", test_missing);
	g_test_add_func("/program/check", test_check);
	g_test_add_func("/program/follow", test_follow);
	g_test_add_func("/program/last-line", test_last_line);
	return g_test_run();
}
