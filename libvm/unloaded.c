// SPDX-License-Identifier: GPL-2.0-only
#include "libvm/unloaded.h"

#include <stdbool.h>
#include <string.h>

#include "libvm/finding.h"

#define SECTIONS_MAX 1024	/* the oldest are forgotten */
/* The lines have no sizes; what is behind is the next module's. */
#define TEXT_BYTES_MAX (4 * 1024 * 1024ull)
#define OTHER_BYTES_MAX (256 * 1024ull)	/* of variables, and of an init */
#define ADDRESS_DIGITS 16	/* of a 64-bit kernel's */

struct section {
	char *module, *name;
	guint64 address;
};

struct unloaded {
	GPtrArray *sections;	/* struct section, the newest last */
};

static void section_free(struct section *section)
{
	g_free(section->module);
	g_free(section->name);
	g_free(section);
}

struct unloaded *unloaded_new(void)
{
	struct unloaded *unloaded = g_new0(struct unloaded, 1);

	unloaded->sections = g_ptr_array_new_with_free_func((GDestroyNotify)section_free);
	return unloaded;
}

void unloaded_free(struct unloaded *unloaded)
{
	if (!unloaded)
		return;
	g_ptr_array_unref(unloaded->sections);
	g_free(unloaded);
}

/* "0xffffffffc0a00000" or all digits of it without "0x", and nothing behind it. */
static bool parse_address(const char *text, guint64 *ret)
{
	const char *digits = g_str_has_prefix(text, "0x") ? text + 2 : text;
	char *end;

	if (!g_ascii_isxdigit(*digits) || (digits == text && strlen(text) != ADDRESS_DIGITS))
		return false;
	*ret = g_ascii_strtoull(digits, &end, 16);
	return !*end && *ret;
}

/* As a trace may show it: a letter, a digit or one of "._-". */
static bool is_name(const char *text, gsize size)
{
	for (gsize i = 0; i < size; i++)
		if (!g_ascii_isalnum(text[i]) && !strchr("._-", text[i]))
			return false;
	return size > 0 && size <= FINDING_NAME_MAX;
}

/* What stands behind the words that such a line begins with, or NULL. */
static const char *find_module(const char *text)
{
	static const char *const words[] = { "vexvm: unloading ", "vexvm: loaded " };

	for (guint i = 0; i < G_N_ELEMENTS(words); i++)
		if (g_str_has_prefix(text, words[i]))
			return text + strlen(words[i]);
	return NULL;
}

void unloaded_note(struct unloaded *u, const char *text)
{
	const char *module = find_module(text);
	g_auto(GStrv) words = NULL;
	gsize size;

	if (!module)
		return;
	size = strcspn(module, ":");
	if (!module[size] || !is_name(module, size))
		return;
	words = g_strsplit_set(module + size + 1, " ", -1);
	for (guint i = 1; words[0] && words[i] && words[i + 1]; i += 2) {
		struct section *section;
		guint64 address;

		if (*words[i] != '.' || !is_name(words[i], strlen(words[i])) || !parse_address(words[i + 1], &address))
			break;
		section = g_new0(struct section, 1);
		*section = (struct section){ g_strndup(module, size), g_strdup(words[i]), address };
		g_ptr_array_add(u->sections, section);
	}
	if (u->sections->len > SECTIONS_MAX)
		g_ptr_array_remove_range(u->sections, 0, u->sections->len - SECTIONS_MAX);
}

static guint64 reach(const struct section *section)
{
	return strstr(section->name, "text") && !strstr(section->name, "init") ? TEXT_BYTES_MAX : OTHER_BYTES_MAX;
}

/* The nearest that begins at or before @address, unless that is too far. */
static const struct section *find(const struct unloaded *u, guint64 address)
{
	const struct section *found = NULL;

	for (guint i = u->sections->len; i > 0; i--) {
		const struct section *section = u->sections->pdata[i - 1];

		if (section->address <= address && (!found || section->address > found->address))
			found = section;
	}
	return found && address - found->address < reach(found) ? found : NULL;
}

/* Where the address begins that @text is about, or NULL. */
static const char *find_word(const char *text)
{
	/* mm/slub.c, print_track(); arch/x86/mm/fault.c; arch/arm64/mm/fault.c; lib/debugobjects.c */
	static const char *const before[] = { "Allocated in ", "Freed in ", "for address: ", "at virtual address ",
					      " hint: " };
	const char *word = text + strlen(text);

	for (guint i = 0; i < G_N_ELEMENTS(before); i++) {
		const char *at = strstr(text, before[i]);

		if (at)
			return at + strlen(before[i]);
	}
	if (*text != ' ' && !g_str_has_prefix(text, "RIP: "))
		return NULL;
	while (word > text && g_ascii_isalnum(word[-1]))
		word--;
	return word > text && strchr(" :", word[-1]) ? word : NULL;
}

char *unloaded_named(const struct unloaded *u, const char *text)
{
	const char *word = u->sections->len ? find_word(text) : NULL;
	gsize n = word ? strcspn(word, " ") : 0;
	g_autofree char *digits = word ? g_strndup(word, n) : NULL;
	const struct section *section;
	guint64 address;

	if (!word || !parse_address(digits, &address))
		return NULL;
	section = find(u, address);
	if (!section)
		return NULL;
	return g_strdup_printf("%.*s" UNLOADED_PREFIX "%s+0x%" G_GINT64_MODIFIER "x/0x0 [%s]%s", (int)(word - text),
			       text, section->name, address - section->address, section->module, word + n);
}

char *unloaded_words(const char *function, const char *module)
{
	const char *section;

	if (!module || !g_str_has_prefix(function, UNLOADED_PREFIX "."))
		return NULL;
	section = function + strlen(UNLOADED_PREFIX);
	return g_strdup_printf("unloaded %s of %s (%s)", strstr(section, "text") ? "code" : "data", module, section);
}
