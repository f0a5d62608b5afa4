// SPDX-License-Identifier: GPL-2.0-only
#include "libvm/state.h"

#include <errno.h>
#include <string.h>

#include "lib/fault.h"
#include "lib/json.h"

#define STATE_MAX (1024 * 1024)	/* bytes; a state file is a few hundred */

JsonObject *state_load(const struct conf *conf, const char *name, GError **error)
{
	g_autofree char *path = g_build_filename(conf->state_dir, name, NULL);
	g_autoptr(GError) cause = NULL;
	g_autofree char *text = NULL;
	JsonObject *object;
	gsize size;

	if (g_file_test(path, G_FILE_TEST_EXISTS) && !g_file_test(path, G_FILE_TEST_IS_REGULAR)) {
		fault_set(error, LAB_ERROR_LAB, "%s is no regular file; remove it", path);
		return NULL;
	}
	if (!g_file_get_contents(path, &text, &size, &cause)) {
		if (!g_error_matches(cause, G_FILE_ERROR, G_FILE_ERROR_NOENT) &&
		    !g_error_matches(cause, G_FILE_ERROR, G_FILE_ERROR_NOTDIR))
			fault_set(error, LAB_ERROR_LAB, "%s", cause->message);
		return NULL;
	}
	object = size <= STATE_MAX && strlen(text) == size ? json_read_object(text) : NULL;
	if (!object)
		fault_set(error, LAB_ERROR_LAB,
			  "%s is damaged; 'vexvm clean --vm --force' removes the VM, 'vexvm setup' makes "
			  "it anew",
			  path);
	return object;
}

bool state_save(const struct conf *conf, const char *name, JsonObject *object, GError **error)
{
	g_autofree char *path = g_build_filename(conf->state_dir, name, NULL);
	g_autoptr(JsonNode) node = json_node_new(JSON_NODE_OBJECT);
	g_autoptr(GError) cause = NULL;
	g_autofree char *text = NULL;

	if (g_mkdir_with_parents(conf->state_dir, 0755) < 0)
		return fault_set_errno(error, LAB_ERROR_LAB, errno, "cannot make %s", conf->state_dir);
	json_node_set_object(node, object);
	text = json_to_string(node, TRUE);
	if (!g_file_set_contents_full(path, text, -1, G_FILE_SET_CONTENTS_CONSISTENT, 0644, &cause))
		return fault_set(error, LAB_ERROR_LAB, "%s", cause->message);
	return true;
}

void state_remove(const struct conf *conf, const char *name)
{
	g_autofree char *path = g_build_filename(conf->state_dir, name, NULL);

	unlink(path);
}

static JsonNode *value(JsonObject *object, const char *name)
{
	JsonNode *node = object ? json_object_get_member(object, name) : NULL;

	return node && JSON_NODE_HOLDS_VALUE(node) ? node : NULL;
}

const char *state_string(JsonObject *object, const char *name, const char *fallback)
{
	JsonNode *node = value(object, name);

	return node && json_node_get_value_type(node) == G_TYPE_STRING ?
		       json_node_get_string(node) : fallback;
}

gint64 state_int(JsonObject *object, const char *name, gint64 fallback)
{
	JsonNode *node = value(object, name);

	return node && json_node_get_value_type(node) == G_TYPE_INT64 ?
		       json_node_get_int(node) : fallback;
}

bool state_bool(JsonObject *object, const char *name, bool fallback)
{
	JsonNode *node = value(object, name);

	return node && json_node_get_value_type(node) == G_TYPE_BOOLEAN ?
		       json_node_get_boolean(node) : fallback;
}

JsonObject *state_object(JsonObject *object, const char *name)
{
	JsonNode *node = object ? json_object_get_member(object, name) : NULL;

	return node && JSON_NODE_HOLDS_OBJECT(node) ? json_node_get_object(node) : NULL;
}

JsonArray *state_array(JsonObject *object, const char *name)
{
	JsonNode *node = object ? json_object_get_member(object, name) : NULL;

	return node && JSON_NODE_HOLDS_ARRAY(node) ? json_node_get_array(node) : NULL;
}

bool state_set_bool(const struct conf *conf, const char *name, const char *member, bool set,
		    GError **error)
{
	g_autoptr(JsonObject) object = state_load(conf, name, error);

	if (!object)
		return error && *error ? false :
		       fault_set(error, LAB_ERROR_LAB, "%s/%s is not there", conf->state_dir, name);
	json_object_set_boolean_member(object, member, set);
	return state_save(conf, name, object, error);
}
