// SPDX-License-Identifier: GPL-2.0-only
#include "lib/text.h"

#include <string.h>

/* How many bytes at @at make up a character that may be shown; 0 = none. */
static gsize printable(const char *at, gsize size)
{
	gunichar c = g_utf8_get_char_validated(at, (gssize)size);

	if (c == (gunichar)-1 || c == (gunichar)-2)
		return 0;
	if (c == '\t' || c == '\n')
		return 1;
	if (!c || g_unichar_iscntrl(c) || g_unichar_type(c) == G_UNICODE_FORMAT ||
	    g_unichar_type(c) == G_UNICODE_LINE_SEPARATOR ||
	    g_unichar_type(c) == G_UNICODE_PARAGRAPH_SEPARATOR)
		return 0;
	return (gsize)g_unichar_to_utf8(c, NULL);
}

/* How many bytes at @at say nothing that is to be shown. */
static gsize droppable(const char *at, gsize size)
{
	gsize n = 2;

	if (size >= 2 && at[0] == '\r' && at[1] == '\n')
		return 1;
	if (size < 3 || at[0] != '\033' || at[1] != '[')
		return 0;
	while (n < size && (g_ascii_isdigit(at[n]) || at[n] == ';'))
		n++;
	return n < size && at[n] == 'm' ? n + 1 : 0;
}

void text_escape_append(GString *out, const char *bytes, gsize size)
{
	const char *end = bytes + size;

	while (bytes < end) {
		gsize left = (gsize)(end - bytes);
		gsize n = printable(bytes, left);

		g_string_append_len(out, bytes, (gssize)n);
		if (!n)
			n = droppable(bytes, left);
		if (!n) {
			g_string_append_printf(out, "\\x%02x", (guchar)*bytes);
			n = 1;
		}
		bytes += n;
	}
}

char *text_escape(const char *bytes, gssize size)
{
	GString *out = g_string_new(NULL);

	text_escape_append(out, bytes, size < 0 ? strlen(bytes) : (gsize)size);
	return g_string_free(out, FALSE);
}

char *text_line(const char *bytes, gssize size)
{
	return g_strdelimit(text_escape(bytes, size), "\n\t", ' ');
}

gsize text_tail_offset(const char *bytes, gsize size, guint lines)
{
	gsize at = size && bytes[size - 1] == '\n' ? size - 1 : size;

	for (; lines > 0; lines--) {
		const char *end = at ? memrchr(bytes, '\n', at) : NULL;

		if (!end)
			return 0;
		at = (gsize)(end - bytes);
	}
	return MIN(at + 1, size);
}

const char *text_tail(const char *text, guint lines)
{
	return text + text_tail_offset(text, strlen(text), lines);
}

char *text_size(guint64 bytes)
{
	g_auto(GStrv) parts = NULL;
	g_autofree char *size = g_format_size(bytes);

	/* A no-break space would count as two columns in a printf. */
	parts = g_strsplit(size, "\xc2\xa0", 2);
	return g_strjoinv(" ", parts);
}

int text_compare(gconstpointer a, gconstpointer b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

char **text_lines(GPtrArray *lines, guint more)
{
	if (more)
		g_ptr_array_add(lines, g_strdup_printf("and %u more", more));
	g_ptr_array_add(lines, NULL);
	return (char **)g_ptr_array_free(lines, FALSE);
}
