// SPDX-License-Identifier: GPL-2.0-only
/* Each byte of a module that gcc makes for it: its place, and addr2line's word on it. */
#include <string.h>

#include "libvm/debug-info.h"
#include "tests/lib/sample.h"

/* binutils' answer for each byte of @section: "function file:line", innermost first. */
static char *reference(struct sample *f, const char *section, guint64 size)
{
	g_autoptr(GPtrArray) argv = g_ptr_array_new_with_free_func(g_free);
	const char *const words[] = { "addr2line", "-a", "-i", "-f", "-C", "-e", f->ko, "-j", section };
	char *out = NULL;

	for (guint i = 0; i < G_N_ELEMENTS(words); i++)
		g_ptr_array_add(argv, g_strdup(words[i]));
	for (guint64 at = 0; at < size; at++)
		g_ptr_array_add(argv, g_strdup_printf("0x%x", (guint)at));
	g_ptr_array_add(argv, NULL);
	sample_run((const char *const *)argv->pdata, &out);
	return out;
}

static char *answer(struct debug_info *info, guint64 start, guint64 size)
{
	GString *out = g_string_new(NULL);

	for (guint64 at = 0; at < size; at++) {
		const struct debug_function *function = debug_info_at(info, start + at);
		g_autoptr(GPtrArray) frames = debug_info_frames(info, function, start + at);

		g_string_append_printf(out, "0x%016x\n", (guint)at);
		for (guint i = 0; i < frames->len; i++) {
			const struct symbol_frame *frame = frames->pdata[i];

			g_string_append_printf(out, "%s\n%s:%u\n", frame->function,
					       frame->file ? frame->file : "??", frame->line);
		}
	}
	return g_string_free(out, FALSE);
}

static void compare_lines(const char *ours, const char *theirs)
{
	g_auto(GStrv) a = g_strsplit(ours, "\n", -1), b = g_strsplit(theirs, "\n", -1);
	const char *address = "";

	for (guint i = 0; a[i] && b[i]; i++) {
		if (g_str_has_prefix(b[i], "0x"))
			address = b[i];
		if (!g_str_equal(a[i], b[i]))
			g_test_message("at %s", address);
		g_assert_cmpstr(a[i], ==, b[i]);
	}
	g_assert_cmpuint(g_strv_length(a), ==, g_strv_length(b));
}

static void compare_sections(struct sample *f, const char *flags)
{
	static const char *const names[] = { ".text", ".init.text", ".text.unlikely", ".text.outer",
					     ".text.twin" };
	g_autoptr(debug_info_owner) info = NULL;
	guint compared = 0;

	sample_make(f, flags);
	info = debug_info_open(f->ko, true, NULL);
	for (guint i = 0; i < G_N_ELEMENTS(names); i++) {
		guint64 start, size;
		g_autofree char *theirs = NULL, *ours = NULL, *plain = NULL;
		g_autoptr(GRegex) regex = g_regex_new(" \\(discriminator \\d+\\)", 0, 0, NULL);

		if (!debug_info_section(info, names[i], &start, &size))
			continue;
		theirs = reference(f, names[i], size);
		plain = g_regex_replace_literal(regex, theirs, -1, 0, "", 0, NULL);
		ours = answer(info, start, size);
		compare_lines(ours, plain);
		compared++;
	}
	g_assert_cmpuint(compared, >=, 2);
}

static void test_reference(struct sample *f, gconstpointer data)
{
	/* Functions side by side: bytes between them are nobody's. */
	static const char *const flags[] = {
		"-gdwarf-5 -fno-align-functions", "-gdwarf-4 -fno-align-functions",
		"-g -gz -fno-align-functions", "-g -ffunction-sections -fno-align-functions",
		"-g -O3 -fno-align-functions", "-gdwarf-4 -gz -ffunction-sections -fno-align-functions",
	};

	for (guint i = 0; i < G_N_ELEMENTS(flags); i++) {
		g_test_message("%s", flags[i]);
		compare_sections(f, flags[i]);
	}
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add("/addr2line/reference", struct sample, NULL, sample_set_up, test_reference, sample_tear_down);
	return g_test_run();
}
