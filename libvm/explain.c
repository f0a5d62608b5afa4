// SPDX-License-Identifier: GPL-2.0-only
#include "libvm/explain.h"

#include "lib/json.h"

static void append_fact(GString *text, const char *name, const char *value)
{
	if (value)
		g_string_append_printf(text, "  %-7s%s\n", name, value);
}

static void append_trace(GString *text, const struct finding *f)
{
	for (guint i = 0; i < f->trace->len; i++) {
		const struct frame *frame = f->trace->pdata[i];

		if (i > 0 && frame->section != ((struct frame *)f->trace->pdata[i - 1])->section)
			g_string_append(text, "         --\n");
		g_string_append_printf(text, "  %s %s%s", (int)i == f->guilty ? "  --> " : "      ",
				       frame->reliable ? "" : "? ", frame->function);
		if (frame->size)
			g_string_append_printf(
				text, "+0x%" G_GINT64_MODIFIER "x/0x%" G_GINT64_MODIFIER "x",
				frame->offset, frame->size);
		if (frame->module)
			g_string_append_printf(text, " [%s]", frame->module);
		if (frame->place)
			g_string_append_printf(text, "  %s", frame->place);
		g_string_append_c(text, '\n');
		for (guint j = 0; frame->inlined && frame->inlined[j]; j++)
			g_string_append_printf(text, "             %s%s\n", frame->inlined[j],
					       frame->inlined[j + 1] ? ", inlined in" : "");
	}
}

char *explain_text(const struct finding *f)
{
	GString *text = g_string_new(NULL);
	g_autofree char *where = finding_where(f), *source = NULL, *task = NULL, *cpu = NULL,
			*lines = NULL;

	if (f->file)
		source = g_strdup_printf("%s:%u", f->file, f->file_line);
	if (f->comm)
		task = g_strdup_printf("%s, pid %" G_GINT64_FORMAT, f->comm, f->pid);
	if (f->cpu >= 0)
		cpu = g_strdup_printf("%d", f->cpu);
	lines = g_strdup_printf("%" G_GUINT64_FORMAT "-%" G_GUINT64_FORMAT, f->first_line,
				f->last_line);
	g_string_append_printf(text, "%s: %s\n", f->class, f->title);
	append_fact(text, "where", where);
	append_fact(text, "source", source);
	if (f->excerpt)
		g_string_append(text, f->excerpt);
	append_fact(text, "task", task);
	append_fact(text, "CPU", cpu);
	append_fact(text, "lines", lines);
	if (f->count > 1)
		g_string_append_printf(text, "  times  %u\n", f->count);
	append_fact(text, "hash", f->hash);
	if (f->trace->len)
		g_string_append(text, "  trace\n");
	append_trace(text, f);
	return g_string_free(text, FALSE);
}

static void add_inlined(JsonBuilder *b, const struct frame *frame)
{
	json_builder_set_member_name(b, "inlined");
	json_builder_begin_array(b);
	for (guint i = 0; frame->inlined && frame->inlined[i]; i++)
		json_builder_add_string_value(b, frame->inlined[i]);
	json_builder_end_array(b);
}

void explain_add_trace(JsonBuilder *b, const struct finding *f)
{
	json_builder_set_member_name(b, "trace");
	json_builder_begin_array(b);
	for (guint i = 0; i < f->trace->len; i++) {
		const struct frame *frame = f->trace->pdata[i];

		json_builder_begin_object(b);
		json_add_string(b, "function", frame->function);
		json_add_string(b, "module", frame->module);
		json_add_known_int(b, "offset", (gint64)frame->offset, frame->size);
		json_add_known_int(b, "size", (gint64)frame->size, frame->size);
		json_add_bool(b, "reliable", frame->reliable);
		json_add_bool(b, "guilty", (int)i == f->guilty);
		json_add_string(b, "place", frame->place);
		add_inlined(b, frame);
		json_builder_end_object(b);
	}
	json_builder_end_array(b);
}

static void add_finding(JsonBuilder *b, const struct finding *f)
{
	json_builder_begin_object(b);
	json_add_string(b, "class", f->class);
	json_add_string(b, "title", f->title);
	json_add_string(b, "function", f->function);
	json_add_string(b, "module", f->module);
	json_add_string(b, "file", f->file);
	json_add_known_int(b, "line", f->file_line, f->file);
	json_add_string(b, "excerpt", f->excerpt);
	json_add_string(b, "test", f->test);
	json_add_string(b, "hash", f->hash);
	json_add_int(b, "first_line", (gint64)f->first_line);
	json_add_int(b, "last_line", (gint64)f->last_line);
	json_add_known_int(b, "cpu", f->cpu, f->cpu >= 0);
	json_add_known_int(b, "pid", f->pid, f->pid >= 0);
	json_add_string(b, "task", f->comm);
	json_add_int(b, "count", f->count);
	json_add_bool(b, "fatal", f->fatal);
	explain_add_trace(b, f);
	json_builder_end_object(b);
}

JsonNode *explain_to_json(const GPtrArray *findings)
{
	g_autoptr(JsonBuilder) b = json_builder_new();

	json_builder_begin_object(b);
	json_builder_set_member_name(b, "findings");
	json_builder_begin_array(b);
	for (guint i = 0; i < findings->len; i++)
		add_finding(b, findings->pdata[i]);
	json_builder_end_array(b);
	json_builder_end_object(b);
	return json_builder_get_root(b);
}
