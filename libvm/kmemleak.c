// SPDX-License-Identifier: GPL-2.0-only
#include "libvm/kmemleak.h"

#include <stdbool.h>
#include <string.h>

#include "libvm/audit-code.h"

#define REPORTS_MAX 100
/* Documentation/x86/x86_64/mm.rst: where modules lie. */
#define MODULES_BEGIN 0xffffffffa0000000ull
#define MODULES_END 0xffffffffff000000ull

static const char object_line[] = "unreferenced object 0x";

/* "section MODULE NAME 0xADDRESS 0 1", tabs but before the address. */
static bool take_section(struct audit_code *code, const char *line)
{
	g_auto(GStrv) f = g_strsplit(line, "\t", 4);

	if (!f[0] || !g_str_equal(f[0], "section"))
		return false;
	if (f[1] && f[2])
		audit_code_add_section(code, f[1], f[2]);
	return true;
}

/* "function+0xOFFSET/0xSIZE [module]" for what returns to @address; NULL: it is in none. To be freed. */
static char *name_of(guint64 address, const struct audit_code *code)
{
	struct audit_place place;
	char *name = NULL;

	if (audit_code_find(code, address, true, &place))
		name = g_strdup_printf("%s+0x%" G_GINT64_MODIFIER "x/0x%" G_GINT64_MODIFIER "x [%s]",
				       place.function, place.offset, place.size, place.module);
	audit_place_clear(&place);
	return name;
}

/* "    [<00000000b1f2c3d4>] 0xffffffffa0005012": the address, or 0. */
static guint64 nameless(const char *line)
{
	const char *end = g_str_has_prefix(line, "    [<") ? strstr(line, ">] 0x") : NULL;

	return end ? g_ascii_strtoull(end + strlen(">] "), NULL, 16) : 0;
}

struct reading {
	struct audit_code *code;
	GPtrArray *lines;	/* of all reports that count */
	GPtrArray *object;	/* of the one under way, or NULL */
	bool ours;		/* a module is in it */
	guint reports;
};

static void end_object(struct reading *r)
{
	for (guint i = 0; r->object && r->ours && r->reports < REPORTS_MAX && i < r->object->len; i++)
		g_ptr_array_add(r->lines, g_strdup(r->object->pdata[i]));
	r->reports += r->object && r->ours;
	g_clear_pointer(&r->object, g_ptr_array_unref);
	r->ours = false;
}

static void take_line(struct reading *r, const char *line)
{
	guint64 address = nameless(line);
	char *name = NULL;

	if (g_str_has_prefix(line, object_line)) {
		end_object(r);
		r->object = g_ptr_array_new_with_free_func(g_free);
		g_ptr_array_add(r->object, g_strdup("BUG: memory leak"));
	}
	if (!r->object)
		return;
	if (address >= MODULES_BEGIN && address < MODULES_END) {
		r->ours = true;
		name = name_of(address, r->code);
	}
	g_ptr_array_add(r->object, name ? g_strdup_printf("    [<0>] %s", name) : g_strdup(line));
	g_free(name);
}

char **kmemleak_reports(const char *text, const GPtrArray *functions)
{
	g_autofree char *valid = g_utf8_make_valid(text, -1);
	g_auto(GStrv) all = g_strsplit(valid, "\n", -1);
	struct reading r = { .code = audit_code_new(functions), .lines = g_ptr_array_new() };

	for (char **line = all; *line; line++)
		if (!take_section(r.code, *line))
			take_line(&r, *line);
	end_object(&r);
	audit_code_free(r.code);
	g_ptr_array_add(r.lines, NULL);
	return (char **)g_ptr_array_free(r.lines, FALSE);
}
