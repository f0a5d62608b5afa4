// SPDX-License-Identifier: GPL-2.0-only
/*
 * Progress and styles, with the clock moved by hand: the program's file is a
 * part of this one.
 */
#include "vexvm/terminal.c"

#include <pty.h>
#include <stdio.h>
#include <sys/stat.h>

/* stderr and stdout of what a test does, into a file or a terminal. */
struct capture {
	int saved[2];
	int read_fd;
};

static void capture_fds(struct capture *c, int write_fd)
{
	c->saved[0] = dup(STDOUT_FILENO);
	c->saved[1] = dup(STDERR_FILENO);
	fflush(stdout);
	dup2(write_fd, STDOUT_FILENO);
	dup2(write_fd, STDERR_FILENO);
	close(write_fd);
}

static void capture_pipe(struct capture *c)
{
	int ends[2];

	g_assert_cmpint(pipe(ends), ==, 0);
	c->read_fd = ends[0];
	capture_fds(c, ends[1]);
}

static void capture_tty(struct capture *c, guint columns)
{
	const struct winsize size = { .ws_row = 24, .ws_col = (unsigned short)columns };
	int slave;

	g_assert_cmpint(openpty(&c->read_fd, &slave, NULL, NULL, &size), ==, 0);
	capture_fds(c, slave);
}

/* What was written, as text; everything is as it was before. */
static char *capture_end(struct capture *c)
{
	GString *text = g_string_new(NULL);
	char buffer[4096];
	ssize_t n;

	dup2(c->saved[0], STDOUT_FILENO);
	dup2(c->saved[1], STDERR_FILENO);
	close(c->saved[0]);
	close(c->saved[1]);
	while ((n = read(c->read_fd, buffer, sizeof(buffer))) > 0)
		g_string_append_len(text, buffer, n);
	close(c->read_fd);
	g_clear_pointer(&terminal.what, g_free);
	terminal.drawn = false;
	return g_string_free(text, FALSE);
}

/* Makes the work under way, and its last showing, @seconds older. */
static void age(double seconds)
{
	terminal.begun -= (gint64)(seconds * G_USEC_PER_SEC);
	terminal.shown -= (gint64)(seconds * G_USEC_PER_SEC);
}

static void matches(const char *text, const char *regex)
{
	if (g_regex_match_simple(regex, text, 0, 0))
		return;
	g_test_message("must match %s: %s", regex, text);
	g_test_fail();
}

static void test_seconds(void)
{
	static const struct {
		double seconds;
		const char *text;
	} cases[] = { { 0, "0 s" }, { 0.4, "0 s" }, { 59.4, "59 s" }, { 59.6, "1 min 0 s" },
		      { 185, "3 min 5 s" }, { 3599, "59 min 59 s" }, { 7800, "2 h 10 min" },
		      { -5, "0 s" } };

	for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
		g_autofree char *text = format_seconds(cases[i].seconds);

		g_assert_cmpstr(text, ==, cases[i].text);
	}
}

static void test_states(void)
{
	g_autofree char *half = NULL, *unknown = NULL, *none = NULL, *steps = NULL, *over = NULL;
	g_autofree char *limit = NULL;

	terminal.first = 0;
	half = format_state(PROGRESS_BYTES, 50000000, 100000000, 10);
	g_assert_cmpstr(half, ==, "50.0 MB of 100.0 MB, 50 %, 5.0 MB/s, 10 s left");
	unknown = format_state(PROGRESS_BYTES, 50000000, 0, 10);
	g_assert_cmpstr(unknown, ==, "50.0 MB, 5.0 MB/s");
	none = format_state(PROGRESS_BYTES, 0, 1000, 0);
	g_assert_cmpstr(none, ==, "0 bytes of 1.0 kB, 0 %, 0 bytes/s, ? s left");
	over = format_state(PROGRESS_BYTES, 2000, 1000, 1);
	g_assert_cmpstr(over, ==, "2.0 kB, 2.0 kB/s");
	steps = format_state(PROGRESS_STEPS, 3, 12, 5);
	g_assert_cmpstr(steps, ==, "3 of 12, 5 s");
	limit = format_state(PROGRESS_SECONDS, 5, 600, 5);
	g_assert_cmpstr(limit, ==, "5 s of about 10 min 0 s");
}

/* A download that goes on where an earlier one stopped has not been that fast. */
static void test_resumed(void)
{
	g_autofree char *text = NULL;

	terminal.first = 90000000;
	text = format_state(PROGRESS_BYTES, 95000000, 100000000, 5);
	g_assert_cmpstr(text, ==, "95.0 MB of 100.0 MB, 95 %, 1.0 MB/s, 5 s left");
	terminal.first = 0;
}

static void test_plain(void)
{
	g_autofree char *text = NULL;
	struct capture c;

	capture_pipe(&c);
	terminal_init(NULL, false, false);
	progress_update(terminal_progress(), "Booting", PROGRESS_SECONDS, 0, 0);
	age(5);
	progress_update(terminal_progress(), "Booting", PROGRESS_SECONDS, 5, 0);
	age(10);
	progress_update(terminal_progress(), "Booting", PROGRESS_SECONDS, 15, 0);
	progress_update(terminal_progress(), "Booting", PROGRESS_SECONDS, 15, 0);
	progress_done(terminal_progress(), "Booting", 20);
	text = capture_end(&c);
	g_assert_cmpstr(text, ==, "Booting \xe2\x80\xa6\nBooting: 15 s\nBooting: done in 20 s\n");
}

static void test_quiet(void)
{
	g_autofree char *text = NULL;
	struct capture c;

	capture_pipe(&c);
	terminal_init(NULL, true, true);
	progress_update(terminal_progress(), "Booting", PROGRESS_SECONDS, 0, 0);
	progress_done(terminal_progress(), "Booting", 20);
	progress_note(terminal_progress(), "a note");
	progress_detail(terminal_progress(), "a detail");
	terminal_error("an error");
	terminal_print("a result\n");
	text = capture_end(&c);
	g_assert_cmpstr(text, ==, "vexvm: an error\na result\n");
}

static void test_verbose(void)
{
	g_autofree char *silent = NULL, *text = NULL;
	struct capture c;

	capture_pipe(&c);
	terminal_init(NULL, false, false);
	progress_detail(terminal_progress(), "a detail");
	silent = capture_end(&c);
	g_assert_cmpstr(silent, ==, "");
	capture_pipe(&c);
	terminal_init(NULL, false, true);
	progress_detail(terminal_progress(), "a detail");
	text = capture_end(&c);
	g_assert_cmpstr(text, ==, "a detail\n");
}

/* On a terminal the line is drawn in place, and wiped before anything else. */
static void test_live(void)
{
	g_autofree char *text = NULL;
	guint64 writes = terminal_writes();
	struct capture c;

	capture_tty(&c, 80);
	terminal_init(NULL, false, false);
	progress_update(terminal_progress(), "Booting", PROGRESS_SECONDS, 0, 0);
	age(3);
	progress_update(terminal_progress(), "Booting", PROGRESS_SECONDS, 3, 0);
	g_assert_cmpuint(terminal_writes(), ==, writes);
	terminal_print("a result\n");
	g_assert_cmpuint(terminal_writes(), ==, writes + 1);
	progress_done(terminal_progress(), "Booting", 4);
	text = capture_end(&c);
	g_assert_cmpstr(text, ==, "Booting: 3 s\r\033[Ka result\r\nBooting: done in 4 s\r\n");
}

static void test_short_work(void)
{
	g_autofree char *text = NULL;
	struct capture c;

	capture_tty(&c, 80);
	terminal_init(NULL, false, false);
	progress_update(terminal_progress(), "Blinking", PROGRESS_SECONDS, 0, 0);
	progress_done(terminal_progress(), "Blinking", 0.3);
	text = capture_end(&c);
	g_assert_cmpstr(text, ==, "");
}

static void test_narrow(void)
{
	g_autofree char *text = NULL;
	struct capture c;

	capture_tty(&c, 20);
	terminal_init(NULL, false, false);
	progress_update(terminal_progress(), "W\xc3\xa4hrend vieler Dinge zugleich",
			PROGRESS_SECONDS, 0, 0);
	age(3);
	progress_update(terminal_progress(), "W\xc3\xa4hrend vieler Dinge zugleich",
			PROGRESS_SECONDS, 3, 0);
	text = capture_end(&c);
	g_assert_cmpint(g_utf8_strlen(text, -1), ==, 19);
	matches(text, "^W\xc3\xa4hrend vieler Dinge$|^W\xc3\xa4hrend vieler Din");
}

/* New work on a terminal starts its own line. */
static void test_next_work(void)
{
	g_autofree char *text = NULL;
	struct capture c;

	capture_tty(&c, 80);
	terminal_init(NULL, false, false);
	progress_update(terminal_progress(), "One", PROGRESS_STEPS, 0, 2);
	age(3);
	progress_update(terminal_progress(), "One", PROGRESS_STEPS, 1, 2);
	progress_update(terminal_progress(), "Two", PROGRESS_STEPS, 0, 2);
	age(4);
	progress_update(terminal_progress(), "Two", PROGRESS_STEPS, 1, 2);
	terminal_flush(NULL);
	text = capture_end(&c);
	g_assert_cmpstr(text, ==, "One: 1 of 2, 3 s\r\033[KTwo: 1 of 2, 4 s\r\033[K");
}

static void check_style(const char *color, bool expected)
{
	terminal_init(color, false, false);
	g_assert_cmpint(*terminal_style(STYLE_BAD) != '\0', ==, expected);
}

static void test_colours(void)
{
	g_autofree char *text = NULL;
	struct capture c;

	g_setenv("TERM", "xterm", TRUE);
	g_unsetenv("NO_COLOR");
	capture_pipe(&c);
	check_style(NULL, false);
	check_style("auto", false);
	check_style("always", true);
	text = capture_end(&c);
	capture_tty(&c, 80);
	check_style(NULL, true);
	check_style("never", false);
	g_setenv("NO_COLOR", "", TRUE);
	check_style(NULL, true);
	g_setenv("NO_COLOR", "1", TRUE);
	check_style(NULL, false);
	check_style("always", true);
	g_unsetenv("NO_COLOR");
	g_setenv("TERM", "dumb", TRUE);
	check_style(NULL, false);
	g_free(text);
	text = capture_end(&c);
}

static void test_json(void)
{
	g_autofree char *text = NULL;
	struct capture c;

	capture_pipe(&c);
	terminal_init(NULL, false, false);
	terminal_print_json_line(json_from_string("{\"a\": [1, \"\\u001b\"]}", NULL));
	text = capture_end(&c);
	g_assert_cmpstr(text, ==, "{\"a\":[1,\"\\u001b\"]}\n");
}

static void test_foreign(void)
{
	g_autofree char *raw = NULL, *shown = NULL;
	struct capture c;

	capture_pipe(&c);
	terminal_print_foreign("\033[2J\n", 5);
	raw = capture_end(&c);
	g_assert_cmpstr(raw, ==, "\033[2J\n");
	capture_tty(&c, 80);
	terminal_print_foreign("\033[2J\n", 5);
	shown = capture_end(&c);
	g_assert_cmpstr(shown, ==, "\\x1b[2J\r\n");
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/terminal/seconds", test_seconds);
	g_test_add_func("/terminal/states", test_states);
	g_test_add_func("/terminal/resumed", test_resumed);
	g_test_add_func("/terminal/plain", test_plain);
	g_test_add_func("/terminal/quiet", test_quiet);
	g_test_add_func("/terminal/verbose", test_verbose);
	g_test_add_func("/terminal/live", test_live);
	g_test_add_func("/terminal/short-work", test_short_work);
	g_test_add_func("/terminal/narrow", test_narrow);
	g_test_add_func("/terminal/next-work", test_next_work);
	g_test_add_func("/terminal/colours", test_colours);
	g_test_add_func("/terminal/json", test_json);
	g_test_add_func("/terminal/foreign", test_foreign);
	return g_test_run();
}
