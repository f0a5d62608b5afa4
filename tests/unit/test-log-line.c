// SPDX-License-Identifier: GPL-2.0-only
/* What stands before a line of the log, and whose words the line is. */
#include "libvm/log-line.h"

#include <string.h>

static const struct {
	const char *bytes, *text;
	enum log_origin origin;
	guint64 usec;
	bool caller;
} lines[] = {
	{ "hello\n", "hello", LOG_UNKNOWN, 0, false },
	{ "[   12.345678] hello\r\n", "hello", LOG_KERNEL, 12345678, false },
	{ "[   12.345678][ T123] hello", "hello", LOG_KERNEL, 12345678, true },
	{ "[   12.345678][    C1] hello", "hello", LOG_KERNEL, 12345678, true },
	{ "[   12.345678][x] hello", "[x] hello", LOG_KERNEL, 12345678, false },
	{ "<4>[   12.345678] hello", "hello", LOG_KERNEL, 12345678, false },
	{ "<4>hello", "hello", LOG_UNKNOWN, 0, false },
	{ "<script>hello", "<script>hello", LOG_UNKNOWN, 0, false },
	{ "kern  :warn  : [   12.345678] hello", "hello", LOG_KERNEL, 12345678, false },
	{ "[Wed Nov 25 10:00:00 2026] hello", "hello", LOG_KERNEL, 0, false },
	{ "Nov 25 10:00:00 host kernel: hello", "hello", LOG_KERNEL, 0, false },
	{ "Nov  5 10:00:00 host kern.warn kernel: [   12.345678] hello", "hello", LOG_KERNEL, 12345678, false },
	{ "Nov 25 10:00:00 host sshd[7]: hello", "hello", LOG_USER, 0, false },
	{ "2026-11-25T10:00:00.123456+00:00 host kernel: hello", "hello", LOG_KERNEL, 0, false },
	{ "2026-11-25T10:00:00Z host app: hello", "hello", LOG_USER, 0, false },
	{ "vexvm login: [   12.345678] hello", "hello", LOG_KERNEL, 12345678, false },
	{ "[   12.345678] [U] hello", "[U] hello", LOG_USER, 12345678, false },
	{ "\033[32m[   12.345678]\033[0m \033[1;31mhello\033[0m", "hello", LOG_KERNEL, 12345678, false },
	{ "[   12.345678] a\001b\tc", "a b\tc", LOG_KERNEL, 12345678, false },
	{ "[1.5] x", "[1.5] x", LOG_UNKNOWN, 0, false },
	{ "[99999999999999999999.345678] x", "x", LOG_KERNEL, 0, false },
	/* dmesg -x, -T, --time-format iso, -H, -d */
	{ "kern  :alert : [Wed Nov 25 20:50:14 2026] hello", "hello", LOG_KERNEL, 0, false },
	{ "[mer. nov. 25 20:50:14 2026] hello", "hello", LOG_KERNEL, 0, false },
	{ "[\346\260\264 11\346\234\210 25 20:50:14 2026] hello", "hello", LOG_KERNEL, 0, false },
	{ "2026-11-25T20:50:14,123456+00:00 hello", "hello", LOG_KERNEL, 0, false },
	{ "kern  :warn  : 2026-11-25T20:50:14,123456+00:00 hello", "hello", LOG_KERNEL, 0, false },
	{ "[Nov25 20:50] hello", "hello", LOG_KERNEL, 0, false },
	{ "[Nov 5 20:50] hello", "hello", LOG_KERNEL, 0, false },
	{ "[  +0.000001] hello", "hello", LOG_KERNEL, 0, false },
	{ "[    1.000001 <    0.000001>] hello", "hello", LOG_KERNEL, 1000001, false },
	{ "[<    0.000001>] hello", "hello", LOG_KERNEL, 0, false },
	{ "[Wed Nov 25 20:50:14 2026 <    0.000001>] hello", "hello", LOG_KERNEL, 0, false },
	{ "user  :notice: [   12.345678] hello", "[   12.345678] hello", LOG_USER, 0, false },
	{ "<12>[   12.345678] hello", "[   12.345678] hello", LOG_USER, 0, false },
	{ "[<0000000000000001>] hello", "[<0000000000000001>] hello", LOG_UNKNOWN, 0, false },
	{ "[2026-11-25 20:50] hello", "[2026-11-25 20:50] hello", LOG_UNKNOWN, 0, false },
	/* /dev/kmsg */
	{ "1,123,456789,-;hello", "hello", LOG_KERNEL, 456789, false },
	{ "1,123,456789,-,caller=T12;hello", "hello", LOG_KERNEL, 456789, true },
	{ "12,123,456789,-;hello", "hello", LOG_USER, 0, false },
	{ "1,2,3;hello", "1,2,3;hello", LOG_UNKNOWN, 0, false },
	/* journalctl -o short-monotonic, short-precise, short-full, short-unix */
	{ "[    1.000001] host kernel: hello", "hello", LOG_KERNEL, 1000001, false },
	{ "[    1.000001] host app[7]: hello", "host app[7]: hello", LOG_USER, 0, false },
	{ "[    1.000001] usb 1-1: hello", "usb 1-1: hello", LOG_KERNEL, 1000001, false },
	{ "Nov 25 20:50:14.123456 host kernel: hello", "hello", LOG_KERNEL, 0, false },
	{ "Wed 2026-11-25 20:50:14 UTC host kernel: hello", "hello", LOG_KERNEL, 0, false },
	{ "Wed 2026-11-25 20:50:14 UTC host app[7]: hello", "hello", LOG_USER, 0, false },
	{ "1795633814.123456 host kernel: hello", "hello", LOG_KERNEL, 0, false },
	{ "1795633814.123456 host app[7]: hello", "hello", LOG_USER, 0, false },
	/* RFC 5424 */
	{ "<1>1 2026-11-25T20:50:14.123456+00:00 host kernel - - - hello", "hello", LOG_KERNEL, 0, false },
	{ "<1>1 2026-11-25T20:50:14Z host kernel - - [a b=\"c\"] hello", "hello", LOG_KERNEL, 0, false },
	{ "<13>1 2026-11-25T20:50:14Z host app 7 - - hello", "hello", LOG_USER, 0, false },
	{ "<1>1 2026-11-25T20:50:14Z host kernel", "", LOG_KERNEL, 0, false },
	/* docker and CI */
	{ "2026-11-25T20:50:14.123456Z [   12.345678] hello", "hello", LOG_KERNEL, 12345678, false },
	{ "Nov 25 10:00:00 host app[7]: [   12.345678] hello", "[   12.345678] hello", LOG_USER, 0, false },
	{ "\033[", " [", LOG_UNKNOWN, 0, false },
	{ "", "", LOG_UNKNOWN, 0, false },
};

static void test_lines(void)
{
	struct log_line line;

	for (guint i = 0; i < G_N_ELEMENTS(lines); i++) {
		log_line_parse(&line, lines[i].bytes, strlen(lines[i].bytes));
		g_assert_cmpstr(line.text, ==, lines[i].text);
		g_assert_cmpuint(line.size, ==, strlen(lines[i].text));
		g_assert_cmpint(line.origin, ==, lines[i].origin);
		if (lines[i].usec)
			g_assert_cmpuint(line.usec, ==, lines[i].usec);
		g_assert_cmpint(line.caller != 0, ==, lines[i].caller);
		g_assert_false(log_line_next(&line));
	}
}

/* Whoever prints can be told from the others. */
static void test_callers(void)
{
	struct log_line task, cpu;

	log_line_parse(&task, "[    1.000000][   T1] x", 23);
	log_line_parse(&cpu, "[    1.000000][   C1] x", 23);
	g_assert_cmpuint(task.caller, !=, cpu.caller);
}

/* A line that another cut short is two. */
static void test_two(void)
{
	static const char both[] = "[    1.000000] first [x][    2.000000][  T7] second";
	struct log_line line;

	log_line_parse(&line, both, strlen(both));
	g_assert_cmpstr(line.text, ==, "first [x]");
	g_assert_cmpuint(line.usec, ==, 1000000);
	g_assert_true(log_line_next(&line));
	g_assert_cmpstr(line.text, ==, "second");
	g_assert_cmpuint(line.usec, ==, 2000000);
	g_assert_cmpuint(line.caller, !=, 0);
	g_assert_false(log_line_next(&line));
}

static void test_bounds(void)
{
	struct log_line line;
	g_autofree char *bytes = g_strnfill(LOG_LINE_MAX * 3, 'x');

	log_line_parse(&line, bytes, LOG_LINE_MAX * 3);
	g_assert_cmpuint(line.size, ==, LOG_LINE_MAX);
	log_line_parse(&line, "a\0b", 3);
	g_assert_cmpstr(line.text, ==, "a b");
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/log-line/lines", test_lines);
	g_test_add_func("/log-line/callers", test_callers);
	g_test_add_func("/log-line/two", test_two);
	g_test_add_func("/log-line/bounds", test_bounds);
	return g_test_run();
}
