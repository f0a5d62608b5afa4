// SPDX-License-Identifier: GPL-2.0-only
#include "libvm/gdb.h"

#include <string.h>

#include "lib/fault.h"
#include "libvm/build.h"
#include "libvm/memory.h"
#include "libvm/modinfo.h"
#include "libvm/sections.h"

/* gdb ends a command at a line's end, whatever the quotes. */
static bool check_word(const char *word, GError **error)
{
	for (const char *c = word; *c; c++)
		if (g_ascii_iscntrl(*c))
			return fault_set(error, LAB_ERROR_USAGE,
					 "a name with a control character in it cannot be given to gdb");
	return true;
}

/* gdb splits words as buildargv() of libiberty does: a backslash takes a character as it is. */
static char *quoted(const char *word)
{
	GString *text = g_string_new(NULL);

	for (const char *c = word; *c; c++) {
		if (strchr(" \t\"'\\", *c))
			g_string_append_c(text, '\\');
		g_string_append_c(text, *c);
	}
	return g_string_free(text, FALSE);
}

static void add_kernel(GString *text, const struct gdb_script *s)
{
	g_autofree char *file = s->vmlinux ? quoted(s->vmlinux) : NULL;

	g_string_append(text, "set pagination off\nset confirm off\nset breakpoint pending on\n"
			"set architecture i386:x86-64\n");
	if (file)
		g_string_append_printf(text, "symbol-file -o %" G_GINT64_FORMAT " %s\n", s->vmlinux_offset, file);
	if (s->source) {
		g_autofree char *to = quoted(s->source);

		/* Where builds run, in an image's user land or in a guest. */
		g_string_append_printf(text, "set substitute-path %s %s\nset substitute-path %s %s\n",
				       CONF_MOUNT_POINT, to, BUILD_GUEST_COPY, to);
	}
	if (s->target)
		g_string_append_printf(text, "target remote %s\n", s->target);
	else if (s->core)
		g_string_append_printf(text, "core-file %s\n", s->core);
}

/* A section's name is a file's word. */
static bool check_placed(const struct placed *m, GError **error)
{
	bool ok = check_word(m->file, error);

	for (guint i = 0; ok && i < m->names->len; i++)
		ok = check_word(m->names->pdata[i], error);
	return ok;
}

static void add_placed(GString *text, const struct placed *m)
{
	g_autofree char *file = quoted(m->file);

	if (!m->names->len)
		return;
	g_string_append_printf(text, "add-symbol-file %s", file);
	for (guint i = 0; i < m->names->len; i++) {
		g_autofree char *name = quoted(m->names->pdata[i]);

		g_string_append_printf(text, " -s %s 0x%" G_GINT64_MODIFIER "x", name,
				       g_array_index(m->addresses, guint64, i));
	}
	g_string_append_c(text, '\n');
}

/* A condition that says that $rdi is the struct module of @name: eight bytes at a time. */
static void add_condition(GString *text, const char *name)
{
	gsize size = strlen(name) + 1;

	for (gsize i = 0; i < size; i += 8) {
		guint64 bytes = 0, mask = 0;

		memcpy(&bytes, name + i, MIN(size - i, 8));
		memset(&mask, 0xff, MIN(size - i, 8));
		g_string_append_printf(text, "%s(*(unsigned long *)($rdi + %" G_GSIZE_FORMAT ") & 0x%"
				       G_GINT64_MODIFIER "xUL) == 0x%" G_GINT64_MODIFIER "xUL", i ? " && " : "",
				       SECTIONS_NAME_OFFSET + i, mask, bytes);
	}
}

/*
 * The kernel calls do_init_module() with the struct module in the first argument's
 * register (System V ABI, x86-64) when all of the module is in its place and its
 * init has not run: there its sections are found, in gdb.
 */
static bool add_wait(GString *text, const struct gdb_script *s, GError **error)
{
	g_autoptr(modinfo_owner) info = modinfo_read(s->waits_for, error);
	g_autofree char *file = quoted(s->waits_for), *find = NULL;
	g_autoptr(GPtrArray) steps = NULL;
	guint module = 0;

	steps = info ? sections_steps(s->waits_for, true, &module, error) : NULL;
	if (!steps || !check_word(info->name, error))
		return false;
	for (guint i = 0; i < steps->len; i++)
		if (!check_word(((struct sections_step *)steps->pdata[i])->name, error))
			return false;
	find = sections_gdb(steps, module);
	g_string_append_printf(text, "tbreak *0x%" G_GINT64_MODIFIER "x if ", s->do_init_module);
	add_condition(text, info->name);
	g_string_append_printf(text, "\necho vexvm: waiting for %s to be loaded: load it in another terminal "
			       "('vexvm ssh', then insmod); Ctrl-C ends the wait\\n\ncontinue\n"
			       "set $module = $rdi\n%sadd-symbol-file %s", info->name, find, file);
	for (guint i = 0; i < steps->len; i++) {
		const struct sections_step *step = steps->pdata[i];
		g_autofree char *name = quoted(step->name);

		g_string_append_printf(text, " -s %s $section_%u", name, step->section);
	}
	g_string_append_c(text, '\n');
	return true;
}

char *gdb_script(const struct gdb_script *s, GError **error)
{
	const char *const words[] = { s->target, s->core, s->vmlinux, s->waits_for, s->source };
	g_autoptr(GString) text = g_string_new(NULL);
	bool ok = true;

	for (guint i = 0; i < G_N_ELEMENTS(words); i++)
		ok = ok && (!words[i] || check_word(words[i], error));
	for (char **at = s->breaks; ok && at && *at; at++)
		ok = check_word(*at, error);
	for (guint i = 0; ok && s->placed && i < s->placed->len; i++)
		ok = check_placed(s->placed->pdata[i], error);
	if (!ok)
		return NULL;
	add_kernel(text, s);
	for (guint i = 0; s->placed && i < s->placed->len; i++)
		add_placed(text, s->placed->pdata[i]);
	if (s->waits_for && !add_wait(text, s, error))
		return NULL;
	for (char **at = s->breaks; at && *at; at++)
		g_string_append_printf(text, "break %s\n", *at);
	if (s->breaks)
		g_string_append(text, "continue\n");
	return g_strdup(text->str);
}
