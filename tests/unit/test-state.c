// SPDX-License-Identifier: GPL-2.0-only
/* JSON state files: kept whole, read with suspicion. */
#include <glib/gstdio.h>

#include "lib/fault.h"
#include "libvm/state.h"

struct fixture {
	char *folder;
	struct conf conf;
};

static void set_up(struct fixture *f, gconstpointer data)
{
	f->folder = g_dir_make_tmp("vexvm-state-XXXXXX", NULL);
	f->conf = (struct conf){ .state_dir = g_build_filename(f->folder, "a", "b", NULL) };
}

static void tear_down(struct fixture *f, gconstpointer data)
{
	g_autofree char *middle = g_path_get_dirname(f->conf.state_dir);

	state_remove(&f->conf, STATE_VM);
	g_rmdir(f->conf.state_dir);
	g_rmdir(middle);
	g_assert_cmpint(g_rmdir(f->folder), ==, 0);
	g_free(f->conf.state_dir);
	g_free(f->folder);
}

static void test_round_trip(struct fixture *f, gconstpointer data)
{
	g_autoptr(JsonObject) object = json_object_new();
	g_autoptr(JsonObject) read = NULL;
	g_autoptr(GError) error = NULL;

	g_assert_null(state_load(&f->conf, STATE_VM, &error));
	g_assert_no_error(error);
	json_object_set_string_member(object, "image", "with \"quotes\" and \xc3\xa4");
	json_object_set_int_member(object, "n", 1ll << 40);
	g_assert_true(state_save(&f->conf, STATE_VM, object, &error));
	g_assert_true(state_set_bool(&f->conf, STATE_VM, "done", true, &error));
	g_assert_no_error(error);
	read = state_load(&f->conf, STATE_VM, &error);
	g_assert_cmpstr(state_string(read, "image", ""), ==, "with \"quotes\" and \xc3\xa4");
	g_assert_cmpint(state_int(read, "n", 0), ==, 1ll << 40);
	g_assert_true(state_bool(read, "done", false));
	state_remove(&f->conf, STATE_VM);
	g_assert_false(state_set_bool(&f->conf, STATE_VM, "done", true, &error));
	g_assert_error(error, LAB_ERROR, LAB_ERROR_LAB);
}

/* A member of another type is as good as none. */
static void test_types(void)
{
	g_autoptr(JsonObject) object = json_object_new();

	json_object_set_string_member(object, "s", "7");
	json_object_set_int_member(object, "i", 7);
	json_object_set_double_member(object, "d", 7.5);
	json_object_set_null_member(object, "null");
	json_object_set_array_member(object, "a", json_array_new());
	g_assert_cmpstr(state_string(object, "i", "none"), ==, "none");
	g_assert_cmpstr(state_string(object, "a", "none"), ==, "none");
	g_assert_cmpstr(state_string(object, "null", "none"), ==, "none");
	g_assert_cmpint(state_int(object, "s", -1), ==, -1);
	g_assert_cmpint(state_int(object, "d", -1), ==, -1);
	g_assert_true(state_bool(object, "i", true));
	g_assert_cmpint(state_int(NULL, "i", -1), ==, -1);
}

static void test_damaged(struct fixture *f, gconstpointer data)
{
	static const char *const bad[] = { "", "{", "[]", "7", "\"x\"", "{\"a\":1}}", "\xff" };
	g_autoptr(JsonObject) object = json_object_new();
	g_autofree char *path = g_build_filename(f->conf.state_dir, STATE_VM, NULL);

	g_assert_true(state_save(&f->conf, STATE_VM, object, NULL));
	for (guint i = 0; i < G_N_ELEMENTS(bad); i++) {
		g_autoptr(GError) error = NULL;

		g_assert_true(g_file_set_contents(path, bad[i], -1, NULL));
		g_assert_null(state_load(&f->conf, STATE_VM, &error));
		g_assert_error(error, LAB_ERROR, LAB_ERROR_LAB);
	}
}

/* As deep as the parser's stack is not; nor may a comment or a quote hide how deep. */
static void test_deep(struct fixture *f, gconstpointer data)
{
	static const char *const before[] = { "", "{\"a\":", "/* \" */", "'\"'", "#\"\n" };
	g_autofree char *path = g_build_filename(f->conf.state_dir, STATE_VM, NULL);
	g_autofree char *brackets = g_strnfill(300000, '[');

	g_assert_cmpint(g_mkdir_with_parents(f->conf.state_dir, 0755), ==, 0);
	for (guint i = 0; i < G_N_ELEMENTS(before); i++) {
		g_autofree char *text = g_strconcat(before[i], brackets, NULL);
		g_autoptr(GError) error = NULL;

		g_assert_true(g_file_set_contents(path, text, -1, NULL));
		g_assert_null(state_load(&f->conf, STATE_VM, &error));
		g_assert_error(error, LAB_ERROR, LAB_ERROR_LAB);
	}
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/state/types", test_types);
	g_test_add("/state/round-trip", struct fixture, NULL, set_up, test_round_trip, tear_down);
	g_test_add("/state/damaged", struct fixture, NULL, set_up, test_damaged, tear_down);
	g_test_add("/state/deep", struct fixture, NULL, set_up, test_deep, tear_down);
	return g_test_run();
}
