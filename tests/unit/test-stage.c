// SPDX-License-Identifier: GPL-2.0-only
/* The script that has the modules in and out. */
#include <glib.h>
#include <string.h>

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

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/stage/arguments", test_arguments);
	g_test_add_func("/stage/dyndbg", test_dyndbg);
	return g_test_run();
}
