// SPDX-License-Identifier: GPL-2.0-only
/* A selfcheck that does not end, or cannot begin: its test fails, says where it was, and goes on. */
#include "tests/lib/selfchecked.h"

#include <glib/gstdio.h>
#include <string.h>

#include "lib/folder.h"

#define LIMIT_S 5	/* for what it says first, on a busy machine too */
#define CHILD "TEST_SELFCHECKED_CHILD"	/* in the environment of the one that is to fail */
#define WENT_ON "and then the next one"

/* In the place of vexvm in a tree of its own: what @script does. */
static char *make_tree(const char *script)
{
	g_autofree char *tree = g_dir_make_tmp("selfchecked-XXXXXX", NULL);
	g_autofree char *build = g_build_filename(tree, "build", NULL);
	g_autofree char *path = g_build_filename(build, "vexvm", NULL);
	g_autofree char *text = g_strconcat("#!/bin/sh\n", script, NULL);

	g_assert_cmpint(g_mkdir(build, 0755), ==, 0);
	g_assert_true(g_file_set_contents_full(path, text, -1, G_FILE_SET_CONTENTS_NONE, 0755, NULL));
	return g_steal_pointer(&tree);
}

static void fails(void)
{
	static const char *const unarmed[] = { NULL };

	selfchecked_all("", unarmed, "^$", LIMIT_S);
	g_test_message(WENT_ON);
}

/* What the test of such a selfcheck prints: in a process of its own, this program again. */
static char *failure_of(const char *script)
{
	char *argv[] = { "/proc/self/exe", NULL };
	g_autofree char *tree = make_tree(script), *output = NULL, *errors = NULL;
	g_auto(GStrv) env = g_environ_setenv(g_get_environ(), "VEXVM_TEST_TREE", tree, TRUE);
	int status;

	env = g_environ_setenv(env, CHILD, "1", TRUE);
	g_assert_true(g_spawn_sync(NULL, argv, env, G_SPAWN_DEFAULT, NULL, NULL, &output, &errors, &status, NULL));
	g_assert_cmpint(status, ==, 1 << 8);
	g_test_message("%s%s", output, errors);
	folder_remove(tree, NULL);
	return g_steal_pointer(&output);
}

static void test_limit(void)
{
	g_autofree char *output = failure_of("echo 'clean: alive, 0.7 s' >&2\nexec tail -f /dev/null\n");

	g_assert_nonnull(strstr(output, "exit status -1 (0 expected)"));
	g_assert_nonnull(strstr(output, "clean: alive, 0.7 s"));
	g_assert_nonnull(strstr(output, WENT_ON));
}

static void test_error(void)
{
	g_autofree char *output = failure_of("echo '{ \"error\" : \"there is no VM\" }'\nexit 3\n");

	g_assert_nonnull(strstr(output, "exit status 3 (0 expected)"));
	g_assert_nonnull(strstr(output, "there is no VM"));
	g_assert_nonnull(strstr(output, WENT_ON));
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_set_nonfatal_assertions();
	if (g_getenv(CHILD)) {
		g_test_add_func("/selfchecked/fails", fails);
	} else {
		g_test_add_func("/selfchecked/limit", test_limit);
		g_test_add_func("/selfchecked/error", test_error);
	}
	return g_test_run();
}
