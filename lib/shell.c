// SPDX-License-Identifier: GPL-2.0-only
#include "lib/shell.h"

#include <glib.h>
#include <string.h>

char *shell_word(const char *word)
{
	static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_./:=@%+,-";

	return *word && !word[strspn(word, plain)] ? g_strdup(word) : g_shell_quote(word);
}
