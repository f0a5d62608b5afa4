// SPDX-License-Identifier: GPL-2.0-only
#include "libvm/kmsg-file.h"

#include "lib/json.h"
#include "libvm/state.h"

void kmsg_line_clear(struct kmsg_line *line)
{
	g_free(line->stage);
	g_free(line->test);
	g_free(line->text);
}

static char *not_empty(JsonObject *record, const char *name)
{
	const char *text = state_string(record, name, "");

	return *text ? g_strdup(text) : NULL;
}

bool kmsg_line_parse(struct kmsg_line *line, const char *bytes, gsize size)
{
	g_autofree char *json = size && *bytes == '{' ? g_strndup(bytes, size) : NULL;
	g_autoptr(JsonObject) record = json ? json_read_object(json) : NULL;
	const char *text = state_string(record, "text", NULL);
	gint64 usec = state_int(record, "usec", -1);

	*line = (struct kmsg_line){ 0 };
	if (!text || usec < 0)
		return false;
	line->usec = (guint64)usec;
	line->text = g_strdup(text);
	line->stage = not_empty(record, "stage");
	line->test = not_empty(record, "test");
	return true;
}
