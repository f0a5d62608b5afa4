// SPDX-License-Identifier: GPL-2.0-only
#include "lib/json.h"

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
