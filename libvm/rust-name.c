// SPDX-License-Identifier: GPL-2.0-only
#include "libvm/rust-name.h"

#include <glib.h>
#include <string.h>

#define NAME_MAX_BYTES 512

/* Behind "s…_", which tells crates of one name apart; @at where it is none. */
static const char *skip_disambiguator(const char *at)
{
	const char *end = at + 1;

	if (*at != 's')
		return at;
	while (g_ascii_isalnum(*end))
		end++;
	return *end == '_' && (g_ascii_isdigit(end[1]) || end[1] == 'u') ? end + 1 : at;
}

/* Behind "B…_", which stands for something that was named before. */
static const char *skip_reference(const char *at)
{
	const char *end = at + 1;

	while (*at == 'B' && g_ascii_isalnum(*end))
		end++;
	return *at == 'B' && *end == '_' ? end + 1 : at;
}

/* An identifier with its length before it; NULL where there is none. */
static const char *take(GString *name, const char *at)
{
	char *word;
	guint64 length = g_ascii_strtoull(at, &word, 10);

	if (*word == '_')
		word++;
	if (!length || length > strnlen(word, NAME_MAX_BYTES))
		return NULL;
	if (name->len)
		g_string_append(name, "::");
	g_string_append_len(name, word, (gssize)length);
	return word + length;
}

/* The older mangling ends in a hash, "17h" and 16 digits. */
static void drop_hash(GString *name)
{
	const char *last = strrchr(name->str, ':');

	if (last && strlen(last) == 18 && last[1] == 'h' && strspn(last + 2, "0123456789abcdef") == 16)
		g_string_truncate(name, (gsize)(last - 1 - name->str));
}

char *rust_name(const char *symbol)
{
	g_autoptr(GString) name = g_string_new(NULL);
	const char *at = symbol + 2;

	if (!g_str_has_prefix(symbol, "_R") && !g_str_has_prefix(symbol, "_ZN"))
		return g_strdup(symbol);
	while (at && *at && name->len < NAME_MAX_BYTES) {
		const char *after = skip_reference(skip_disambiguator(at));

		if (g_ascii_isdigit(*after))
			at = take(name, after);
		else
			at = after > at ? after : at + 1;
	}
	if (symbol[1] == 'Z')
		drop_hash(name);
	return name->len ? g_strdup(name->str) : g_strdup(symbol);
}
