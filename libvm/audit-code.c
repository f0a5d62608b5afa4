// SPDX-License-Identifier: GPL-2.0-only
#include "libvm/audit-code.h"

#include <string.h>

#define SECTIONS_MAX 5000	/* of all loads together */

struct section {
	const GPtrArray *functions;	/* in it, by their place */
	guint64 address;
};

struct audit_code {
	GHashTable *by_section;	/* "MODULE SECTION" to its functions, GPtrArray */
	GHashTable *modules;	/* names */
	GArray *sections;	/* struct section, in the order that they were loaded last; each once */
};

struct audit_function *audit_function_new(const char *module, const char *section, guint64 at,
					  guint64 size, const char *name)
{
	struct audit_function *f = g_new0(struct audit_function, 1);

	f->module = g_strdup(module);
	f->section = g_strdup(section);
	f->name = g_strdup(name);
	f->at = at;
	f->size = size;
	return f;
}

void audit_function_free(struct audit_function *f)
{
	g_free(f->module);
	g_free(f->section);
	g_free(f->name);
	g_free(f);
}

GPtrArray *audit_functions_new(void)
{
	return g_ptr_array_new_with_free_func((GDestroyNotify)audit_function_free);
}

void audit_place_clear(struct audit_place *place)
{
	g_clear_pointer(&place->module, g_free);
	g_clear_pointer(&place->section, g_free);
	g_clear_pointer(&place->function, g_free);
}

static gint by_place(gconstpointer a, gconstpointer b)
{
	const struct audit_function *x = *(struct audit_function *const *)a;
	const struct audit_function *y = *(struct audit_function *const *)b;

	return x->at < y->at ? -1 : x->at > y->at;
}

static void sort_functions(gpointer key, gpointer list, gpointer data)
{
	g_ptr_array_sort(list, by_place);
}

/* From all functions to those of each section. */
static void index_functions(struct audit_code *code, const GPtrArray *functions)
{
	for (guint i = 0; i < functions->len; i++) {
		struct audit_function *f = functions->pdata[i];
		g_autofree char *key = g_strconcat(f->module, " ", f->section, NULL);
		GPtrArray *list = g_hash_table_lookup(code->by_section, key);

		if (!list) {
			list = g_ptr_array_new();
			g_hash_table_insert(code->by_section, g_steal_pointer(&key), list);
		}
		g_ptr_array_add(list, f);
		g_hash_table_add(code->modules, f->module);
	}
	g_hash_table_foreach(code->by_section, sort_functions, NULL);
}

struct audit_code *audit_code_new(const GPtrArray *functions)
{
	struct audit_code *code = g_new0(struct audit_code, 1);

	code->by_section = g_hash_table_new_full(g_str_hash, g_str_equal, g_free,
						 (GDestroyNotify)g_ptr_array_unref);
	code->modules = g_hash_table_new(g_str_hash, g_str_equal);
	code->sections = g_array_new(FALSE, FALSE, sizeof(struct section));
	index_functions(code, functions);
	return code;
}

void audit_code_free(struct audit_code *code)
{
	g_hash_table_unref(code->by_section);
	g_hash_table_unref(code->modules);
	g_array_unref(code->sections);
	g_free(code);
}

bool audit_code_has_module(const struct audit_code *code, const char *module)
{
	return g_hash_table_contains(code->modules, module);
}

bool audit_address_parse(const char *text, guint64 *ret)
{
	return g_str_has_prefix(text, "0x") &&
	       g_ascii_string_to_unsigned(text + 2, 16, 1, G_MAXUINT64, ret, NULL);
}

static void remove_section(GArray *sections, const struct section *same)
{
	for (guint i = 0; i < sections->len; i++) {
		const struct section *s = &g_array_index(sections, struct section, i);

		if (s->functions == same->functions && s->address == same->address) {
			g_array_remove_index(sections, i);
			return;
		}
	}
}

void audit_code_add_section(struct audit_code *code, const char *module, const char *text)
{
	g_auto(GStrv) words = g_strsplit(text, " ", 3);
	g_autofree char *key = g_strconcat(module, " ", words[0] ? words[0] : "", NULL);
	struct section s = { .functions = g_hash_table_lookup(code->by_section, key) };

	if (!s.functions || g_strv_length(words) != 2 || !audit_address_parse(words[1], &s.address))
		return;
	remove_section(code->sections, &s);
	if (code->sections->len < SECTIONS_MAX)
		g_array_append_val(code->sections, s);
}

/* The one that holds the byte @at of the section. */
static const struct audit_function *function_at(const struct section *s, guint64 at)
{
	guint low = 0, high = s->functions->len;

	while (low < high) {
		guint middle = low + (high - low) / 2;
		const struct audit_function *f = s->functions->pdata[middle];

		if (at < f->at)
			high = middle;
		else if (at - f->at >= f->size)
			low = middle + 1;
		else
			return f;
	}
	return NULL;
}

bool audit_code_find(const struct audit_code *code, guint64 address, bool is_return,
		     struct audit_place *ret)
{
	*ret = (struct audit_place){ 0 };
	for (guint i = code->sections->len; i > 0; i--) {
		const struct section *s = &g_array_index(code->sections, struct section, i - 1);
		const struct audit_function *f = function_at(s, address - is_return - s->address);

		if (!f)
			continue;
		*ret = (struct audit_place){ g_strdup(f->module), g_strdup(f->section), g_strdup(f->name), address,
					     address - s->address - f->at, f->size };
		return true;
	}
	return false;
}

bool audit_place_parse(const char *text, struct audit_place *ret)
{
	g_auto(GStrv) words = g_strsplit(text, " ", 2);
	char *plus = words[0] && words[1] ? strchr(words[1], '+') : NULL;
	guint64 offset = plus ? g_ascii_strtoull(plus + 1, NULL, 16) : 0;

	*ret = (struct audit_place){ 0 };
	if (!plus)
		return false;
	*plus = '\0';
	*ret = (struct audit_place){ .module = g_strdup(words[0]), .function = g_strdup(words[1]), .offset = offset };
	return true;
}
