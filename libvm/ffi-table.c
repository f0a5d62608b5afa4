// SPDX-License-Identifier: GPL-2.0-only
#include "libvm/ffi-table.h"

#include "lib/fault.h"

void ffi_table_free(struct ffi_table *table)
{
	if (!table)
		return;
	g_strfreev(table->functions);
	g_free(table->hash_prefix);
	g_free(table->hash_symbol);
	g_free(table);
}

struct ffi_table *ffi_table_parse(const char *text, const char *prefix, GError **error)
{
	g_autoptr(GRegex) regex = g_regex_new("^[ \\t]*(?:[A-Z0-9]+_)*FN[0-9]*(?:_[A-Z0-9]+)*[ \\t]*\\([ \\t]*([A-Za-z_]\\w*)",
					      G_REGEX_MULTILINE | G_REGEX_RAW, 0, NULL);
	g_autofree char *sum = g_compute_checksum_for_string(G_CHECKSUM_SHA256, text, -1);
	g_autoptr(GStrvBuilder) names = g_strv_builder_new();
	g_autoptr(ffi_table_owner) table = g_new0(struct ffi_table, 1);
	g_autoptr(GMatchInfo) match = NULL;

	for (g_regex_match(regex, text, 0, &match); g_match_info_matches(match);
	     g_match_info_next(match, NULL)) {
		g_autofree char *name = g_match_info_fetch(match, 1);

		g_strv_builder_add(names, name);
	}
	table->functions = g_strv_builder_end(names);
	sum[16] = '\0';
	table->hash_prefix = g_strconcat(prefix, "abi_", NULL);
	table->hash_symbol = g_strconcat(table->hash_prefix, sum, NULL);
	if (*table->functions)
		return g_steal_pointer(&table);
	fault_set(error, LAB_ERROR_USAGE, "no line of it is a function, ABI_FN(NAME, ...)");
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
