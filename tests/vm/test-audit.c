// SPDX-License-Identifier: GPL-2.0-only
/*
 * That the audit is silent where nothing was left behind: a guest that does nothing,
 * looked at many times. The controls, which it has to see, are in test-modules.c.
 */
#include <glib.h>

#include "libvm/audit.h"
#include "tests/lib/lab.h"

#define LIMIT_S 900
#define ROUNDS 30
#define LOOK "build/vexvm exec -- /usr/local/sbin/vexvm-agent --audit since /run/vexvm/audit /dev/null"

static void test_idle(void)
{
	g_autoptr(GPtrArray) functions = audit_functions_new();

	lab_check("", "{ build/vexvm stop || :; } && build/vexvm test load --source=tests/modules/hello && "
		  "build/vexvm start --headless --from-template", LIMIT_S, 0, NULL);
	for (guint i = 0; i < ROUNDS; i++) {
		g_autoptr(GPtrArray) leaks = NULL;
		auto_lab_result r;

		lab_type("", LOOK, NULL, LIMIT_S, &r);
		lab_expect(&r, 0, NULL);
		leaks = audit_compare(r.output, functions, NULL);
		for (guint l = 0; l < leaks->len; l++)
			g_test_message("%s", ((struct leak *)leaks->pdata[l])->detail);
		g_assert_cmpuint(leaks->len, ==, 0);
	}
	lab_check("", "build/vexvm stop --force", LIMIT_S, 0, NULL);
}

/* A switch for those whose module leaves things on purpose. */
static void test_off(void)
{
	lab_check("", "printf '[test]\\naudit=no\\nreloads=0\\n' >tests/controls/leak-slab/vexvm.conf && "
		  "build/vexvm test --source=tests/controls/leak-slab; status=$?; "
		  "rm tests/controls/leak-slab/vexvm.conf; exit $status", LIMIT_S, 0, "^PASS");
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_set_nonfatal_assertions();
	g_test_add_func("/audit/idle", test_idle);
	g_test_add_func("/audit/off", test_off);
	return g_test_run();
}
