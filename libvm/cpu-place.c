// SPDX-License-Identifier: GPL-2.0-only
#include "libvm/cpu-place.h"

#include <string.h>

#include "libvm/log-line.h"
#include "libvm/memory.h"
#include "libvm/module.h"
#include "libvm/oops-frames.h"

#define MODULE_MAX_BYTES (64 << 20)
#define STACK_BYTES 16384	/* and so aligned, by CONFIG_VMAP_STACK: what is behind may not be there */
#define LOOK_BYTES 4096		/* of it */
#define CALL_BYTES 5		/* of x86-64's "call rel32" */
#define CALL_OPCODE 0xe8

/* "CPU: 0 PID: 420 Comm: basic.sh Tainted: G …" → "basic.sh" */
static char *task_of(const char *text)
{
	g_autoptr(GRegex) regex = g_regex_new("^CPU: \\d+ .*Comm: (.{1,64}?) (?:Not tainted|Tainted:|Kdump:)",
					      G_REGEX_RAW, 0, NULL);
	g_autoptr(GMatchInfo) match = NULL;

	return g_regex_match(regex, text, 0, &match) ? g_match_info_fetch(match, 1) : NULL;
}

/* A reliable one in a module under test, or NULL. */
static struct frame *frame_of(const char *text, const GPtrArray *modules)
{
	struct frame *frame = frame_parse(text);

	if (!frame || (frame->reliable && module_is_among(modules, frame->module)))
		return frame;
	frame_free(frame);
	return NULL;
}

struct frame *cpu_place_in_trace(const char *text, const GPtrArray *modules, char **ret_task)
{
	g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
	g_autofree char *task = NULL;
	bool inside = false;

	*ret_task = NULL;
	for (char **line = lines; *line; line++) {
		const char *said = log_line_skip_stamp(*line, NULL, NULL);
		const char *at = said ? said : *line;
		struct frame *frame;
		char *name;

		if (g_str_has_prefix(at, "NMI backtrace for cpu") || g_str_has_prefix(at, "sysrq: ")) {
			inside = *at == 'N' && !strstr(at, "skipped");
			g_clear_pointer(&task, g_free);
		}
		if (!inside)
			continue;
		name = task_of(at);
		if (name) {
			g_free(task);
			task = name;
		}
		frame = frame_of(at, modules);
		if (!frame)
			continue;
		frame->exact = g_str_has_prefix(at, "RIP: ");
		*ret_task = g_steal_pointer(&task);
		return frame;
	}
	return NULL;
}

/* The section that begins nearest below @address; NULL: it is far from all. */
static const char *find_section(const GPtrArray *placed, guint64 address, const char **ret_module,
				guint64 *ret_offset)
{
	guint64 nearest = MODULE_MAX_BYTES;
	const char *name = NULL;

	for (guint i = 0; i < placed->len; i++) {
		const struct placed *m = placed->pdata[i];

		for (guint k = 0; k < m->names->len; k++) {
			guint64 begin = g_array_index(m->addresses, guint64, k);

			if (begin > address || address - begin >= nearest)
				continue;
			nearest = address - begin;
			name = m->names->pdata[k];
			*ret_module = m->name;
			*ret_offset = nearest;
		}
	}
	return name;
}

char *cpu_place_at(const GPtrArray *placed, struct symbols *symbols, guint64 address, bool is_return,
		   char **ret_function)
{
	g_autoptr(symbol_place_owner) place = NULL;
	g_autofree char *line = NULL, *function = NULL;
	const char *module, *section;
	guint64 offset;

	section = find_section(placed, address, &module, &offset);
	if (section && symbols) {
		place = symbols_resolve_section(symbols, module, section, offset, is_return, NULL);
		/* With the sections' sizes known, it is another module's. */
		if (!place)
			return NULL;
		line = symbols_place(symbols, module, place->function, place->offset, place->size, is_return, NULL);
		offset = place->offset;
	}
	if (!section)
		return NULL;
	function = place ? g_strdup(place->function) : g_strdup(section);
	if (ret_function)
		*ret_function = g_strdup_printf("%s [%s]%s%s", function, module, line ? " at " : "", line ? line : "");
	return g_strdup_printf("%s+0x%" G_GINT64_MODIFIER "x [%s]%s%s", function, offset, module,
			       line ? " at " : "", line ? line : "");
}

/* Right behind a call, in code of a module's. */
static bool is_return_address(const GPtrArray *placed, struct symbols *symbols, guint64 address,
			      sections_read_fn read, void *data)
{
	const char *module, *section;
	guint64 offset;
	guint8 opcode = 0;
	g_autofree char *place = NULL;

	section = find_section(placed, address, &module, &offset);
	if (!section || !strstr(section, "text") || offset < CALL_BYTES)
		return false;
	/* Before the debug information is asked: a stack may be full of such addresses. */
	if (!read(data, address - CALL_BYTES, &opcode, sizeof(opcode)) || opcode != CALL_OPCODE)
		return false;
	place = cpu_place_at(placed, symbols, address, true, NULL);
	return place;
}

guint64 cpu_place_caller(const GPtrArray *placed, struct symbols *symbols, guint64 stack,
			 sections_read_fn read, void *data)
{
	guint64 words[LOOK_BYTES / sizeof(guint64)];
	gsize size = MIN(LOOK_BYTES, STACK_BYTES - stack % STACK_BYTES);

	if (!placed->len || stack % sizeof(guint64) || !read(data, stack, words, size))
		return 0;
	for (guint i = 0; i < size / sizeof(guint64); i++)
		if (is_return_address(placed, symbols, words[i], read, data))
			return words[i];
	return 0;
}
