// SPDX-License-Identifier: GPL-2.0-only
#include "libvm/unloaded.h"

#include <stdbool.h>
#include <string.h>

#include "libvm/finding.h"

#define UNLOADING "vexvm: unloading "
#define SECTIONS_MAX 1024	/* the oldest are forgotten */
#define SECTION_BYTES_MAX (4 * 1024 * 1024ull)	/* the line has no sizes; what is behind is the next module's */

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

/* "0xffffffffc0a00000", and nothing behind it. */
static bool parse_address(const char *text, guint64 *ret)
{
	char *end;

	if (!g_str_has_prefix(text, "0x"))
		return false;
	*ret = g_ascii_strtoull(text + 2, &end, 16);
	return end > text + 2 && !*end && *ret;
}

/* As a trace may show it: a letter, a digit or one of "._-". */
static bool is_name(const char *text, gsize size)
{
	for (gsize i = 0; i < size; i++)
		if (!g_ascii_isalnum(text[i]) && !strchr("._-", text[i]))
			return false;
	return size > 0 && size <= FINDING_NAME_MAX;
}

void unloaded_note(struct unloaded *u, const char *text)
{
	const char *module = text + strlen(UNLOADING);
	g_auto(GStrv) words = NULL;
	gsize size;

	if (!g_str_has_prefix(text, UNLOADING))
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

/* The nearest that begins at or before @address. */
static const struct section *find(const struct unloaded *u, guint64 address)
{
	const struct section *found = NULL;

	for (guint i = u->sections->len; i > 0; i--) {
		const struct section *section = u->sections->pdata[i - 1];

		if (section->address <= address && address - section->address < SECTION_BYTES_MAX &&
		    (!found || section->address > found->address))
			found = section;
	}
	return found;
}

char *unloaded_named(const struct unloaded *u, const char *text)
{
	const char *word = text + strlen(text);
	const struct section *section;
	guint64 address;

	if (!u->sections->len || (*text != ' ' && !g_str_has_prefix(text, "RIP: ")))
		return NULL;
	while (word > text && g_ascii_isalnum(word[-1]))
		word--;
	if (word == text || !strchr(" :", word[-1]) || !parse_address(word, &address))
		return NULL;
	section = find(u, address);
	if (!section)
		return NULL;
	return g_strdup_printf("%.*s" UNLOADED_PREFIX "%s+0x%" G_GINT64_MODIFIER "x/0x0 [%s]", (int)(word - text),
			       text, section->name, address - section->address, section->module);
}
