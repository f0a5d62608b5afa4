// SPDX-License-Identifier: GPL-2.0-only
#include "libvm/symvers.h"

#include <string.h>

/* The sums that the module wants, by symbol. */
static GHashTable *wanted(const struct modinfo *info)
{
	GHashTable *sums = g_hash_table_new(g_str_hash, g_str_equal);

	for (guint i = 0; i < info->versions->len; i++) {
		const struct modinfo_version *v = &g_array_index(info->versions, struct modinfo_version, i);

		g_hash_table_insert(sums, (gpointer)v->symbol, GUINT_TO_POINTER(v->crc));
	}
	return sums;
}

char *symvers_mismatch(const char *text, const struct modinfo *info)
{
	g_autoptr(GHashTable) sums = wanted(info);
	const char *line = text;

	while (line && *line) {
		char *end;
		guint crc = (guint)g_ascii_strtoull(line, &end, 16);
		g_autofree char *symbol = *end == '\t' ? g_strndup(end + 1, strcspn(end + 1, "\t\n")) : NULL;
		gpointer is;

		if (symbol && g_hash_table_lookup_extended(sums, symbol, NULL, &is) &&
		    GPOINTER_TO_UINT(is) != crc)
			return g_strdup_printf("%s (built against 0x%08x, the kernel has 0x%08x)", symbol,
					       GPOINTER_TO_UINT(is), crc);
		line = strchr(line, '\n');
		line += line != NULL;
	}
	return NULL;
}
