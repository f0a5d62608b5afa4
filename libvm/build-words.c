// SPDX-License-Identifier: GPL-2.0-only
/* What of a build's log says why it failed. Pure. */
#include <string.h>

#include "libvm/build.h"

#define ERROR_MAX 400			/* bytes of the line in a verdict */

/* make says that a command failed; what the command said stands before that. */
static guint telling(char *const *lines, guint i)
{
	const char *before = i > 0 && strstr(lines[i], "*** [") ? lines[i - 1] : "";

	/* "  CC [M]  file" is kbuild's own. */
	return *before && *before != ' ' && !g_str_has_prefix(before, "make") ? i - 1 : i;
}

char *build_first_error(const char *log)
{
	/* From what says most to what says least. */
	static const char *const signs[] = {
		": error: ", ": fatal error: ", "ERROR: modpost: ", "undefined reference to",
		"error[E", "error: ", "*** ", "make: ", "not found",
	};
	g_auto(GStrv) lines = g_strsplit(log, "\n", -1);

	for (guint s = 0; s < G_N_ELEMENTS(signs); s++)
		for (guint i = 0; lines[i]; i++)
			if (strstr(lines[i], signs[s]))
				return g_strndup(g_strstrip(lines[telling(lines, i)]), ERROR_MAX);
	for (guint i = g_strv_length(lines); i > 0; i--)
		if (*g_strstrip(lines[i - 1]))
			return g_strndup(lines[i - 1], ERROR_MAX);
	return g_strdup("");
}

char *build_errors(const char *log, guint max)
{
	g_autofree char *first = build_first_error(log);
	g_auto(GStrv) lines = g_strsplit(log, "\n", -1);
	GString *words = g_string_new(NULL);
	guint i = 0;

	while (*first && lines[i] && !strstr(lines[i], first))
		i++;
	/* gcc names the function in the line before. */
	if (i > 0 && strstr(lines[i - 1], ": In function"))
		i--;
	for (; lines[i] && (lines[i + 1] || *lines[i]) && max; i++, max--)
		g_string_append_printf(words, "%s\n", lines[i]);
	return g_string_free(words, FALSE);
}
