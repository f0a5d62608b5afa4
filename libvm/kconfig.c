// SPDX-License-Identifier: GPL-2.0-only
#include "libvm/kconfig.h"

#include <stdbool.h>
#include <string.h>

#define NOT_SET_BEGIN "# CONFIG_"
#define NOT_SET_END " is not set"

/* The option that @line sets, or NULL; to be freed. */
static char *option_of(const char *line)
{
	if (g_str_has_prefix(line, NOT_SET_BEGIN) && g_str_has_suffix(line, NOT_SET_END))
		return g_strndup(line + 2, strlen(line) - 2 - strlen(NOT_SET_END));
	if (g_str_has_prefix(line, "CONFIG_") && strchr(line, '='))
		return g_strndup(line, strcspn(line, "="));
	return NULL;
}

/* Options and their lines, into @lines; their order, into @order (may be NULL). */
static void read_text(const char *text, GHashTable *lines, GPtrArray *order)
{
	g_auto(GStrv) all = g_strsplit(text, "\n", -1);

	for (char **line = all; *line; line++) {
		char *option = option_of(g_strstrip(*line));

		if (!option)
			continue;
		if (order && !g_hash_table_contains(lines, option))
			g_ptr_array_add(order, g_strdup(option));
		g_hash_table_replace(lines, option, g_strdup(*line));
	}
}

static GHashTable *lines_new(void)
{
	return g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
}

char *kconfig_merge(const char *base, const char *more)
{
	g_autoptr(GHashTable) lines = lines_new();
	g_autoptr(GPtrArray) order = g_ptr_array_new_with_free_func(g_free);
	GString *text = g_string_new(NULL);

	read_text(base, lines, order);
	if (more)
		read_text(more, lines, order);
	for (guint i = 0; i < order->len; i++)
		g_string_append_printf(text, "%s\n",
				       (char *)g_hash_table_lookup(lines, order->pdata[i]));
	return g_string_free(text, FALSE);
}

char **kconfig_missing(const char *wanted, const char *config)
{
	g_autoptr(GHashTable) lines = lines_new(), has = lines_new();
	g_autoptr(GPtrArray) order = g_ptr_array_new_with_free_func(g_free);
	GPtrArray *missing = g_ptr_array_new();

	read_text(wanted, lines, order);
	read_text(config, has, NULL);
	for (guint i = 0; i < order->len; i++) {
		const char *line = g_hash_table_lookup(lines, order->pdata[i]);
		const char *is = g_hash_table_lookup(has, order->pdata[i]);

		if (is ? !g_str_equal(is, line) : *line != '#')
			g_ptr_array_add(missing, g_strdup(line));
	}
	g_ptr_array_add(missing, NULL);
	return (char **)g_ptr_array_free(missing, FALSE);
}
