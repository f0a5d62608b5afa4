// SPDX-License-Identifier: GPL-2.0-only
/* The script that has the modules in and out. */
#include <glib.h>
#include <string.h>

#include "lib/fault.h"
#include "libvm/stage.h"

static char *parameters[] = { (char *)"count", NULL };
static char *nothing[] = { NULL };

static void expect(struct conf *conf, const char *wanted, bool is_there)
{
	struct modinfo info = { .name = (char *)"my_mod", .depends = nothing, .aliases = nothing,
				.parameters = parameters };
	struct module module = { .file = (char *)"/x/my-mod.ko", .base = (char *)"my-mod.ko", .info = &info };
	g_autoptr(GPtrArray) modules = g_ptr_array_new();
	struct stage stage = { .conf = conf, .modules = modules };
	g_autoptr(GError) error = NULL;
	g_autofree char *script = NULL;

	g_ptr_array_add(modules, &module);
	script = stage_modules_script(&stage, &error);
	g_assert_no_error(error);
	if ((strstr(script, wanted) != NULL) != is_there)
		g_test_message("%.600s", script);
	g_assert_cmpint(strstr(script, wanted) != NULL, ==, is_there);
}

static void test_arguments(void)
{
	struct conf conf = { .module_args = (char *)"count=3" };

	expect(&conf, "'my_mod' '' '/run/vexvm/files/my-mod.ko' 'count=3' || return\n", true);
	expect(&conf, "'my_mod' '/run/vexvm/files/my-mod.ko' 'count=3'\n}", true);
	expect(&conf, "dyndbg", false);
}

static void test_dyndbg(void)
{
	struct conf conf = { .module_args = (char *)"count=3", .dyndbg = true };

	expect(&conf, "'/run/vexvm/files/my-mod.ko' 'count=3' dyndbg=+p || return\n", true);
	expect(&conf, "'/run/vexvm/files/my-mod.ko' 'count=3 dyndbg=+p'\n}", true);
	conf.module_args = NULL;
	expect(&conf, "'/run/vexvm/files/my-mod.ko' dyndbg=+p || return\n", true);
}

/* What a module says in advance is not what ends the wait. */
static void test_marker(void)
{
	struct stage one = { 0 }, other = { 0 };
	g_autofree char *first = stage_marker(&one), *second = stage_marker(&one), *same = stage_marker(&other);

	g_assert_true(g_str_has_prefix(first, "<6>vexvm: run 1 "));
	g_assert_true(g_str_has_prefix(second, "<6>vexvm: run 2 "));
	g_assert_true(g_str_has_prefix(same, "<6>vexvm: run 1 "));
	g_assert_cmpstr(first, !=, same);
}

/* A run that has not read all of the log does not know what the kernel reported. */
static void test_lost_log(void)
{
	const struct kmsg_record before = { .seq = 5, .usec = 1, .text = (char *)"a" };
	const struct kmsg_record after = { .seq = 9, .usec = 2, .text = (char *)"b" };
	g_autoptr(kmsg_owner) kmsg = kmsg_new("/dev/null", NULL);
	g_autoptr(report_owner) report = report_new("test");
	struct stage stage = { .kmsg = kmsg, .report = report };
	const struct report_failure *failure;

	kmsg_take(kmsg, &before);
	stage_check_log(&stage);
	g_assert_cmpuint(report->failures->len, ==, 0);
	kmsg_take(kmsg, &after);
	report_set_suite(report, "loud.sh");
	stage_check_log(&stage);
	stage_check_log(&stage);
	g_assert_cmpuint(report->failures->len, ==, 1);
	failure = report->failures->pdata[0];
	g_assert_cmpint(failure->code, ==, LAB_ERROR_LAB);
	g_assert_cmpstr(failure->suite, ==, "loud.sh");
	g_assert_nonnull(strstr(failure->text, "loud.sh: 3 records of the kernel's log were lost"));
	g_assert_nonnull(strstr(failure->text, "append=log_buf_len=16M"));
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/stage/arguments", test_arguments);
	g_test_add_func("/stage/dyndbg", test_dyndbg);
	g_test_add_func("/stage/marker", test_marker);
	g_test_add_func("/stage/lost-log", test_lost_log);
	return g_test_run();
}
