// SPDX-License-Identifier: GPL-2.0-only
/* A run's folder and mode. */
#include <glib/gstdio.h>
#include <sys/stat.h>

#include "lib/fault.h"
#include "lib/folder.h"
#include "libvm/run-folder.h"
#include "libvm/run.h"

struct fixture {
	char *dir;
	struct conf conf;
};

static void set_up(struct fixture *f, gconstpointer data)
{
	f->dir = g_dir_make_tmp("vexvm-run-XXXXXX", NULL);
	g_assert_nonnull(f->dir);
	f->conf.state_dir = f->dir;
}

static void tear_down(struct fixture *f, gconstpointer data)
{
	g_assert_true(folder_remove(f->dir, NULL));
	g_free(f->dir);
}

static void put(const char *dir, const char *name, const char *text)
{
	g_autofree char *path = g_build_filename(dir, name, NULL);
	g_autofree char *parent = g_path_get_dirname(path);

	g_assert_cmpint(g_mkdir_with_parents(parent, 0755), ==, 0);
	g_assert_true(g_file_set_contents(path, text, -1, NULL));
}

static guint count_runs(const char *dir)
{
	g_autofree char *runs = g_build_filename(dir, "runs", NULL);
	g_autoptr(GDir) entries = g_dir_open(runs, 0, NULL);
	const char *name;
	guint n = 0;

	while ((name = g_dir_read_name(entries)))
		n += run_folder_is_name(name);
	return n;
}

static void test_names(void)
{
	g_assert_true(run_folder_is_name("20260101-120000-001"));
	g_assert_false(run_folder_is_name("latest"));
	g_assert_false(run_folder_is_name("20260101-120000-0001"));
	g_assert_false(run_folder_is_name("20260101-120000_001"));
	g_assert_false(run_folder_is_name(""));
}

/* Finished runs stay, the newest twenty of them; a killed run's folder goes. */
static void test_kept(struct fixture *f, gconstpointer data)
{
	g_autofree char *killed = run_folder_new(&f->conf, NULL);
	g_autofree char *left = g_build_filename(killed, "build.log", NULL);

	put(killed, "build.log", "half");
	for (guint i = 0; i < RUN_FOLDERS_KEPT + 5; i++) {
		g_autoptr(GError) error = NULL;
		g_autofree char *folder = run_folder_new(&f->conf, &error);

		g_assert_no_error(error);
		put(folder, RUN_RESULT, "{}");
	}
	g_assert_cmpuint(count_runs(f->dir), ==, RUN_FOLDERS_KEPT);
	/* Its name may have been given anew within the same second. */
	g_assert_false(g_file_test(left, G_FILE_TEST_EXISTS));
}

static void test_latest(struct fixture *f, gconstpointer data)
{
	for (guint i = 0; i < 2; i++) {
		g_autofree char *folder = run_folder_new(&f->conf, NULL);
		g_autofree char *latest = g_build_filename(f->dir, "runs", RUN_LATEST, NULL);
		g_autofree char *real = NULL, *name = g_path_get_basename(folder);

		put(folder, RUN_RESULT, "{}");
		g_assert_true(run_folder_publish(folder, NULL));
		real = g_file_read_link(latest, NULL);
		g_assert_cmpstr(real, ==, name);
	}
}

static void test_modes(void)
{
	enum run_mode mode;
	g_autoptr(GError) error = NULL;

	g_assert_true(run_mode_parse("test", &mode, NULL) && mode == RUN_TEST);
	g_assert_true(run_mode_parse("build", &mode, NULL) && mode == RUN_BUILD);
	g_assert_true(run_mode_parse("load", &mode, NULL) && mode == RUN_LOAD);
	g_assert_true(run_mode_parse("ffi", &mode, NULL) && mode == RUN_FFI);
	g_assert_true(run_mode_has_suites(RUN_TEST) && run_mode_has_suites(RUN_FFI));
	g_assert_false(run_mode_has_suites(RUN_BUILD) || run_mode_has_suites(RUN_LOAD));
	g_assert_false(run_mode_parse("tset", &mode, &error));
	g_assert_error(error, LAB_ERROR, LAB_ERROR_USAGE);
}

/* All of a small log, from where the run began; of a flood both ends. */
static void test_kept_log(struct fixture *f, gconstpointer data)
{
	g_autofree char *from = g_build_filename(f->dir, "from", NULL);
	g_autofree char *to = g_build_filename(f->dir, "to", NULL);
	g_autofree char *flood = g_strnfill(3 * RUN_KEPT_PART, 'x');
	g_autofree char *kept = NULL, *part = NULL;
	gsize size;

	run_folder_keep("/nonexistent/log", 0, to);
	put(f->dir, "from", "before\nduring\n");
	run_folder_keep(from, strlen("before\n"), to);
	g_assert_true(g_file_get_contents(to, &part, NULL, NULL));
	g_assert_cmpstr(part, ==, "during\n");
	memcpy(flood, "first", 5);
	memcpy(flood + 3 * RUN_KEPT_PART - 4, "last", 4);
	put(f->dir, "from", flood);
	run_folder_keep(from, 0, to);
	g_assert_true(g_file_get_contents(to, &kept, &size, NULL));
	g_assert_true(g_str_has_prefix(kept, "first"));
	g_assert_true(g_str_has_suffix(kept, "last"));
	g_assert_nonnull(strstr(kept, "left out"));
	g_assert_cmpuint(size, <, 2 * RUN_KEPT_PART + 100);
}

/* Of a file that there is not, none comes to be. */
static void test_append(struct fixture *f, gconstpointer data)
{
	g_autofree char *from = g_build_filename(f->dir, "from", NULL);
	g_autofree char *to = g_build_filename(f->dir, "to", NULL);
	g_autofree char *both = NULL;

	run_folder_append(from, to);
	g_assert_false(g_file_test(to, G_FILE_TEST_EXISTS));
	put(f->dir, "from", "one\n");
	run_folder_append(from, to);
	put(f->dir, "from", "other\n");
	run_folder_append(from, to);
	g_assert_true(g_file_get_contents(to, &both, NULL, NULL));
	g_assert_cmpstr(both, ==, "one\nother\n");
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/run/names", test_names);
	g_test_add_func("/run/modes", test_modes);
	g_test_add("/run/kept", struct fixture, NULL, set_up, test_kept, tear_down);
	g_test_add("/run/kept-log", struct fixture, NULL, set_up, test_kept_log, tear_down);
	g_test_add("/run/append", struct fixture, NULL, set_up, test_append, tear_down);
	g_test_add("/run/latest", struct fixture, NULL, set_up, test_latest, tear_down);
	return g_test_run();
}
