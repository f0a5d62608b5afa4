// SPDX-License-Identifier: GPL-2.0-only
/*
 * vexvm ffi-check on a whole project, which is built in the image's user land and
 * then broken in one way after another. No VM is started.
 */
#include <glib.h>

#include "tests/lib/lab.h"

#define LIMIT_S 900
#define CHECK "build/vexvm ffi-check --source=tests/modules/foreign"
#define FILES "tests/modules/foreign/"

/* What @edit, for sed, makes of @file, is checked and taken back. */
static void check_edited(const char *file, const char *edit, int status, const char *shows)
{
	g_autofree char *command = g_strdup_printf(
		"cp -a " FILES "%s saved && sed -i '%s' " FILES "%s && { " CHECK "; status=$?; mv saved " FILES "%s; "
		"touch " FILES "%s; exit $status; }", file, edit, file, file, file);

	lab_check("", command, LIMIT_S, status, shows);
}

static void test_sound(void)
{
	lab_check("", CHECK, LIMIT_S, 0, "\nok 3 build\nok 4 abi table\nok 5 header\n");
	lab_check("", CHECK, LIMIT_S, 0, "\nok \\d+ core.o abi hash\n(.*\n)*ok \\d+ foreign.ko linked whole\n"
					 "    KTAP version 1\n    1..1\n    ok 1 sum\nok \\d+ test program\n");
}

static void test_broken(void)
{
	check_edited("core.h", "s/int a, b;/long a, b;/", 3, "\nnot ok 3 build\n# .*pair: size");
	check_edited("core.c", "$ a int core_more(void) { return 1; }", 1,
		     "\nnot ok \\d+ core.o exports\n# core_more is exported and not in the ABI table\n# remedy: ");
	check_edited("core.imports", "s/__fentry__|//", 1, "\nnot ok \\d+ core.o imports\n# __fentry__ is wanted, at ");
	check_edited("main.c", "s/READ_ONCE(CORE_ABI) == 1 &&//", 1,
		     "\nnot ok \\d+ foreign.ko abi hash\n# core_abi_[0-9a-f]+ is read by nothing in the module\n");
	check_edited("Kbuild", "s/ $(src)\\/core.h//", 1, "\nnot ok \\d+ core.o abi hash\n# core_abi_[0-9a-f]+ is of another ABI");
	check_edited("test_core.sh", "s/ok 1 sum/not ok 1 sum/", 1,
		     "\n    not ok 1 sum\nnot ok \\d+ test program\n# sum\n# remedy: ");
	check_edited("test_core.sh", "s/echo.*//", 1, "\nnot ok \\d+ test program\n# it ran no test\n");
	check_edited("vexvm.conf", "s/object=core.o/object=gone.o/", 1, "\nnot ok \\d+ gone.o\n# cannot read .*gone.o");
	lab_check("", CHECK, LIMIT_S, 0, "\nok 3 build\n");
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_set_nonfatal_assertions();
	g_test_add_func("/ffi-check/sound", test_sound);
	g_test_add_func("/ffi-check/broken", test_broken);
	return g_test_run();
}
