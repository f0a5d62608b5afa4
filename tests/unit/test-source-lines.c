// SPDX-License-Identifier: GPL-2.0-only
/* Lines of a source file, and files that are not to be shown. */
#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/folder.h"
#include "libvm/source-lines.h"

struct fixture {
	char *dir, *root, *file;
};

static void set_up(struct fixture *f, gconstpointer data)
{
	f->dir = g_dir_make_tmp("vexvm-lines-XXXXXX", NULL);
	g_assert_nonnull(f->dir);
	f->root = g_build_filename(f->dir, "root", NULL);
	f->file = g_build_filename(f->root, "a.c", NULL);
	g_assert_cmpint(g_mkdir(f->root, 0700), ==, 0);
}

static void tear_down(struct fixture *f, gconstpointer data)
{
	g_assert_true(folder_remove(f->dir, NULL));
	g_free(f->dir);
	g_free(f->root);
	g_free(f->file);
}

static void check(struct fixture *f, guint line, guint around, const char *expected)
{
	bool newer;
	g_autofree char *text = source_lines(f->root, f->file, line, around, G_MAXINT64, &newer);

	g_assert_cmpstr(text, ==, expected);
	g_assert_false(newer);
}

static void write_file(const char *path, const char *text)
{
	g_assert_true(g_file_set_contents(path, text, -1, NULL));
}

static void test_lines(struct fixture *f, gconstpointer data)
{
	write_file(f->file, "one\n\ttwo\r\nthree\n\nfive");
	check(f, 1, 1, ">     1  one\n      2  \ttwo\n");
	check(f, 3, 1, "      2  \ttwo\n>     3  three\n      4  \n");
	check(f, 3, 0, ">     3  three\n");
	check(f, 5, 1, "      4  \n>     5  five\n");
	check(f, 6, 1, "");
	check(f, 7, 3, "");
	check(f, 0, 3, "");
	check(f, G_MAXUINT, G_MAXUINT, "");
	check(f, 1, G_MAXUINT, ">     1  one\n      2  \ttwo\n      3  three\n      4  \n      5  five\n");
}

static void test_hostile_text(struct fixture *f, gconstpointer data)
{
	g_autofree char *long_line = g_strnfill(SOURCE_LINES_WIDTH_MAX + 50, 'x');
	g_autofree char *cut = g_strnfill(SOURCE_LINES_WIDTH_MAX, 'x');
	g_autofree char *expected = g_strdup_printf(">     1  %s…\n", cut);

	write_file(f->file, long_line);
	check(f, 1, 0, expected);
	write_file(f->file, "\033[2J\xff\n");
	check(f, 1, 0, ">     1  \\x1b[2J\\xff\n");
	write_file(f->file, "");
	check(f, 1, 0, "");
	g_assert_cmpint(truncate(f->file, SOURCE_LINES_FILE_MAX + 1), ==, 0);
	check(f, 1, 0, "");
}

static void test_newer(struct fixture *f, gconstpointer data)
{
	g_autofree char *before = NULL, *after = NULL;
	struct stat st;
	bool newer;

	write_file(f->file, "one\n");
	g_assert_cmpint(stat(f->file, &st), ==, 0);
	before = source_lines(f->root, f->file, 1, 0, st.st_mtime, &newer);
	g_assert_false(newer);
	after = source_lines(f->root, f->file, 1, 0, st.st_mtime - 1, &newer);
	g_assert_true(newer);
	g_assert_cmpstr(after, ==, before);
}

/* What an object names need not be a source file of the user's. */
static void test_elsewhere(struct fixture *f, gconstpointer data)
{
	g_autofree char *secret = g_build_filename(f->dir, "secret", NULL);
	g_autofree char *climbing = g_build_filename(f->root, "..", "secret", NULL);
	g_autofree char *beside = g_strconcat(f->root, "-more", NULL);

	write_file(secret, "secret\n");
	write_file(beside, "secret\n");
	g_assert_cmpint(symlink(secret, f->file), ==, 0);
	check(f, 1, 0, "");
	g_unlink(f->file);
	g_assert_cmpint(mkfifo(f->file, 0600), ==, 0);
	check(f, 1, 0, "");
	g_unlink(f->file);
	check(f, 1, 0, "");
	for (guint i = 0; i < 3; i++) {
		bool newer;
		g_autofree char *text = source_lines(f->root, i == 0 ? climbing : i == 1 ? secret : beside, 1, 0,
						     0, &newer);

		g_assert_cmpstr(text, ==, "");
		g_assert_false(newer);
	}
}

int main(int argc, char **argv)
{
	static const struct {
		const char *path;
		void (*test)(struct fixture *f, gconstpointer data);
	} tests[] = {
		{ "/source-lines/lines", test_lines },
		{ "/source-lines/hostile-text", test_hostile_text },
		{ "/source-lines/newer", test_newer },
		{ "/source-lines/elsewhere", test_elsewhere },
	};

	g_test_init(&argc, &argv, NULL);
	for (guint i = 0; i < G_N_ELEMENTS(tests); i++)
		g_test_add(tests[i].path, struct fixture, NULL, set_up, tests[i].test, tear_down);
	return g_test_run();
}
