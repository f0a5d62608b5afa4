// SPDX-License-Identifier: GPL-2.0-only
#include "libvm/ffi-table.h"

#include "lib/fault.h"

void ffi_table_free(struct ffi_table *table)
{
	if (!table)
		return;
	g_strfreev(table->functions);
	g_strfreev(table->optional);
	g_free(table->hash_prefix);
	g_free(table->hash_symbol);
	g_free(table);
}

/* The name in a line that is a macro call for a function, NULL for any other. */
static char *function_in(const char *line, const GRegex *macro, const GRegex *word)
{
	g_autoptr(GMatchInfo) call = NULL, name = NULL;
	int end;

	if (!g_regex_match(macro, line, 0, &call) || !g_match_info_fetch_pos(call, 0, NULL, &end) ||
	    !g_regex_match(word, line + end, 0, &name))
		return NULL;
	return g_match_info_fetch(name, 0);
}

static void take_functions(struct ffi_table *table, const char *text, const char *prefix)
{
	g_autofree char *quoted = g_regex_escape_string(prefix, -1);
	g_autofree char *pattern = g_strdup_printf("\\b%s\\w+", quoted);
	g_autoptr(GRegex) word = g_regex_new(pattern, G_REGEX_RAW, 0, NULL);
	g_autoptr(GRegex) macro = g_regex_new("^[ \\t]*(?:[A-Z0-9]+_)*(?:FN|FUNCTION)[0-9]*(?:_[A-Z0-9]+)*[ \\t]*\\(",
					      G_REGEX_RAW, 0, NULL);
	g_autoptr(GStrvBuilder) functions = g_strv_builder_new(), optional = g_strv_builder_new();
	g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
	guint depth = 0;

	for (guint i = 0; lines[i]; i++) {
		g_autofree char *name = function_in(lines[i], macro, word);

		if (g_str_has_prefix(lines[i], "#if"))
			depth++;
		else if (g_str_has_prefix(lines[i], "#endif") && depth)
			depth--;
		if (name)
			g_strv_builder_add(depth ? optional : functions, name);
	}
	table->functions = g_strv_builder_end(functions);
	table->optional = g_strv_builder_end(optional);
}

struct ffi_table *ffi_table_parse(const char *text, const char *header, const char *prefix, GError **error)
{
	g_autofree char *both = g_strconcat(text, header, NULL);
	g_autofree char *sum = g_compute_checksum_for_string(G_CHECKSUM_SHA256, both, -1);
	g_autoptr(ffi_table_owner) table = g_new0(struct ffi_table, 1);

	take_functions(table, text, prefix);
	sum[16] = '\0';
	table->hash_prefix = g_strconcat(prefix, "abi_", NULL);
	table->hash_symbol = g_strconcat(table->hash_prefix, sum, NULL);
	if (*table->functions)
		return g_steal_pointer(&table);
	fault_set(error, LAB_ERROR_USAGE, "no line of it is a function, FUNCTION(..., %sNAME, ...)", prefix);
	return NULL;
}

GPtrArray *ffi_imports_parse(const char *text, GError **error)
{
	g_autoptr(GPtrArray) imports = g_ptr_array_new_with_free_func((GDestroyNotify)g_regex_unref);
	g_auto(GStrv) lines = g_strsplit(text, "\n", -1);

	for (guint i = 0; lines[i]; i++) {
		const char *line = g_strstrip(lines[i]);
		g_autofree char *whole = g_strdup_printf("^(?:%s)$", line);
		g_autoptr(GError) cause = NULL;
		GRegex *regex;

		if (!*line || *line == '#')
			continue;
		regex = g_regex_new(whole, G_REGEX_RAW | G_REGEX_DOLLAR_ENDONLY, 0, &cause);
		if (!regex) {
			fault_set(error, LAB_ERROR_USAGE, "line %u: %s", i + 1, cause->message);
			return NULL;
		}
		g_ptr_array_add(imports, regex);
	}
	return g_steal_pointer(&imports);
}

bool ffi_imports_allow(const GPtrArray *imports, const char *name)
{
	for (guint i = 0; i < imports->len; i++)
		if (g_regex_match(imports->pdata[i], name, 0, NULL))
			return true;
	return false;
}
