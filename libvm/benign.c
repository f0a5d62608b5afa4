// SPDX-License-Identifier: GPL-2.0-only
#include "libvm/benign.h"

#include <string.h>

#include "lib/embed.h"

EMBED(benign_list, "libvm/benign.list");

static void entry_free(struct benign_entry *entry)
{
	g_free(entry->pattern);
	g_free(entry->reason);
	g_free(entry->date);
	g_free(entry);
}

static struct benign_entry *entry_parse(const char *line)
{
	g_auto(GStrv) fields = g_strsplit(line, "\t", -1);
	struct benign_entry *entry;

	if (g_strv_length(fields) != 3 || !*fields[0] || !*fields[1] || strlen(fields[2]) != 10)
		return NULL;
	entry = g_new0(struct benign_entry, 1);
	entry->pattern = g_strdup(fields[0]);
	entry->reason = g_strdup(fields[1]);
	entry->date = g_strdup(fields[2]);
	return entry;
}

GPtrArray *benign_parse(const char *list)
{
	g_autoptr(GPtrArray) entries = g_ptr_array_new_with_free_func((GDestroyNotify)entry_free);
	g_auto(GStrv) lines = g_strsplit(list ? list : benign_list, "\n", -1);

	for (guint i = 0; lines[i]; i++) {
		struct benign_entry *entry;

		if (!*lines[i] || *lines[i] == '#')
			continue;
		entry = entry_parse(lines[i]);
		if (!entry)
			return NULL;
		g_ptr_array_add(entries, entry);
	}
	return g_steal_pointer(&entries);
}

/* GPatternSpec has its wildcards; it wants UTF-8, which a log need not be. */
bool benign_has(const char *text)
{
	static GPtrArray *entries;
	g_autofree char *valid = NULL;

	if (g_once_init_enter(&entries))
		g_once_init_leave(&entries, benign_parse(NULL));
	valid = g_utf8_make_valid(text, -1);
	for (guint i = 0; i < entries->len; i++)
		if (g_pattern_match_simple(((struct benign_entry *)entries->pdata[i])->pattern, valid))
			return true;
	return false;
}
