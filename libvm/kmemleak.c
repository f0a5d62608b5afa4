// SPDX-License-Identifier: GPL-2.0-only
#include "libvm/kmemleak.h"

#include <stdbool.h>
#include <string.h>

#include "libvm/audit-code.h"

#define REPORTS_MAX 100
#define SECTIONS_MAX 5000
/* Documentation/x86/x86_64/mm.rst: where modules lie. */
#define MODULES_BEGIN 0xffffffffa0000000ull
#define MODULES_END 0xffffffffff000000ull

static const char object_line[] = "unreferenced object 0x";

struct section {
	const char *module, *name;
	guint64 address;
};

/* "section MODULE NAME 0xADDRESS 0 1", tabs but before the address; @line is cut up. */
static bool take_section(GArray *sections, char *line)
{
	char *module, *name, *address;
	struct section section;

	if (!g_str_has_prefix(line, "section\t"))
		return false;
	module = line + strlen("section\t");
	name = strchr(module, '\t');
	address = name ? strchr(name, ' ') : NULL;
	if (!address || sections->len >= SECTIONS_MAX)
		return true;
	*name++ = '\0';
	*address++ = '\0';
	section = (struct section){ module, name, g_ascii_strtoull(address, NULL, 16) };
	g_array_append_val(sections, section);
	return true;
}

static const struct audit_function *function_at(const GPtrArray *functions, const struct section *section,
						guint64 at)
{
	for (guint i = 0; i < functions->len; i++) {
		const struct audit_function *f = functions->pdata[i];

		if (at >= f->at && at - f->at < f->size && g_str_equal(f->section, section->name) &&
		    g_str_equal(f->module, section->module))
			return f;
	}
	return NULL;
}

/* The name of @address, by the last load that fits; NULL: there is none. To be freed. */
static char *name_of(guint64 address, const GArray *sections, const GPtrArray *functions)
{
	for (guint i = sections->len; i > 0; i--) {
		const struct section *section = &g_array_index(sections, struct section, i - 1);
		/* The call stands before the address that it returns to. */
		guint64 at = address - section->address;
		const struct audit_function *f = address > section->address ?
						 function_at(functions, section, at - 1) : NULL;

		if (f)
			return g_strdup_printf("%s+0x%" G_GINT64_MODIFIER "x/0x%" G_GINT64_MODIFIER "x [%s]",
					       f->name, at - f->at, f->size, f->module);
	}
	return NULL;
}

/* "    [<00000000b1f2c3d4>] 0xffffffffa0005012": the address, or 0. */
static guint64 nameless(const char *line)
{
	const char *end = g_str_has_prefix(line, "    [<") ? strstr(line, ">] 0x") : NULL;

	return end ? g_ascii_strtoull(end + strlen(">] "), NULL, 16) : 0;
}

struct reading {
	GArray *sections;
	const GPtrArray *functions;
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
		name = name_of(address, r->sections, r->functions);
	}
	g_ptr_array_add(r->object, name ? g_strdup_printf("    [<0>] %s", name) : g_strdup(line));
	g_free(name);
}

char **kmemleak_reports(const char *text, const GPtrArray *functions)
{
	g_autofree char *valid = g_utf8_make_valid(text, -1);
	g_auto(GStrv) all = g_strsplit(valid, "\n", -1);
	struct reading r = { .functions = functions, .lines = g_ptr_array_new() };

	r.sections = g_array_new(FALSE, FALSE, sizeof(struct section));
	for (char **line = all; *line; line++)
		if (!take_section(r.sections, *line))
			take_line(&r, *line);
	end_object(&r);
	g_array_unref(r.sections);
	g_ptr_array_add(r.lines, NULL);
	return (char **)g_ptr_array_free(r.lines, FALSE);
}
