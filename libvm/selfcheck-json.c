// SPDX-License-Identifier: GPL-2.0-only
/* What a selfcheck says of each detector, and all of it as JSON. */
#include "lib/json.h"
#include "libvm/selfcheck.h"
#include "libvm/state.h"

static const struct selfcheck_result *result_of(const struct selfcheck *check, const struct control *control)
{
	for (guint i = 0; i < check->results->len; i++) {
		const struct selfcheck_result *result = check->results->pdata[i];

		if (result->control == control)
			return result;
	}
	return NULL;
}

enum selfcheck_state selfcheck_judge(const struct selfcheck *check, const struct detector *detector,
				     char **ret_reason)
{
	const struct selfcheck_result *unarmed = NULL;
	bool alive = false;

	*ret_reason = NULL;
	for (guint i = 0; i < detector->controls->len; i++) {
		const struct selfcheck_result *result = result_of(check, detector->controls->pdata[i]);

		if (result && result->state == SELFCHECK_DEAD) {
			*ret_reason = g_strdup_printf("%s: %s", result->control->name, result->reason);
			return SELFCHECK_DEAD;
		}
		alive |= result && result->state == SELFCHECK_ALIVE;
		if (result && result->state == SELFCHECK_UNARMED)
			unarmed = result;
	}
	if (alive)
		return SELFCHECK_ALIVE;
	*ret_reason = g_strdup(unarmed ? unarmed->reason :
			       detector->without ? detector->without : "there is no control for it");
	return SELFCHECK_UNARMED;
}

/* Of a part of the controls the other detectors are not spoken of. */
static bool is_asked(const struct selfcheck *check, const struct detector *detector)
{
	if (check->results->len == check->controls->all->len)
		return true;
	for (guint i = 0; i < detector->controls->len; i++)
		if (result_of(check, detector->controls->pdata[i]))
			return true;
	return false;
}

static void add_detector(JsonBuilder *b, const struct selfcheck *check, const struct detector *detector)
{
	g_autofree char *reason = NULL;
	enum selfcheck_state state = selfcheck_judge(check, detector, &reason);

	json_builder_begin_object(b);
	json_add_string(b, "name", detector->name);
	json_add_string(b, "state", selfcheck_state_name(state));
	json_add_string(b, "reason", reason);
	json_builder_set_member_name(b, "controls");
	json_builder_begin_array(b);
	for (guint i = 0; i < detector->controls->len; i++)
		json_builder_add_string_value(b, ((struct control *)detector->controls->pdata[i])->name);
	json_builder_end_array(b);
	json_builder_end_object(b);
}

static void add_parts(JsonBuilder *b, const struct control *control)
{
	json_builder_set_member_name(b, "parts");
	json_builder_begin_array(b);
	for (guint i = 0; i < control->parts->len; i++) {
		const struct control_part *part = control->parts->pdata[i];

		json_builder_begin_object(b);
		json_add_string(b, "detector", part->detector);
		json_add_string(b, "file", part->file);
		json_add_known_int(b, "line", part->line, part->file);
		json_builder_end_object(b);
	}
	json_builder_end_array(b);
}

static void add_control(JsonBuilder *b, const struct selfcheck_result *result)
{
	json_builder_begin_object(b);
	json_add_string(b, "name", result->control->name);
	json_add_string(b, "state", selfcheck_state_name(result->state));
	json_add_string(b, "reason", result->reason);
	json_add_known_int(b, "exit", result->exit, result->exit >= 0);
	json_add_double(b, "seconds", (double)(gint64)(result->seconds * 1000 + 0.5) / 1000);
	json_add_string(b, "folder", result->folder);
	add_parts(b, result->control);
	json_builder_end_object(b);
}

static bool is_passed(const struct selfcheck *check)
{
	for (guint i = 0; i < check->results->len; i++)
		if (((struct selfcheck_result *)check->results->pdata[i])->state == SELFCHECK_DEAD)
			return false;
	return true;
}

JsonObject *selfcheck_to_json(const struct selfcheck *check)
{
	g_autoptr(JsonBuilder) b = json_builder_new();
	const GPtrArray *detectors = check->controls->detectors;
	g_autoptr(JsonNode) root = NULL;

	json_builder_begin_object(b);
	json_add_int(b, "version", SELFCHECK_VERSION);
	json_add_bool(b, "passed", is_passed(check));
	json_add_string(b, "started", check->started);
	json_add_double(b, "seconds", (double)(gint64)(check->seconds * 1000 + 0.5) / 1000);
	json_add_string(b, "kernel", check->kernel);
	json_add_string(b, "image", check->image);
	json_add_string(b, "accelerator", check->accel);
	json_builder_set_member_name(b, "detectors");
	json_builder_begin_array(b);
	for (guint i = 0; i < detectors->len; i++)
		if (is_asked(check, detectors->pdata[i]))
			add_detector(b, check, detectors->pdata[i]);
	json_builder_end_array(b);
	json_builder_set_member_name(b, "controls");
	json_builder_begin_array(b);
	for (guint i = 0; i < check->results->len; i++)
		add_control(b, check->results->pdata[i]);
	json_builder_end_array(b);
	json_builder_end_object(b);
	root = json_builder_get_root(b);
	return json_node_dup_object(root);
}

void selfcheck_count(JsonObject *object, guint ret_counts[3])
{
	JsonArray *detectors = state_array(object, "detectors");

	for (guint state = 0; state < 3; state++) {
		ret_counts[state] = 0;
		for (guint i = 0; detectors && i < json_array_get_length(detectors); i++) {
			JsonNode *node = json_array_get_element(detectors, i);

			ret_counts[state] += JSON_NODE_HOLDS_OBJECT(node) &&
					     g_str_equal(state_string(json_node_get_object(node), "state", ""),
							 selfcheck_state_name(state));
		}
	}
}
