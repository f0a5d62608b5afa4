// SPDX-License-Identifier: GPL-2.0-only
/*
 * What only the debug kernel shows: each fault by its class, with file and line. It is
 * not built for this: without one in the cache all is skipped.
 */
#include <glib.h>
#include <json-glib/json-glib.h>

#include "tests/lib/lab.h"

#define LIMIT_S 1800	/* the first run makes the template, of a kernel that takes its time */
#define LATEST ".vexvm/default/runs/latest/result.json"

struct control {
	const char *dir;	/* below tests/modules */
	const char *options;
	int status;
	const char *shows;	/* in the verdict */
	const char *class;	/* of a finding, with … */
	const char *place;	/* … "file" and "file_line" of this source; NULL = none is known */
};

static const struct control controls[] = {
	{ "hello", "", 0, "^PASS +hello on 6\\.1\\.[0-9]+-vexvm-debug" },
	{ "counter", "", 0, "^PASS +counter on " },
	/* lz4_compress is built in there: nothing has to be loaded. */
	{ "needs-stock", "", 0, "^PASS +squeeze on " },
	{ "ticker", "--fault=failslab", 0, "^PASS +ticker on " },
	{ "faulty/write-beyond-stack", "", 5, "^FAIL.*stack-out-of-bounds", "kasan", "overruns_stack.c:10" },
	{ "faulty/read-beyond-global", "", 5, "^FAIL.*global-out-of-bounds", "kasan", "overruns_table.c:11" },
	{ "faulty/write-after-free", "", 5, "^FAIL.*use-after-free", "kasan", "writes_freed.c:13" },
	{ "faulty/lock-order", "", 5, "^FAIL.*possible deadlock", "lockdep", "crosses_locks.c:15" },
	{ "faulty/sleep-in-atomic", "", 5, "^FAIL.*sleeping function called from invalid context", "atomic",
	  "may_sleep.c:14" },
	{ "faulty/leak-large", "", 6, "^FAIL.*memory leak in leaks_large_take", "kmemleak", "leaks_large.c:11" },
	{ "faulty/unchecked-alloc", "", 0, "^PASS" },
	{ "faulty/unchecked-alloc", "--fault=failslab", 5, "^FAIL", "oops", "trusts_kmalloc.c:10" },
	{ "faulty/leak-on-error", "", 0, "^PASS" },
	{ "faulty/leak-on-error", "--fault=failslab", 6, "^FAIL.*memory leak", "kmemleak", NULL },
};

static gboolean has_kernel(void)
{
	auto_lab_result result = { 0 };

	lab_type("", "build/vexvm --json kernel list", NULL, 60, &result);
	return result.status == 0 && g_regex_match_simple("\"name\" *: *\"debug\"", result.output, 0, 0);
}

static const char *member(JsonObject *object, const char *name)
{
	JsonNode *node = json_object_get_member(object, name);

	return node && JSON_NODE_HOLDS_VALUE(node) ? json_node_get_string(node) : NULL;
}

/* Whether @finding is of the class, and where the report says it is. */
static gboolean fits(const struct control *c, JsonObject *finding)
{
	const char *file = member(finding, "file");
	g_autofree char *base = file ? g_path_get_basename(file) : NULL;
	g_autofree char *place = g_strdup_printf("%s:%d", base ? base : "",
						 (int)json_object_get_int_member(finding, "file_line"));

	return g_strcmp0(member(finding, "class"), c->class) == 0 && (!c->place || g_str_equal(place, c->place));
}

static void check_finding(const struct control *c)
{
	g_autofree char *text = lab_result_json(LATEST, "findings");
	g_autoptr(JsonNode) root = json_from_string(text, NULL);
	JsonArray *findings = json_node_get_array(root);

	for (guint i = 0; i < json_array_get_length(findings); i++)
		if (fits(c, json_array_get_object_element(findings, i)))
			return;
	g_test_message("no finding of class %s at %s in: %s", c->class, c->place ? c->place : "any place", text);
	g_test_fail();
}

static void test_control(gconstpointer data)
{
	const struct control *c = data;
	g_autofree char *command = g_strdup_printf(
		"build/vexvm test load --kernel=debug --source=tests/modules/%s %s", c->dir, c->options);

	lab_check("", command, LIMIT_S, c->status, c->shows);
	if (c->class)
		check_finding(c);
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
	for (guint i = 0; i < G_N_ELEMENTS(controls); i++) {
		g_autofree char *name = g_strdup_printf("/debug-kernel/%02u %s %s", i + 1, controls[i].dir,
							controls[i].options);

		g_strdelimit(name + strlen("/debug-kernel/"), "/", '\\');
		g_test_add_data_func(name, &controls[i], test_control);
	}
	g_test_add_func("/debug-kernel/both", test_both);
	g_test_add_func("/debug-kernel/cold", test_cold);
	g_test_add_func("/debug-kernel/vexfs", test_vexfs);
	return g_test_run();
}
