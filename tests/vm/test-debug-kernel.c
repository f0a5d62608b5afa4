// SPDX-License-Identifier: GPL-2.0-only
/*
 * The debug kernel: what only it shows, and that it shows nothing else. It is not built
 * for this: without one in the cache all is skipped.
 */
#include "tests/lib/lab.h"
#include "tests/lib/selfchecked.h"

#define LIMIT_S 1800	/* the first run makes the template, of a kernel that takes its time */
#define ALL_LIMIT_S 4800	/* of all controls: a third of that on a machine that does nothing else */

/* Detectors of which another one, or nobody, is there on this kernel. */
static const char *const unarmed[] = {
	"finding slab", "finding kfence", "finding kcsan", "finding kmsan", "finding reboot", "leak timer",
	"leak users", "leak pages", NULL
};

static const char reasons[] =
	"^the kernel is built (with CONFIG_(KASAN|DEBUG_OBJECTS_TIMERS|PROVE_LOCKING), by|without CONFIG_CRYPTO_SHA512=m$)";

/* Modules without a fault that this kernel, or failing allocations, show. */
static const struct {
	const char *dir, *options, *shows;
} passing[] = {
	{ "modules/hello", "", "^PASS +hello on 6\\.1\\.[0-9]+-vexvm-debug" },
	{ "modules/counter", "", "^PASS +counter on " },
	/* lz4_compress is built in there: nothing has to be loaded. */
	{ "modules/needs-stock", "", "^PASS +squeeze on " },
	{ "modules/ticker", "--fault=failslab", "^PASS +ticker on " },
	/* Their faults are those of failing allocations alone. */
	{ "controls/unchecked-allocation", "", "^PASS" },
	{ "controls/leak-on-error", "", "^PASS" },
};

static gboolean has_kernel(void)
{
	auto_lab_result result = { 0 };

	lab_type("", "build/vexvm --json kernel list", NULL, 60, &result);
	return result.status == 0 && g_regex_match_simple("\"name\" *: *\"debug\"", result.output, 0, 0);
}

static void test_passing(void)
{
	for (guint i = 0; i < G_N_ELEMENTS(passing); i++) {
		g_autofree char *command = g_strdup_printf("build/vexvm test load --kernel=debug --source=tests/%s %s",
							   passing[i].dir, passing[i].options);

		lab_check("", command, LIMIT_S, 0, passing[i].shows);
	}
}

/* Each fault that only this kernel shows is shown, and the others as well as by any kernel. */
static void test_selfcheck(void)
{
	selfchecked_all("--kernel=debug", unarmed, reasons, ALL_LIMIT_S);
}

/* The kernel's long search for lost memory is for those of whom nothing is known yet. */
static void test_search(void)
{
	lab_check("", "build/vexvm selfcheck --kernel=debug leak-names leak-memory && cd .vexvm/default/selfcheck && "
		  "grep -q '\"name\" : \"kmemleak\"' leak-memory/result.json && "
		  "! grep -q '\"name\" : \"kmemleak\"' leak-names/result.json", LIMIT_S, 0, NULL);
}

/* Both kernels have their templates, side by side. */
static void test_both(void)
{
	lab_check("", "build/vexvm test load --source=tests/modules/hello", LIMIT_S, 0, "^PASS +hello on [0-9.-]+-amd64");
	lab_check("", "build/vexvm test load --kernel=debug --source=tests/modules/hello 2>&1 | "
		  "tee log && ! grep 'Making the template' log", LIMIT_S, 0, "^PASS +hello on .*vexvm-debug");
}

/* Booted instead of cloned, by hand and by a test. */
static void test_cold(void)
{
	lab_check("", "build/vexvm start --headless --kernel=debug && build/vexvm exec uname -r", LIMIT_S, 0,
		  "-vexvm-debug$");
	lab_check("", "build/vexvm test load --cold --kernel=debug --source=tests/modules/needs-stock", LIMIT_S, 0,
		  "^PASS +squeeze on .*vexvm-debug");
	lab_check("", "build/vexvm stop", LIMIT_S, 0, NULL);
}

/* The module that the lab was made for has no fault that this kernel sees. */
static void test_vexfs(void)
{
	lab_check("", "build/vexvm test --kernel=debug", LIMIT_S, 0, "^PASS +vexfs on .*vexvm-debug");
}

static void skip(void)
{
	g_test_skip("no debug kernel in the cache; 'vexvm kernel build --debug' builds it, "
		    "'make debug-kernel-test' does both");
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_set_nonfatal_assertions();
	if (!has_kernel()) {
		g_test_add_func("/debug-kernel", skip);
		return g_test_run();
	}
	g_test_add_func("/debug-kernel/passing", test_passing);
	g_test_add_func("/debug-kernel/selfcheck", test_selfcheck);
	g_test_add_func("/debug-kernel/search", test_search);
	g_test_add_func("/debug-kernel/both", test_both);
	g_test_add_func("/debug-kernel/cold", test_cold);
	g_test_add_func("/debug-kernel/vexfs", test_vexfs);
	return g_test_run();
}
