// SPDX-License-Identifier: GPL-2.0-only
#include "lib/json.h"

#include <string.h>

/* Behind the string that begins at @at. */
static const char *skip_string(const char *at)
{
	for (at++; *at && *at != '"'; at++)
		at += *at == '\\' && at[1];
	return *at ? at + 1 : at;
}

/* The parser also knows comments and other quotes, in which brackets would not count: they are no JSON. */
static bool is_shallow(const char *text)
{
	guint depth = 0;

	while (*text) {
		if (*text == '"') {
			text = skip_string(text);
			continue;
		}
		if (strchr("/#'", *text))
			return false;
		depth += *text == '[' || *text == '{';
		depth -= depth && (*text == ']' || *text == '}');
		if (depth > JSON_DEPTH_MAX)
			return false;
		text++;
	}
	return true;
}

JsonObject *json_read_object(const char *text)
{
	g_autoptr(JsonParser) parser = json_parser_new();
	JsonNode *root;

	if (!is_shallow(text) || !json_parser_load_from_data(parser, text, -1, NULL))
		return NULL;
	root = json_parser_get_root(parser);
	return root && JSON_NODE_HOLDS_OBJECT(root) ? json_object_ref(json_node_get_object(root)) : NULL;
}

void json_add_string(JsonBuilder *b, const char *name, const char *value)
{
	g_autofree char *valid = value ? g_utf8_make_valid(value, -1) : NULL;

	json_builder_set_member_name(b, name);
	if (valid)
		json_builder_add_string_value(b, valid);
	else
		json_builder_add_null_value(b);
}

void json_add_int(JsonBuilder *b, const char *name, gint64 value)
{
	json_builder_set_member_name(b, name);
	json_builder_add_int_value(b, value);
}

void json_add_known_int(JsonBuilder *b, const char *name, gint64 value, bool known)
{
	if (known)
		json_add_int(b, name, value);
	else
		json_add_string(b, name, NULL);
}

void json_add_double(JsonBuilder *b, const char *name, double value)
{
	json_builder_set_member_name(b, name);
	json_builder_add_double_value(b, value);
}

void json_add_bool(JsonBuilder *b, const char *name, bool value)
{
	json_builder_set_member_name(b, name);
	json_builder_add_boolean_value(b, value);
}
