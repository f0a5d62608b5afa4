// SPDX-License-Identifier: GPL-2.0-only
#include "tests/lib/sample.h"

#include <string.h>

#include "lib/folder.h"

/* The numbers of lines matter. */
const char sample_first_c[] =
	"static const char name[] __attribute__((section(\".modinfo\"), used)) = \"name=fixture\";\n"
	"int sink(int x);\n"
	"static inline __attribute__((always_inline)) int deepest(int x)\n"
	"{\n"
	"	return sink(x + 1);\n" /* 5 */
	"}\n"
	"static inline __attribute__((always_inline)) int middle(int x)\n"
	"{\n"
	"	return deepest(x) * 2;\n" /* 9 */
	"}\n"
	"int outer(int x)\n"
	"{\n"
	"	int y = sink(x);\n" /* 13 */
	"	return middle(y) + 1;\n" /* 14 */
	"}\n"
	"static __attribute__((noinline)) int twin(int x)\n"
	"{\n"
	"	return sink(x) + 1;\n" /* 18 */
	"}\n"
	"int first(int x)\n"
	"{\n"
	"	return twin(x) + 2;\n"
	"}\n"
	"__attribute__((section(\".init.text\"))) int start(void)\n"
	"{\n"
	"	return sink(7) + 1;\n" /* 26 */
	"}\n"
	"int rusty(int x) __asm__(\"_RNvNtC7fixture4tree4find\");\n"
	"int rusty(int x)\n"
	"{\n"
	"	return sink(x) + 3;\n"
	"}\n"
	"__attribute__((noinline, cold)) int chilly(int x)\n"
	"{\n"
	"	return sink(x) + 4;\n"
	"}\n"
	"static int clock __attribute__((used)) = 7;\n"; /* 37 */
static const char second_c[] =
	"int sink(int x);\n"
	"static __attribute__((noinline)) int twin(int x)\n"
	"{\n"
	"	int y = sink(x + 5) + sink(x * 3) + sink(x);\n" /* 4 */
	"	return sink(y) + sink(y * 5) + 1;\n"
	"}\n"
	"int second(int x)\n"
	"{\n"
	"	return twin(x) + 2;\n"
	"}\n"
	"int late(void)\n" /* 11 */
	"{\n"
	"	return sink(9) + 5;\n"
	"}\n"
	"int init_module(void) __attribute__((alias(\"late\")));\n";

void sample_run(const char *const *argv, char **ret_out)
{
	g_autoptr(GError) error = NULL;
	int status;

	g_spawn_sync(NULL, (char **)argv, NULL, G_SPAWN_SEARCH_PATH, NULL, NULL, ret_out, NULL, &status,
		     &error);
	g_assert_no_error(error);
	g_assert_cmpint(status, ==, 0);
}

char *sample_path(const struct sample *sample, const char *name)
{
	return g_build_filename(sample->dir, name, NULL);
}

void sample_compile(struct sample *sample, const char *name, const char *text, const char *object,
		    const char *flags)
{
	g_autofree char *source = sample_path(sample, name), *out = sample_path(sample, object);
	g_autofree char *line = g_strdup_printf("gcc -O2 -ffreestanding -fno-pie %s -c -o", flags);
	g_auto(GStrv) words = g_strsplit(line, " ", -1);
	g_autoptr(GPtrArray) argv = g_ptr_array_new();

	g_assert_true(g_file_set_contents(source, text, -1, NULL));
	for (guint i = 0; words[i]; i++)
		if (*words[i])
			g_ptr_array_add(argv, words[i]);
	g_ptr_array_add(argv, out);
	g_ptr_array_add(argv, source);
	g_ptr_array_add(argv, NULL);
	sample_run((const char *const *)argv->pdata, NULL);
}

void sample_link(struct sample *sample, const char *a, const char *b)
{
	g_autofree char *x = sample_path(sample, a), *y = b ? sample_path(sample, b) : NULL;
	const char *argv[] = { "ld", "-r", "-o", sample->ko, x, y, NULL };

	sample_run(argv, NULL);
}

void sample_make(struct sample *sample, const char *flags)
{
	sample_compile(sample, "first.c", sample_first_c, "first.o", flags);
	sample_compile(sample, "second.c", second_c, "second.o", flags);
	sample_link(sample, "first.o", "second.o");
}

void sample_set_up(struct sample *sample, gconstpointer data)
{
	sample->dir = g_dir_make_tmp("vexvm-symbols-XXXXXX", NULL);
	g_assert_nonnull(sample->dir);
	sample->ko = sample_path(sample, "fixture.ko");
	sample->symbols = symbols_new(sample->dir);
	symbols_add_module(sample->symbols, sample->ko);
}

void sample_tear_down(struct sample *sample, gconstpointer data)
{
	symbols_free(sample->symbols);
	g_assert_true(folder_remove(sample->dir, NULL));
	g_free(sample->ko);
	g_free(sample->dir);
}

guint64 sample_offset(struct sample *sample, const char *name, const char *function, guint line)
{
	for (guint64 offset = 0; offset < 256; offset++) {
		g_autoptr(symbol_place_owner) place =
			symbols_resolve(sample->symbols, "fixture", name, offset, 0, false, NULL);
		struct symbol_frame *frame;

		if (!place)
			break;
		frame = place->frames->pdata[0];
		if (g_str_equal(frame->function, function) && frame->line == line)
			return offset;
	}
	g_test_message("%s has no line %u of %s", name, line, function);
	g_assert_not_reached();
}

guint64 sample_gap(struct sample *sample, const char *name, guint which)
{
	g_autoptr(debug_info_owner) info = debug_info_open(sample->ko, true, NULL);
	g_autoptr(GPtrArray) functions = debug_info_functions(info);

	for (guint i = 0; i < functions->len; i++) {
		const struct debug_function *d = functions->pdata[i];

		if (g_str_equal(d->name, name) && which-- == 0)
			return d->gap;
	}
	g_assert_not_reached();
}
