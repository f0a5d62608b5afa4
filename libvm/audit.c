// SPDX-License-Identifier: GPL-2.0-only
#include "libvm/audit.h"

#include <string.h>

#include "lib/text.h"
#include "libvm/audit-kind.h"
#include "libvm/audit-private.h"

static void origin_clear(gpointer data)
{
	struct audit_origin *origin = data;

	g_free(origin->via);
	audit_place_clear(&origin->place);
}

/* A folder's contents are no finding beside the folder. */
static bool is_inside(const struct leak *leak, const struct leak *other)
{
	gsize length = strlen(other->name);

	return other != leak && other->name[0] == '/' && g_str_has_prefix(leak->name, other->name) &&
	       leak->name[length] == '/';
}

static void drop_contents(GPtrArray *leaks)
{
	for (guint i = leaks->len; i > 0; i--)
		for (guint j = 0; j < leaks->len; j++)
			if (is_inside(leaks->pdata[i - 1], leaks->pdata[j])) {
				g_ptr_array_remove_index(leaks, i - 1);
				break;
			}
}

/* Gives things the place of code that had the kernel make one of their kind. */
static void find_origins(struct audit *a)
{
	for (guint i = 0; i < a->leaks->len; i++) {
		struct leak *leak = a->leaks->pdata[i];

		for (guint j = 0; !leak->function && j < a->origins->len; j++) {
			struct audit_origin *origin = &g_array_index(a->origins, struct audit_origin, j);

			if (!audit_kind_is_made_by(leak->kind, origin->via))
				continue;
			leak->module = g_strdup(origin->place.module);
			leak->section = g_strdup(origin->place.section);
			leak->function = g_strdup(origin->place.function);
			leak->address = origin->place.address;
			leak->offset = origin->place.offset;
			leak->made_first = origin->made.first;
			leak->made_last = origin->made.last;
		}
	}
}

/* What other modules brought cannot be told from what the tested ones left. */
static void drop_unknown(GPtrArray *leaks)
{
	for (guint i = leaks->len; i > 0; i--)
		if (!((struct leak *)leaks->pdata[i - 1])->function)
			g_ptr_array_remove_index(leaks, i - 1);
}

static void describe_memory(const struct leak *leak, GString *text)
{
	bool is_slab = g_str_equal(leak->kind, "slab");

	g_string_append_printf(text, "%s leak: %" G_GUINT64_FORMAT " %s%s of %" G_GUINT64_FORMAT " bytes%s%s",
			       leak->kind, leak->count, is_slab ? "object" : "area", leak->count == 1 ? "" : "s",
			       leak->size, is_slab ? " in " : "", is_slab ? leak->name : "");
}

static void describe(struct leak *leak)
{
	const struct audit_kind *kind = audit_kind_find(leak->kind);
	GString *text = g_string_new(NULL);

	if (kind->words)
		g_string_append_printf(text, "left behind: %s %s", kind->words, leak->name);
	else
		describe_memory(leak, text);
	if (kind->words && leak->count > 1)
		g_string_append_printf(text, " (%" G_GUINT64_FORMAT " times)", leak->count);
	if (leak->function)
		g_string_append_printf(text, ", %s %s+0x%" G_GINT64_MODIFIER "x [%s]",
				       kind->where ? kind->where : "made at", leak->function,
				       leak->offset, leak->module);
	leak->detail = text_escape(text->str, (gssize)text->len);
	g_strdelimit(leak->detail, "\n\t", ' ');
	g_string_free(text, TRUE);
}

static gint order(gconstpointer a, gconstpointer b)
{
	const struct leak *x = *(struct leak *const *)a, *y = *(struct leak *const *)b;
	int by_kind = audit_kind_order(x->kind, y->kind);

	return by_kind ? by_kind : strcmp(x->name, y->name);
}

GPtrArray *audit_compare(const char *text, const GPtrArray *functions, const char *const *needs)
{
	struct audit a = { .code = audit_code_new(functions), .needs = needs };
	g_autofree char *valid = g_utf8_make_valid(text, -1);

	a.origins = g_array_new(FALSE, FALSE, sizeof(struct audit_origin));
	g_array_set_clear_func(a.origins, origin_clear);
	a.threads = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
	a.made = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
	a.leaks = g_ptr_array_new_with_free_func((GDestroyNotify)leak_free);
	audit_take_text(&a, valid, true);
	audit_take_text(&a, valid, false);
	if (a.others)
		drop_unknown(a.leaks);
	find_origins(&a);
	drop_contents(a.leaks);
	g_ptr_array_sort(a.leaks, order);
	g_ptr_array_foreach(a.leaks, (GFunc)(void (*)(void))describe, NULL);
	g_hash_table_unref(a.threads);
	g_hash_table_unref(a.made);
	g_array_unref(a.origins);
	audit_code_free(a.code);
	return a.leaks;
}
