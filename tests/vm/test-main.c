// SPDX-License-Identifier: GPL-2.0-only
/*
 * The main job, from a tree that nothing was done in: one command to a
 * verdict, then again, then after edits that work and that do not.
 */
#include <glib.h>
#include <json-glib/json-glib.h>

#include "tests/lib/lab.h"

#define SET_UP_LIMIT_S 1800
#define RUN_LIMIT_S 600
#define RESULT ".vexvm/default/runs/latest/result.json"

static void expect_member(const char *path, const char *wanted)
{
	g_autofree char *value = lab_result_json(RESULT, path);

	g_assert_cmpstr(value, ==, wanted);
}

static void expect_file(const char *name)
{
	g_autofree char *path =
		g_build_filename(lab_tree(), ".vexvm/default/runs/latest", name, NULL);

	if (!g_file_test(path, G_FILE_TEST_EXISTS)) {
		g_test_message("%s is missing", path);
		g_test_fail();
	}
}

static void edit(const char *sed)
{
	g_autofree char *command = g_strdup_printf("sed -i '%s' vexfs/src/vexfs.c", sed);

	lab_check("", command, 10, 0, NULL);
}

/* Nothing there but the source: installs, makes, boots, builds, loads, tests. */
static void test_first(void)
{
	static const char *const files[] = { "result.json", "junit.xml", "console.log",
					     "kmsg.jsonl", "build.log" };

	lab_check("", "./test_env/test_module.sh", SET_UP_LIMIT_S, 0, "^PASS +vexfs on ");
	expect_member("verdict.word", "PASS");
	expect_member("verdict.exit", "0");
	expect_member("accelerator", "tcg");
	for (guint i = 0; i < G_N_ELEMENTS(files); i++)
		expect_file(files[i]);
	lab_check("", "xmllint --noout .vexvm/default/runs/latest/junit.xml", 20, 0, NULL);
}

static void test_again(void)
{
	lab_check("", "./test_env/test_module.sh", RUN_LIMIT_S, 0, "^PASS");
}

/* What was edited is what is loaded. */
static void test_edit(void)
{
	edit("s/MODULE_VERSION(\"0.1\")/MODULE_VERSION(\"edited\")/");
	lab_check("", "./test_env/test_module.sh load", RUN_LIMIT_S, 0, "^PASS");
	lab_check("", "modinfo -F version vexfs/vexfs.ko", 10, 0, "^edited$");
	edit("s/MODULE_VERSION(\"edited\")/MODULE_VERSION(\"0.1\")/");
}

/* The compiler's message, at a path the host knows; exit 3. */
static void test_compile_error(void)
{
	edit("s/^static bool selftest;/static bool selftest = no_such_name;/");
	lab_check("", "./test_env/test_module.sh", RUN_LIMIT_S, 3,
		  "vexfs/src/vexfs\\.c:[0-9]+:[0-9]+: error: .*no_such_name");
	expect_member("verdict.exit", "3");
	edit("s/^static bool selftest = no_such_name;/static bool selftest;/");
	lab_check("", "./test_env/test_module.sh build", RUN_LIMIT_S, 0, "^PASS");
}

/* A bug that only the kernel notices: exit 5, and the next run works again. */
static void test_kernel_fault(void)
{
	edit("s/^\tpr_info(\"loaded/\tWARN_ON(1);\\n&/");
	lab_check("", "./test_env/test_module.sh load", RUN_LIMIT_S, 5, "^FAIL.*WARNING");
	edit("/WARN_ON(1);/d");
	lab_check("", "./test_env/test_module.sh load", RUN_LIMIT_S, 0, "^PASS");
}

static void test_reset(void)
{
	lab_check("", "build/vexvm start --headless", RUN_LIMIT_S, 0, "ready");
	lab_check("", "build/vexvm exec touch /root/left-behind", RUN_LIMIT_S, 0, NULL);
	lab_check("", "build/vexvm reset", RUN_LIMIT_S, 0, NULL);
	lab_check("", "build/vexvm start --headless", RUN_LIMIT_S, 0, NULL);
	lab_check("", "build/vexvm exec test -e /root/left-behind", RUN_LIMIT_S, 1, NULL);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_set_nonfatal_assertions();
	g_test_add_func("/main/first run", test_first);
	g_test_add_func("/main/again", test_again);
	g_test_add_func("/main/edit", test_edit);
	g_test_add_func("/main/compile error", test_compile_error);
	g_test_add_func("/main/kernel fault", test_kernel_fault);
	g_test_add_func("/main/reset", test_reset);
	return g_test_run();
}
