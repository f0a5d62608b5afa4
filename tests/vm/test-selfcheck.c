// SPDX-License-Identifier: GPL-2.0-only
/*
 * That the lab's detectors are alive: each control is caught in its line, what this
 * kernel cannot show says so, and a control that does nothing is told to be dead.
 */
#include "tests/lib/lab.h"
#include "tests/lib/selfchecked.h"

#define LIMIT_S 900

/* What Debian's kernel has no report of, and what no small module can do. */
static const char *const unarmed[] = {
	"finding kasan", "finding kfence", "finding kcsan", "finding kmsan", "finding ubsan", "finding lockdep",
	"finding odebug", "finding reboot", "finding kmemleak", "leak pages", NULL
};

static const char reasons[] =
	"^the kernel is built without CONFIG_(KASAN|UBSAN|PROVE_|DEBUG_(ATOMIC_SLEEP|PREEMPT|OBJECTS|KMEMLEAK)|FAILSLAB)";

static void test_alive(void)
{
	selfchecked_all("", unarmed, reasons, LIMIT_S);
	lab_check("", "build/vexvm selfcheck --last", LIMIT_S, 0, "^[0-9]+ detectors alive, 0 dead, 10 not armed");
}

/* A module that does nothing where an oops is promised, and one that falls in another line. */
static void test_dead(void)
{
	g_autoptr(JsonObject) check = NULL;
	JsonArray *controls;

	lab_check("", "mkdir -p ../sabotaged && cp -r tests/controls/clean tests/controls/null-pointer ../sabotaged && "
		  "printf '[clean]\\nfinds=finding oops\\nexit=5\\n[null-pointer]\\nfinds=finding oops\\nexit=5\\n' "
		  ">../sabotaged/controls.conf && "
		  "sed -i -e 's,/. here ./,,' -e 's,return 0;,& /* here */,' ../sabotaged/null-pointer/*.c",
		  LIMIT_S, 0, NULL);
	check = selfchecked("--controls=../sabotaged", 1, LIMIT_S);
	if (!check)
		return;
	g_assert_false(json_object_get_boolean_member(check, "passed"));
	controls = json_object_get_array_member(check, "controls");
	g_assert_cmpuint(json_array_get_length(controls), ==, 2);
	for (guint i = 0; i < 2; i++)
		selfchecked_state(json_array_get_object_element(controls, i), "dead");
	lab_check("", "build/vexvm selfcheck --controls=../sabotaged clean", LIMIT_S, 1,
		  "^dead +finding oops +clean: no finding oops; the run says: passed");
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_set_nonfatal_assertions();
	g_test_add_func("/selfcheck/alive", test_alive);
	g_test_add_func("/selfcheck/dead", test_dead);
	return g_test_run();
}
