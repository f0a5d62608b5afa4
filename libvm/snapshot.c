// SPDX-License-Identifier: GPL-2.0-only
#include "libvm/snapshot.h"

#include "lib/fault.h"
#include "libvm/state.h"

/* Memory left out, and events telling how it goes. */
static bool set_capabilities(struct qmp *qmp, gint64 deadline, GError **error)
{
	static const char *const names[] = { "x-ignore-shared", "events" };
	JsonObject *arguments = json_object_new();
	JsonArray *list = json_array_new();

	for (guint i = 0; i < G_N_ELEMENTS(names); i++) {
		JsonObject *capability = json_object_new();

		json_object_set_string_member(capability, "capability", names[i]);
		json_object_set_boolean_member(capability, "state", TRUE);
		json_array_add_object_element(list, capability);
	}
	json_object_set_array_member(arguments, "capabilities", list);
	return qmp_call(qmp, "migrate-set-capabilities", arguments, deadline, NULL, error);
}

/* QEMU runs @program by a shell, on the file @path. */
static JsonObject *uri(const char *program, const char *path)
{
	JsonObject *arguments = json_object_new();
	g_autofree char *quoted = g_shell_quote(path);
	g_autofree char *text = g_strdup_printf("exec:%s%s", program, quoted);

	json_object_set_string_member(arguments, "uri", text);
	return arguments;
}

/* An event's member "data" as an object, or NULL. */
static JsonObject *event_data(JsonObject *event)
{
	JsonNode *data = json_object_get_member(event, "data");

	return data && JSON_NODE_HOLDS_OBJECT(data) ? json_node_get_object(data) : NULL;
}

static bool await_completed(struct qmp *qmp, const char *what, gint64 deadline, GError **error)
{
	for (;;) {
		g_autoptr(GError) cause = NULL;
		g_autoptr(JsonObject) event = qmp_event(qmp, deadline, &cause);
		const char *status;

		if (!event)
			return fault_set(error, LAB_ERROR_LAB, "%s: %s", what,
					 cause ? cause->message : "QEMU did not end it in time");
		if (!g_str_equal(state_string(event, "event", ""), "MIGRATION"))
			continue;
		status = state_string(event_data(event), "status", "");
		if (g_str_equal(status, "completed"))
			return true;
		if (g_str_equal(status, "failed"))
			return fault_set(error, LAB_ERROR_LAB, "%s: QEMU gave up", what);
	}
}

bool snapshot_save(struct qmp *qmp, const char *path, gint64 deadline, GError **error)
{
	return qmp_call(qmp, "stop", NULL, deadline, NULL, error) &&
	       set_capabilities(qmp, deadline, error) &&
	       qmp_call(qmp, "migrate", uri("cat >", path), deadline, NULL, error) &&
	       await_completed(qmp, "cannot save the guest's state", deadline, error);
}

bool snapshot_load(struct qmp *qmp, const char *path, gint64 deadline, GError **error)
{
	return set_capabilities(qmp, deadline, error) &&
	       qmp_call(qmp, "migrate-incoming", uri("cat ", path), deadline, NULL, error) &&
	       await_completed(qmp, "cannot load the guest's state", deadline, error) &&
	       qmp_call(qmp, "cont", NULL, deadline, NULL, error);
}
