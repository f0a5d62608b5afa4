// SPDX-License-Identifier: GPL-2.0-only
/* Where a project, its VMs and their sockets are. */
#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/fault.h"
#include "lib/folder.h"
#include "libvm/conf.h"

/* A project in a folder of its own, with a runtime folder beside it. */
static char *dir, *project, *nested;

/* For a user in @nested. */
static struct conf *find(void)
{
	g_autoptr(GError) error = NULL;
	struct conf *conf = conf_new(nested, NULL, &error);

	g_assert_no_error(error);
	g_assert_nonnull(conf);
	return conf;
}

static void test_names(void)
{
	static const char *const bad[] = { "", "A", "a b", "../x", "a/b/c", "a/", "/a", "a/..",
					   "a_b", "\xc3\xa4", "abcdefghijklmnopqrstuvwxyz0123456" };
	g_autoptr(conf_owner) conf = NULL, clone = NULL;
	g_autofree char *folder = NULL;
	g_autoptr(GError) error = NULL;

	conf = conf_new(project, "my-vm-2", &error);
	g_assert_no_error(error);
	g_assert_true(g_str_has_suffix(conf->state_dir, "/.vexvm/my-vm-2"));
	/* A clone that was left running; another there is not. */
	g_assert_null(conf_new(project, "my-vm-2/0a1b2c", NULL));
	folder = g_build_filename(project, ".vexvm/my-vm-2/clones/0a1b2c", NULL);
	g_assert_cmpint(g_mkdir_with_parents(folder, 0755), ==, 0);
	clone = conf_new(project, "my-vm-2/0a1b2c", &error);
	g_assert_no_error(error);
	g_assert_true(g_str_has_suffix(clone->state_dir, "/.vexvm/my-vm-2/clones/0a1b2c"));
	g_assert_true(conf_is_clone(clone) && !conf_is_clone(conf));
	for (guint i = 0; i < G_N_ELEMENTS(bad); i++) {
		g_autoptr(GError) refused = NULL;

		g_assert_null(conf_new(project, bad[i], &refused));
		g_assert_error(refused, LAB_ERROR, LAB_ERROR_USAGE);
	}
}

/* Without a file: the git work tree, else the folder itself. */
static void test_root(void)
{
	g_autofree char *git = g_build_filename(project, ".git", NULL);
	g_autoptr(conf_owner) alone = find();
	g_autoptr(conf_owner) tree = NULL;

	g_assert_cmpstr(alone->root, ==, nested);
	g_assert_null(alone->file);
	g_assert_cmpint(g_mkdir(git, 0755), ==, 0);
	tree = find();
	g_assert_cmpstr(tree->root, ==, project);
	g_assert_cmpint(g_rmdir(git), ==, 0);
}

/* What becomes of a socket's path: always short enough. */
static void test_runtime_dir(void)
{
	g_autofree char *given = g_strdup(g_getenv("XDG_RUNTIME_DIR"));
	g_autofree char *deep = g_build_filename(dir, NULL);
	g_autofree char *fallback = g_strdup_printf("/tmp/vexvm-%u/", getuid());
	g_autoptr(conf_owner) conf = find(), other = NULL, far = NULL;
	g_autoptr(GError) error = NULL;

	g_assert_true(g_str_has_prefix(conf->runtime_dir, given));
	other = conf_new(nested, "other", &error);
	g_assert_cmpstr(conf->runtime_dir, !=, other->runtime_dir);
	for (guint i = 0; i < 12; i++) {
		g_autofree char *up = g_steal_pointer(&deep);

		deep = g_build_filename(up, "a-long-name", NULL);
	}
	g_assert_cmpint(g_mkdir_with_parents(deep, 0700), ==, 0);
	g_setenv("XDG_RUNTIME_DIR", deep, TRUE);
	far = find();
	g_assert_true(g_str_has_prefix(far->runtime_dir, fallback));
	g_assert_cmpuint(strlen(far->runtime_dir) + strlen("/agent.0.lock"), <, 108);
	g_setenv("XDG_RUNTIME_DIR", given, TRUE);
}

static void test_runtime_dir_is_private(void)
{
	g_autoptr(conf_owner) conf = find();
	g_autoptr(GError) error = NULL;
	struct stat st;

	g_assert_true(conf_make_runtime_dir(conf, &error));
	g_assert_no_error(error);
	g_assert_cmpint(g_stat(conf->runtime_dir, &st), ==, 0);
	g_assert_cmpint(st.st_mode & 0777, ==, 0700);
	g_assert_true(conf_make_runtime_dir(conf, &error));
	g_assert_cmpint(g_chmod(conf->runtime_dir, 0755), ==, 0);
	g_assert_false(conf_make_runtime_dir(conf, &error));
	g_assert_error(error, LAB_ERROR, LAB_ERROR_LAB);
	g_clear_error(&error);
	/* A link, even to a private folder, may be somebody else's doing. */
	g_assert_cmpint(g_rmdir(conf->runtime_dir), ==, 0);
	g_assert_cmpint(symlink(nested, conf->runtime_dir), ==, 0);
	g_assert_cmpint(g_chmod(nested, 0700), ==, 0);
	g_assert_false(conf_make_runtime_dir(conf, &error));
	g_assert_error(error, LAB_ERROR, LAB_ERROR_LAB);
	g_assert_cmpint(g_unlink(conf->runtime_dir), ==, 0);
}

static void test_cache(void)
{
	g_autoptr(conf_owner) by_default = find(), given = NULL;
	g_autofree char *expected = g_build_filename(g_get_user_cache_dir(), "vexvm", NULL);

	g_assert_cmpstr(by_default->cache_dir, ==, expected);
	g_setenv("VEXVM_CACHE", "/some/where", TRUE);
	given = find();
	g_assert_cmpstr(given->cache_dir, ==, "/some/where");
	g_unsetenv("VEXVM_CACHE");
}

int main(int argc, char **argv)
{
	g_autofree char *run = NULL;
	int status;

	g_test_init(&argc, &argv, NULL);
	dir = g_dir_make_tmp("vexvm-conf-place-XXXXXX", NULL);
	project = g_build_filename(dir, "project", NULL);
	nested = g_build_filename(project, "in", "side", NULL);
	run = g_build_filename(dir, "run", NULL);
	g_assert_cmpint(g_mkdir_with_parents(nested, 0755), ==, 0);
	g_assert_cmpint(g_mkdir(run, 0700), ==, 0);
	g_setenv("XDG_RUNTIME_DIR", run, TRUE);
	g_unsetenv("VEXVM_CACHE");
	g_test_add_func("/conf place/names", test_names);
	g_test_add_func("/conf place/root", test_root);
	g_test_add_func("/conf place/runtime-dir", test_runtime_dir);
	g_test_add_func("/conf place/runtime-dir-is-private", test_runtime_dir_is_private);
	g_test_add_func("/conf place/cache", test_cache);
	status = g_test_run();
	folder_remove(dir, NULL);
	g_free(dir);
	g_free(project);
	g_free(nested);
	return status;
}
