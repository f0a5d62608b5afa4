// SPDX-License-Identifier: GPL-2.0-only
/*
 * That the lab's detectors are alive: each control is caught in its line, what this
 * kernel cannot show says so, and a control that does nothing is told to be dead.
 */
#include <json-glib/json-glib.h>

#include "tests/lib/lab.h"

#define LIMIT_S 900

/* What Debian's kernel has no report of, and what no small module can do. */
static const char *const unarmed[] = {
	"finding kasan", "finding kfence", "finding kcsan", "finding kmsan", "finding ubsan", "finding lockdep",
	"finding odebug", "finding reboot", "finding kmemleak", NULL
};

/* Runs it with --json; its stderr goes elsewhere. */
static JsonObject *selfcheck(const char *args, int status)
{
	g_autofree char *command = g_strdup_printf("build/vexvm -q selfcheck --json %s 2>/dev/null", args);
	g_autoptr(JsonParser) parser = json_parser_new();
	g_autoptr(GError) error = NULL;
	auto_lab_result r;

	lab_type("", command, NULL, LIMIT_S, &r);
	lab_expect(&r, status, NULL);
	g_test_message("%s: %.0f s", *args ? args : "all", r.seconds);
	json_parser_load_from_data(parser, r.output, -1, &error);
	g_assert_no_error(error);
	return json_object_ref(json_node_get_object(json_parser_get_root(parser)));
}

static void check_state(JsonObject *object, const char *wanted)
{
	const char *state = json_object_get_string_member(object, "state");
	const char *reason = json_object_get_null_member(object, "reason") ? NULL :
			     json_object_get_string_member(object, "reason");

	if (!g_str_equal(state, wanted))
		g_test_message("%s: %s, not %s: %s", json_object_get_string_member(object, "name"), state, wanted,
			       reason ? reason : "");
	g_assert_cmpstr(state, ==, wanted);
	/* A reason in all cases but one. */
	g_assert_true(!reason == g_str_equal(state, "alive"));
}

static void test_alive(void)
{
	g_autoptr(JsonObject) check = selfcheck("", 0);
	JsonArray *detectors = json_object_get_array_member(check, "detectors");
	JsonArray *controls = json_object_get_array_member(check, "controls");

	g_assert_true(json_object_get_boolean_member(check, "passed"));
	for (guint i = 0; i < json_array_get_length(detectors); i++) {
		JsonObject *d = json_array_get_object_element(detectors, i);
		const char *name = json_object_get_string_member(d, "name");

		check_state(d, g_strv_contains(unarmed, name) ? "not armed" : "alive");
	}
	for (guint i = 0; i < json_array_get_length(controls); i++)
		check_state(json_array_get_object_element(controls, i), "alive");
	g_assert_cmpuint(json_array_get_length(controls), >=, 50);
	lab_check("", "build/vexvm selfcheck --last", LIMIT_S, 0, "^[0-9]+ detectors alive, 0 dead, 9 not armed");
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
	check = selfcheck("--controls=../sabotaged", 1);
	g_assert_false(json_object_get_boolean_member(check, "passed"));
	controls = json_object_get_array_member(check, "controls");
	g_assert_cmpuint(json_array_get_length(controls), ==, 2);
	for (guint i = 0; i < 2; i++)
		check_state(json_array_get_object_element(controls, i), "dead");
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
