// SPDX-License-Identifier: GPL-2.0-only
/*
 * Errors from the disk below, in a real guest: what they look like there, that sweeps end
 * by themselves, and that a module which overlooks one is found out.
 */
#include <glib.h>

#include "tests/lib/lab.h"

#define LIMIT_S 900
#define DISK "build/vexvm test --source tests/modules/disk "

static void expect_json(const char *path, const char *regex)
{
	g_autofree char *is = lab_result_json(".vexvm/default/runs/latest/result.json", path);

	g_test_message("%s is %s", path, is);
	g_assert_true(g_regex_match_simple(regex, is ? is : "", 0, 0));
}

/*
 * The suites say what they saw: exactly the third write as EIO, a write cut off, slow reads,
 * a bad sector. The sweep over the module's three writes ends at the fourth.
 */
static void test_suites(void)
{
	lab_check("", DISK, LIMIT_S, 0, "ledger\\.sh \\[inject eio:write:n=4\\]: the sweep ends, no error was "
		  "injected: of the requests that the rule counts there were 3\n(.*\n)*"
		  "PASS +ledger on .*, 17 errors injected, ");
	expect_json("counts.fail", "^0$");
	expect_json("counts.skip", "^3$");
	expect_json("findings", "^\\[\\s*\\]$");
	expect_json("suites", "\"rule\"\\s*:\\s*\"eio:write:n=3\",\\s*\"requests\"\\s*:\\s*4,\\s*\"injected\"\\s*:\\s*1\\b");
}

/*
 * The control: each write whose error is overlooked is a failure with its n, which comes
 * again whenever the same one is injected, and no finding of the kernel's. An error that
 * was never injected is told, and is no pass.
 */
static void test_overlooked(void)
{
	lab_check("", DISK "--suite stress/careless.sh --suite stress/unreached.sh", LIMIT_S, 1,
		  "FAIL +careless\\.sh \\[inject eio:write:n=2\\]: entry 2\n(.*\n)*"
		  "FAIL +unreached\\.sh \\[inject eio:flush:n=1\\]: no error was injected: of the requests that the "
		  "rule counts there were 0\n(.*\n)*"
		  "FAIL +careless\\.sh \\[inject eio:write:n=3\\]: entry 3\n(.*\n)*"
		  "careless\\.sh \\[inject eio:write:n=4\\]: the sweep ends, (.*\n)*FAIL +ledger on (.*\n)*"
		  ".* careless\\.sh \\[inject eio:write:n=2\\]: entry 2 \\(broken: 3 of 3 runs\\)");
	expect_json("counts.fail", "^2$");
	expect_json("findings", "^\\[\\s*\\]$");
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_set_nonfatal_assertions();
	g_test_add_func("/inject/suites", test_suites);
	g_test_add_func("/inject/overlooked", test_overlooked);
	return g_test_run();
}
