// SPDX-License-Identifier: GPL-2.0-only
/* What a run says, line by line: the program's file is a part of this one. */
#include "vexvm/iteration.c"

#define BURST_LINES 4000

struct fixture {
	struct iteration run;
	int err;		/* where the run would write */
	GPtrArray *lines;
};

static void set_up(struct fixture *f, gconstpointer data)
{
	int ends[2];

	iteration_init(&f->run);
	g_assert_cmpint(pipe2(ends, O_NONBLOCK | O_CLOEXEC), ==, 0);
	f->run.err = ends[0];
	f->err = ends[1];
	f->lines = g_ptr_array_new_with_free_func(g_free);
}

static void tear_down(struct fixture *f, gconstpointer data)
{
	iteration_clear(&f->run);
	fd_close(&f->err);
	g_ptr_array_unref(f->lines);
}

static void on_line(void *data, const char *text)
{
	struct fixture *f = data;

	g_ptr_array_add(f->lines, g_strdup(text));
}

static void say(struct fixture *f, const char *bytes, size_t size)
{
	g_assert_true(fd_write_all(f->err, bytes, size));
}

static const char *line(const struct fixture *f, guint i)
{
	g_assert_cmpuint(f->lines->len, >, i);
	return f->lines->pdata[i];
}

static void test_parts(struct fixture *f, gconstpointer data)
{
	say(f, "one\ntw", 6);
	g_assert_false(iteration_take(&f->run, on_line, f));
	g_assert_cmpuint(f->lines->len, ==, 1);
	say(f, "o\n\n", 3);
	g_assert_false(iteration_take(&f->run, on_line, f));
	g_assert_cmpuint(f->lines->len, ==, 3);
	g_assert_cmpstr(line(f, 0), ==, "one");
	g_assert_cmpstr(line(f, 1), ==, "two");
	g_assert_cmpstr(line(f, 2), ==, "");
	fd_close(&f->err);
	g_assert_true(iteration_take(&f->run, on_line, f));
}

/* More than is kept of one line, before anybody has looked. */
static void test_burst(struct fixture *f, gconstpointer data)
{
	g_autoptr(GString) text = g_string_new(NULL);

	for (guint i = 0; i < BURST_LINES; i++)
		g_string_append_printf(text, "line %u\n", i);
	say(f, text->str, text->len);
	iteration_take(&f->run, on_line, f);
	g_assert_cmpuint(f->lines->len, ==, BURST_LINES);
	g_assert_cmpstr(line(f, 0), ==, "line 0");
	g_assert_cmpstr(line(f, BURST_LINES - 1), ==, "line 3999");
}

static void test_long(struct fixture *f, gconstpointer data)
{
	g_autofree char *text = g_strnfill(3 * SAID_MAX, 'x');

	for (guint i = 0; i < 2; i++) {
		say(f, text, strlen(text));
		iteration_take(&f->run, on_line, f);
	}
	g_assert_cmpuint(f->lines->len, ==, 0);
	say(f, "\nshort\n", 7);
	iteration_take(&f->run, on_line, f);
	g_assert_cmpuint(f->lines->len, ==, 2);
	g_assert_cmpuint(strlen(line(f, 0)), ==, SAID_MAX);
	g_assert_cmpstr(line(f, 1), ==, "short");
}

/* Lines end up in JSON. */
static void test_bytes(struct fixture *f, gconstpointer data)
{
	g_autofree char *text = g_strnfill(SAID_MAX - 1, 'x');

	say(f, "a\0b\xff\n", 5);
	say(f, text, strlen(text));
	/* Cut in the middle of a character. */
	say(f, "\xc3\xa4\n", 3);
	iteration_take(&f->run, on_line, f);
	g_assert_cmpuint(f->lines->len, ==, 2);
	g_assert_cmpstr(line(f, 0), ==, "a\xef\xbf\xbd" "b\xef\xbf\xbd");
	g_assert_true(g_utf8_validate(line(f, 1), -1, NULL));
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
#define ADD(name, test) g_test_add("/iteration/" name, struct fixture, NULL, set_up, test, tear_down)
	ADD("parts", test_parts);
	ADD("burst", test_burst);
	ADD("long", test_long);
	ADD("bytes", test_bytes);
	return g_test_run();
}
