// SPDX-License-Identifier: GPL-2.0-only
#include "tests/lib/selfchecked.h"

#include <stdbool.h>

#include "tests/lib/lab.h"

#define CONTROLS_MIN 80
#define SAID "selfcheck.log"	/* in the tree: what it says of each control as soon as that has ended */
#define SHOW_LIMIT_S 60

/* Where it was when it ended: of one that met its limit that is all there is. */
static void show_said(void)
{
	auto_lab_result said = { 0 };

	lab_type("", "cat " SAID, NULL, SHOW_LIMIT_S, &said);
	g_test_message("it had said:\n%s", said.output);
}

static bool is_check(JsonNode *root)
{
	return root && JSON_NODE_HOLDS_OBJECT(root) && json_object_has_member(json_node_get_object(root), "detectors");
}

JsonObject *selfchecked(const char *args, int status, guint limit_s)
{
	g_autofree char *command = g_strdup_printf("build/vexvm -v selfcheck --json %s 2>" SAID, args);
	g_autoptr(JsonParser) parser = json_parser_new();
	auto_lab_result r = { 0 };
	JsonObject *check = NULL;

	lab_type("", command, NULL, limit_s, &r);
	lab_expect(&r, status, NULL);
	g_test_message("%s: %.0f s", *args ? args : "all", r.seconds);
	/* Else it is what went wrong, as JSON too. */
	if (json_parser_load_from_data(parser, r.output, -1, NULL) && is_check(json_parser_get_root(parser)))
		check = json_node_dup_object(json_parser_get_root(parser));
	if (r.status != status || !check)
		show_said();
	if (!check) {
		g_test_message("it has not printed what it found");
		g_test_fail();
	}
	return check;
}

static const char *reason_of(JsonObject *object)
{
	return json_object_get_null_member(object, "reason") ? NULL : json_object_get_string_member(object, "reason");
}

void selfchecked_state(JsonObject *object, const char *wanted)
{
	const char *state = json_object_get_string_member(object, "state");
	const char *reason = reason_of(object);

	if (!g_str_equal(state, wanted))
		g_test_message("%s: %s, not %s: %s", json_object_get_string_member(object, "name"), state, wanted,
			       reason ? reason : "");
	g_assert_cmpstr(state, ==, wanted);
	g_assert_true(!reason == g_str_equal(state, "alive"));
}

static void check_control(JsonObject *control, const char *reasons)
{
	const char *reason = reason_of(control);
	bool unarmed = reason && g_regex_match_simple(reasons, reason, 0, 0);

	selfchecked_state(control, unarmed ? "not armed" : "alive");
}

void selfchecked_all(const char *args, const char *const *unarmed, const char *reasons, guint limit_s)
{
	g_autoptr(JsonObject) check = selfchecked(args, 0, limit_s);
	JsonArray *detectors, *controls;

	if (!check)
		return;
	detectors = json_object_get_array_member(check, "detectors");
	controls = json_object_get_array_member(check, "controls");
	g_assert_true(json_object_get_boolean_member(check, "passed"));
	for (guint i = 0; i < json_array_get_length(detectors); i++) {
		JsonObject *d = json_array_get_object_element(detectors, i);
		const char *name = json_object_get_string_member(d, "name");

		selfchecked_state(d, g_strv_contains(unarmed, name) ? "not armed" : "alive");
	}
	for (guint i = 0; i < json_array_get_length(controls); i++)
		check_control(json_array_get_object_element(controls, i), reasons);
	g_assert_cmpuint(json_array_get_length(controls), >=, CONTROLS_MIN);
}
