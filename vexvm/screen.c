// SPDX-License-Identifier: GPL-2.0-only
#include "vexvm/screen.h"

#include <unistd.h>

#include "lib/text.h"
#include "vexvm/terminal.h"

/* As many characters of @line as fit into @columns; escape sequences would not be seen. */
static void append_cut(GString *text, const char *line, guint columns)
{
	g_autofree char *shown = text_escape(line, -1);
	g_autofree char *cut = NULL;

	g_strdelimit(shown, "\n\t", ' ');
	cut = g_utf8_strlen(shown, -1) > (glong)columns - 1 ?
		      g_utf8_substring(shown, 0, (glong)columns - 1) : g_strdup(shown);
	g_string_append(text, cut);
}

void screen_draw(struct screen *screen, char *const *lines)
{
	g_autoptr(GString) text = g_string_new(NULL);
	guint columns = terminal_columns(STDOUT_FILENO);

	if (!terminal_is_tty(STDOUT_FILENO))
		return;
	/* ECMA-48: up so many lines, and erase from there on. */
	if (screen->drawn)
		g_string_append_printf(text, "\033[%uA\033[J", screen->drawn);
	for (screen->drawn = 0; lines[screen->drawn]; screen->drawn++) {
		append_cut(text, lines[screen->drawn], columns);
		g_string_append_c(text, '\n');
	}
	terminal_write(STDOUT_FILENO, text->str, text->len);
}

void screen_leave(struct screen *screen)
{
	screen->drawn = 0;
}
