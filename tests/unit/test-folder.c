// SPDX-License-Identifier: GPL-2.0-only
#include "lib/folder.h"

#include <glib/gstdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/fault.h"

static char *make(void)
{
	g_autoptr(GError) error = NULL;
	char *dir = g_dir_make_tmp("vexvm-folder-XXXXXX", &error);

	g_assert_no_error(error);
	return dir;
}

static void put(const char *dir, const char *name, gsize size)
{
	g_autofree char *path = g_build_filename(dir, name, NULL);
	g_autofree char *parent = g_path_get_dirname(path);
	g_autofree char *bytes = g_strnfill(size, 'x');

	g_assert_cmpint(g_mkdir_with_parents(parent, 0755), ==, 0);
	g_assert_true(g_file_set_contents(path, bytes, (gssize)size, NULL));
}

static void remove_it(const char *dir)
{
	g_autoptr(GError) error = NULL;

	g_assert_true(folder_remove(dir, &error));
	g_assert_no_error(error);
	g_assert_false(g_file_test(dir, G_FILE_TEST_EXISTS));
}

static void test_size(void)
{
	g_autofree char *dir = make();
	guint64 empty = folder_size(dir);

	put(dir, "a/b", 100000);
	g_assert_cmpuint(folder_size(dir), >=, empty + 98304);
	g_assert_cmpuint(folder_size(dir), <, empty + 200000);
	remove_it(dir);
	g_assert_cmpuint(folder_size(dir), ==, 0);
}

static void test_sparse(void)
{
	g_autofree char *dir = make();
	g_autofree char *path = g_build_filename(dir, "disk", NULL);

	put(dir, "disk", 1);
	g_assert_cmpint(truncate(path, 1 << 30), ==, 0);
	g_assert_cmpuint(folder_size(dir), <, 1 << 20);
	remove_it(dir);
}

static void test_read_only(void)
{
	g_autofree char *dir = make();
	g_autofree char *inner = g_build_filename(dir, "in", NULL);

	put(dir, "in/file", 1);
	g_assert_cmpint(g_chmod(inner, 0500), ==, 0);
	remove_it(dir);
}

/* A link is removed; what it points to stays. */
static void test_link(void)
{
	g_autofree char *dir = make(), *other = make();
	g_autofree char *link = g_build_filename(dir, "link", NULL);
	g_autofree char *kept = g_build_filename(other, "kept", NULL);

	put(other, "kept", 1);
	g_assert_cmpint(symlink(other, link), ==, 0);
	remove_it(dir);
	g_assert_true(g_file_test(kept, G_FILE_TEST_EXISTS));
	remove_it(other);
}

static void test_absent(void)
{
	g_autofree char *dir = make();
	g_autofree char *path = g_build_filename(dir, "none", NULL);

	remove_it(path);
	put(dir, "file", 1);
	remove_it(dir);
}

/* proc(5) does not let its files be removed. */
static void test_refused(void)
{
	g_autoptr(GError) error = NULL;

	g_assert_false(folder_remove("/proc/self/fdinfo", &error));
	g_assert_error(error, LAB_ERROR, LAB_ERROR_LAB);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/folder/size", test_size);
	g_test_add_func("/folder/sparse", test_sparse);
	g_test_add_func("/folder/read-only", test_read_only);
	g_test_add_func("/folder/link", test_link);
	g_test_add_func("/folder/absent", test_absent);
	g_test_add_func("/folder/refused", test_refused);
	return g_test_run();
}
