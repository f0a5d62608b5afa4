// SPDX-License-Identifier: GPL-2.0-only
/* What a run's result.json has of the kernel's reports, as the findings that they were. */
#include "libvm/crash.h"

#include "libvm/finding.h"
#include "libvm/state.h"

#define FINDINGS_MAX 200	/* a file of that name may be anything */

static JsonObject *object_at(JsonArray *array, guint i)
{
	JsonNode *node = json_array_get_element(array, i);

	return JSON_NODE_HOLDS_OBJECT(node) ? json_node_get_object(node) : NULL;
}

static char **strings_of(JsonArray *array)
{
	g_autoptr(GStrvBuilder) all = g_strv_builder_new();

	for (guint i = 0; array && i < json_array_get_length(array); i++) {
		JsonNode *node = json_array_get_element(array, i);

		if (json_node_get_value_type(node) == G_TYPE_STRING)
			g_strv_builder_add(all, json_node_get_string(node));
	}
	return g_strv_builder_end(all);
}

static struct frame *read_frame(JsonObject *o)
{
	struct frame *frame = g_new0(struct frame, 1);

	*frame = (struct frame){ .function = g_strdup(state_string(o, "function", "?")),
				 .module = g_strdup(state_string(o, "module", NULL)),
				 .offset = (guint64)state_int(o, "offset", 0),
				 .size = (guint64)state_int(o, "size", 0),
				 .reliable = state_bool(o, "reliable", false),
				 .place = g_strdup(state_string(o, "place", NULL)),
				 .inlined = strings_of(state_array(o, "inlined")) };
	return frame;
}

static void read_trace(struct finding *f, JsonArray *trace)
{
	for (guint i = 0; trace && i < MIN(json_array_get_length(trace), FINDING_TRACE_MAX); i++) {
		JsonObject *o = object_at(trace, i);

		if (state_bool(o, "guilty", false))
			f->guilty = (int)i;
		g_ptr_array_add(f->trace, read_frame(o));
	}
}

static struct finding *read_finding(JsonObject *o)
{
	struct finding *f = finding_new(state_string(o, "class", "?"), LAB_ERROR_KERNEL, state_string(o, "line", ""));

	g_free(f->title);
	f->title = g_strdup(state_string(o, "title", ""));
	f->function = g_strdup(state_string(o, "function", NULL));
	f->module = g_strdup(state_string(o, "module", NULL));
	f->file = g_strdup(state_string(o, "file", NULL));
	f->file_line = (guint)state_int(o, "file_line", 0);
	f->excerpt = g_strdup(state_string(o, "excerpt", NULL));
	f->comm = g_strdup(state_string(o, "task", NULL));
	f->pid = state_int(o, "pid", -1);
	f->cpu = (int)state_int(o, "cpu", -1);
	f->count = (guint)state_int(o, "count", 1);
	f->first_line = (guint64)state_int(o, "first_line", 0);
	f->last_line = (guint64)state_int(o, "last_line", 0);
	f->fatal = state_bool(o, "fatal", false);
	g_strlcpy(f->hash, state_string(o, "hash", ""), sizeof(f->hash));
	read_trace(f, state_array(o, "trace"));
	return f;
}

GPtrArray *crash_findings(JsonObject *result)
{
	GPtrArray *findings = g_ptr_array_new_with_free_func((GDestroyNotify)finding_free);
	JsonArray *array = state_array(result, "findings");

	for (guint i = 0; array && i < MIN(json_array_get_length(array), FINDINGS_MAX); i++)
		g_ptr_array_add(findings, read_finding(object_at(array, i)));
	return findings;
}
