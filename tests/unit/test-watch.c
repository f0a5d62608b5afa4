// SPDX-License-Identifier: GPL-2.0-only
/* What a save shows as, in a tree with git and in one without. */
#include <fcntl.h>
#include <glib/gstdio.h>
#include <poll.h>
#include <sys/stat.h>

#include "lib/fd.h"
#include "lib/folder.h"
#include "lib/program.h"
#include "libvm/watch.h"

#define QUIET_MS 50
#define LIMIT_S 30

struct fixture {
	char *dir;
	struct watch *watch;
};

static void put(struct fixture *f, const char *name, const char *text)
{
	g_autofree char *path = g_build_filename(f->dir, name, NULL);
	g_autofree char *parent = g_path_get_dirname(path);

	g_assert_cmpint(g_mkdir_with_parents(parent, 0755), ==, 0);
	g_assert_true(g_file_set_contents(path, text, -1, NULL));
}

static void git(struct fixture *f, const char *word, const char *more)
{
	const char *const argv[] = { "git", "-C", f->dir, word, more, NULL };
	g_autoptr(GError) error = NULL;

	program_check(argv, 60000, NULL, &error);
	g_assert_no_error(error);
}

static void begin(struct fixture *f)
{
	g_autoptr(GError) error = NULL;

	f->watch = watch_new(f->dir, &error);
	g_assert_no_error(error);
}

static void set_up(struct fixture *f, gconstpointer data)
{
	f->dir = g_dir_make_tmp("vexvm-watch-XXXXXX", NULL);
	put(f, "main.c", "int x;\n");
	put(f, "src/a.c", "int a;\n");
	put(f, ".gitignore", "*.o\nout/\n");
}

static void tear_down(struct fixture *f, gconstpointer data)
{
	watch_free(f->watch);
	g_assert_true(folder_remove(f->dir, NULL));
	g_free(f->dir);
}

/* Waits for news and compares what they are with @wanted, parted by blanks. */
static void expect(struct fixture *f, const char *wanted)
{
	g_autoptr(GPtrArray) paths = NULL;
	g_autofree char *line = NULL;

	g_assert_cmpint(fd_wait(watch_fd(f->watch), POLLIN, g_get_monotonic_time() + LIMIT_S * G_USEC_PER_SEC),
			>, 0);
	paths = watch_take(f->watch, QUIET_MS);
	g_ptr_array_add(paths, NULL);
	line = g_strjoinv(" ", (char **)paths->pdata);
	g_assert_cmpstr(line, ==, wanted);
}

static void test_save(struct fixture *f, gconstpointer data)
{
	g_autofree char *path = g_build_filename(f->dir, "src/a.c", NULL);

	begin(f);
	/* g_file_set_contents() saves as most editors do: a new file, renamed. */
	put(f, "src/a.c", "int b;\n");
	put(f, "main.c", "int y;\n");
	expect(f, "main.c src/a.c");
	g_assert_cmpint(g_unlink(path), ==, 0);
	expect(f, "src/a.c");
}

/* What is complete once its name is there is never closed after writing. */
static void test_links(struct fixture *f, gconstpointer data)
{
	g_autofree char *from = g_build_filename(f->dir, "src/a.c", NULL);
	g_autofree char *hard = g_build_filename(f->dir, "src/hard.c", NULL);
	g_autofree char *soft = g_build_filename(f->dir, "src/soft.c", NULL);

	begin(f);
	g_assert_cmpint(link(from, hard), ==, 0);
	expect(f, "src/hard.c");
	g_assert_cmpint(symlink("a.c", soft), ==, 0);
	expect(f, "src/soft.c");
	g_assert_cmpint(g_unlink(soft), ==, 0);
	expect(f, "src/soft.c");
	/* Made and gone again: as if it had not been. */
	g_assert_cmpint(symlink("a.c", soft), ==, 0);
	g_assert_cmpint(g_unlink(soft), ==, 0);
	expect(f, "");
}

/* An editor that writes for longer than anybody waits. */
static void test_slow_save(struct fixture *f, gconstpointer data)
{
	g_autofree char *temporary = g_build_filename(f->dir, "src/a.c.X7", NULL);
	g_autofree char *path = g_build_filename(f->dir, "src/a.c", NULL);
	int fd;

	begin(f);
	fd = g_creat(temporary, 0644);
	g_assert_cmpint(fd, >=, 0);
	expect(f, "");
	fd_close(&fd);
	g_assert_cmpint(g_rename(temporary, path), ==, 0);
	expect(f, "src/a.c");
}

static void test_ignored(struct fixture *f, gconstpointer data)
{
	git(f, "init", "-q");
	put(f, "out/old", "x");
	begin(f);
	put(f, "main.o", "x");
	put(f, "src/.a.c.swp", "x");
	put(f, "src/#a.c#", "x");
	put(f, "src/.tmp_177/tmp.base", "x");
	put(f, "src/.a.ko.cmd", "x");
	put(f, "modules.order", "x");
	put(f, ".vexvm/default/run.json", "{}");
	put(f, "out/made", "x");
	put(f, "main.c", "int z;\n");
	expect(f, "main.c");
	put(f, "main.o", "y");
	expect(f, "");
}

static void test_new_folder(struct fixture *f, gconstpointer data)
{
	begin(f);
	put(f, "new/deep/b.c", "int b;\n");
	expect(f, "new/deep/b.c");
	put(f, "new/deep/b.c", "int c;\n");
	expect(f, "new/deep/b.c");
}

static void test_products(void)
{
	static const char *const products[] = { "a.c~", ".a.c.swp", "a.ko", "a.mod.c", ".a.o.cmd", NULL };
	static const char *const sources[] = { "a.c", "a.h", "Makefile", "Kbuild", ".config", "o", NULL };

	for (guint i = 0; products[i]; i++)
		g_assert_true(watch_is_product(products[i]));
	for (guint i = 0; sources[i]; i++)
		g_assert_false(watch_is_product(sources[i]));
}

static void test_nothing(struct fixture *f, gconstpointer data)
{
	g_autoptr(GPtrArray) paths = NULL;

	begin(f);
	paths = watch_take(f->watch, QUIET_MS);
	g_assert_cmpuint(paths->len, ==, 0);
}

/* A tree as large as a kernel's, of which one file is saved. */
static void test_large(struct fixture *f, gconstpointer data)
{
	for (guint i = 0; i < 1000; i++) {
		g_autofree char *folder = g_strdup_printf("%s/d%u/s%u", f->dir, i / 20, i % 20);

		g_assert_cmpint(g_mkdir_with_parents(folder, 0755), ==, 0);
		for (guint j = 0; j < 50; j++) {
			g_autofree char *path = g_strdup_printf("%s/a-file-with-a-longer-name-%u.c", folder, j);
			auto_fd fd = g_creat(path, 0644);

			g_assert_cmpint(fd, >=, 0);
		}
	}
	git(f, "init", "-q");
	begin(f);
	put(f, "d7/s3/a-file-with-a-longer-name-9.c", "int x;\n");
	put(f, "d49/s19/new.o", "x");
	expect(f, "d7/s3/a-file-with-a-longer-name-9.c");
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/watch/products", test_products);
	g_test_add("/watch/save", struct fixture, NULL, set_up, test_save, tear_down);
	g_test_add("/watch/links", struct fixture, NULL, set_up, test_links, tear_down);
	g_test_add("/watch/slow-save", struct fixture, NULL, set_up, test_slow_save, tear_down);
	g_test_add("/watch/ignored", struct fixture, NULL, set_up, test_ignored, tear_down);
	g_test_add("/watch/new-folder", struct fixture, NULL, set_up, test_new_folder, tear_down);
	g_test_add("/watch/nothing", struct fixture, NULL, set_up, test_nothing, tear_down);
	g_test_add("/watch/large", struct fixture, NULL, set_up, test_large, tear_down);
	return g_test_run();
}
