// SPDX-License-Identifier: GPL-2.0-only
/* Objects that are cut, changed or made up; and a real module, where one was built. */
#include <glib/gstdio.h>
#include <string.h>

#include "lib/clock.h"
#include "lib/folder.h"
#include "libvm/symbols.h"

#define MUTATIONS 1500		/* of each object */
#define MUTATIONS_LIMIT_S 20	/* a slow machine makes fewer */

static const char source_text[] =
	"static const char name[] __attribute__((section(\".modinfo\"), used)) = \"name=fixture\";\n"
	"int sink(int x);\n"
	"static inline __attribute__((always_inline)) int inner(int x)\n"
	"{\n"
	"	return sink(x + 1);\n"
	"}\n"
	"int outer(int x)\n"
	"{\n"
	"	return inner(sink(x)) + 1;\n"
	"}\n"
	"__attribute__((section(\".init.text\"))) int start(void)\n"
	"{\n"
	"	return inner(7) + 1;\n"
	"}\n";

struct fixture {
	char *dir, *source, *ko;
};

static void set_up(struct fixture *f, gconstpointer data)
{
	f->dir = g_dir_make_tmp("vexvm-debug-XXXXXX", NULL);
	g_assert_nonnull(f->dir);
	f->source = g_build_filename(f->dir, "fixture.c", NULL);
	f->ko = g_build_filename(f->dir, "fixture.ko", NULL);
}

static void tear_down(struct fixture *f, gconstpointer data)
{
	g_assert_true(folder_remove(f->dir, NULL));
	g_free(f->dir);
	g_free(f->source);
	g_free(f->ko);
}

static void compile(struct fixture *f, const char *language, const char *text, const char *flag,
		    const char *packing)
{
	const char *argv[] = { "gcc", "-O2", "-ffreestanding", flag, packing, "-c", "-o", f->ko, "-x",
			       language, f->source, NULL };
	g_autoptr(GError) error = NULL;
	int status;

	g_assert_true(g_file_set_contents(f->source, text, -1, NULL));
	g_spawn_sync(NULL, (char **)argv, NULL, G_SPAWN_SEARCH_PATH, NULL, NULL, NULL, NULL, &status,
		     &error);
	g_assert_no_error(error);
	g_assert_cmpint(status, ==, 0);
}

/* All that can be asked of it. */
static void ask(const char *path)
{
	g_autoptr(debug_info_owner) info = debug_info_open(path, true, NULL);
	g_autoptr(GPtrArray) functions = info ? debug_info_functions(info) : NULL;

	for (guint i = 0; functions && i < functions->len && i < 20; i++) {
		const struct debug_function *d = functions->pdata[i];

		for (guint64 at = 0; at < MIN(d->gap, 64); at += 5) {
			g_autoptr(GPtrArray) frames = debug_info_frames(info, d, d->address + at);
			g_assert_cmpuint(frames->len, >, 0);
			for (guint j = 0; j < frames->len; j++)
				g_assert_nonnull(((struct symbol_frame *)frames->pdata[j])->function);
		}
		g_assert_nonnull(debug_info_at(info, d->address));
		debug_info_find(info, d->name, d->size, NULL);
	}
}

static void write_bytes(struct fixture *f, const char *bytes, gsize size)
{
	g_assert_true(g_file_set_contents_full(f->ko, bytes, (gssize)size, G_FILE_SET_CONTENTS_NONE, 0600,
					       NULL));
	ask(f->ko);
}

/* A few bytes anywhere, or in the headers of sections at the end, which say most. */
static void mutate(char *bytes, gsize size)
{
	gsize from = g_test_rand_bit() ? 0 : size - MIN(size, 2048);

	for (gint32 n = g_test_rand_int_range(1, 6); n > 0; n--) {
		gsize at = (gsize)g_test_rand_int_range((gint32)from, (gint32)size);

		if (g_test_rand_bit())
			bytes[at] = (char)g_test_rand_int_range(0, 256);
		else
			bytes[at] = (char)(bytes[at] ^ (1 << g_test_rand_int_range(0, 8)));
	}
}

static void test_mutations(struct fixture *f, gconstpointer data)
{
	static const char *const flags[][2] = {
		{ "-gdwarf-5", "-gz=none" }, { "-gdwarf-4", "-gz=none" }, { "-gdwarf-5", "-gz" },
	};

	for (guint i = 0; i < G_N_ELEMENTS(flags); i++) {
		gint64 deadline = clock_in(MUTATIONS_LIMIT_S);
		g_autofree char *bytes = NULL;
		gsize size;
		guint n = 0;

		compile(f, "c", source_text, flags[i][0], flags[i][1]);
		g_assert_true(g_file_get_contents(f->ko, &bytes, &size, NULL));
		for (gsize cut = 0; cut < size; cut += 61)
			write_bytes(f, bytes, cut);
		for (; n < MUTATIONS && g_get_monotonic_time() < deadline; n++) {
			g_autofree char *changed = g_memdup2(bytes, size);

			mutate(changed, size);
			write_bytes(f, changed, size);
		}
		g_test_message("%s %s: %u of %u changed files", flags[i][0], flags[i][1], n, MUTATIONS);
		g_assert_cmpuint(n, >, 100);
	}
}

/* As deep as the file is long: what goes down by calling itself runs out of stack. */
static const char deep_text[] =
	".text\nouter: .globl outer\n .type outer,@function\n nop\n nop\n .size outer,.-outer\n"
	".section .debug_abbrev\n"
	" .uleb128 1\n .uleb128 0x11\n .byte 1\n .uleb128 0x11\n .uleb128 0x1\n .uleb128 0x12\n"
	" .uleb128 0xb\n .uleb128 0\n .uleb128 0\n"		/* compile unit: low_pc, high_pc */
	" .uleb128 2\n .uleb128 0x39\n .byte 1\n .uleb128 0\n .uleb128 0\n"	/* namespace */
	" .uleb128 3\n .uleb128 0x0b\n .byte 1\n .uleb128 0x11\n .uleb128 0x1\n .uleb128 0x12\n"
	" .uleb128 0xb\n .uleb128 0\n .uleb128 0\n"		/* lexical block: the same */
	" .uleb128 0\n"
	".section .debug_info\n"
	" .long 2f-1f\n1: .short 4\n .long .debug_abbrev\n .byte 8\n"
	" .byte 1\n .quad outer\n .byte 2\n"
	" %s\n"
	"2:\n";

static void test_deep(struct fixture *f, gconstpointer data)
{
	static const char *const dies[] = {
		".fill 2000000,1,2", ".rept 20000\n .byte 3\n .quad outer\n .byte 2\n .endr",
	};

	for (guint i = 0; i < G_N_ELEMENTS(dies); i++) {
		g_autofree char *text = g_strdup_printf(deep_text, dies[i]);
		gint64 began;

		compile(f, "assembler", text, "-g0", "-gz=none");
		began = g_get_monotonic_time();
		ask(f->ko);
		g_test_message("%.1f s", clock_since(began));
		g_assert_cmpfloat(clock_since(began), <, 60);
	}
}

/* Names of files that the tool would be led to by the object. */
static void test_led_astray(struct fixture *f, gconstpointer data)
{
	static const char *const sections[] = { ".gnu_debugaltlink", ".gnu_debuglink", ".gnu_debugdata",
						".debug_sup", ".zdebug_info" };

	for (guint i = 0; i < G_N_ELEMENTS(sections); i++) {
		g_autofree char *text = g_strdup_printf("%sint x __attribute__((section(\"%s\"))) = 1;\n",
							source_text, sections[i]);
		g_autoptr(GError) error = NULL;

		compile(f, "c", text, "-g", "-gz=none");
		g_assert_null(debug_info_open(f->ko, true, &error));
		g_assert_nonnull(strstr(error->message, "is damaged"));
	}
}

/* Relocations against a name have libdwfl look it up among all others, one by one. */
static void test_slow_names(struct fixture *f, gconstpointer data)
{
	static const char text[] =
		".text\nouter: .globl outer\n .type outer,@function\n nop\n .size outer,.-outer\n"
		".macro label\n name\\@:\n .endm\n .rept 40000\n label\n .endr\n"
		".section .debug_info\n .rept 40000\n .quad absent\n .endr\n";
	g_autoptr(GError) error = NULL;

	compile(f, "assembler", text, "-g0", "-gz=none");
	g_assert_null(debug_info_open(f->ko, true, &error));
	g_assert_nonnull(strstr(error->message, "is damaged"));
}

/*
 * Where vexfs.ko was built here: each function begins in a file that exists, but for
 * those that come from Rust's own library, whose source need not be there.
 */
static void test_real_module(struct fixture *f, gconstpointer data)
{
	static const char path[] = "vexfs/vexfs.ko";
	g_autofree char *here = g_get_current_dir();
	g_autoptr(symbols_owner) symbols = symbols_new(here);
	g_autoptr(debug_info_owner) info = NULL;
	g_autoptr(GPtrArray) functions = NULL;
	gint64 began = g_get_monotonic_time();

	if (!g_file_test(path, G_FILE_TEST_EXISTS)) {
		g_test_skip("vexfs.ko was not built");
		return;
	}
	symbols_add_module(symbols, path);
	symbols_add_folder(symbols, "/mnt/vexfs_source", here);
	info = debug_info_open(path, true, NULL);
	g_assert_nonnull(info);
	functions = debug_info_functions(info);
	for (guint i = 0; i < functions->len; i++) {
		const struct debug_function *d = functions->pdata[i];
		g_autofree char *place = NULL;

		/* Padding, Rust's, and those that gcc and LLVM make for the sanitizers of a debug kernel. */
		if (g_str_has_prefix(d->name, "__pfx_") || g_str_has_prefix(d->name, "_R") ||
		    g_str_has_prefix(d->name, "_sub_") || g_str_has_prefix(d->name, "asan.module_"))
			continue;
		g_test_message("%s", d->name);
		place = symbols_place(symbols, "vexfs", d->name, 0, d->gap, false, NULL);
		g_assert_nonnull(place);
		*strrchr(place, ':') = '\0';
		g_assert_true(g_file_test(place, G_FILE_TEST_IS_REGULAR));
	}
	g_assert_cmpuint(functions->len, >, 10);
	g_test_message("%u functions in %.3f s", functions->len, clock_since(began));
}

int main(int argc, char **argv)
{
	static const struct {
		const char *path;
		void (*test)(struct fixture *f, gconstpointer data);
	} tests[] = {
		{ "/debug-info/mutations", test_mutations },
		{ "/debug-info/deep", test_deep },
		{ "/debug-info/led-astray", test_led_astray },
		{ "/debug-info/slow-names", test_slow_names },
		{ "/debug-info/real-module", test_real_module },
	};

	g_test_init(&argc, &argv, NULL);
	for (guint i = 0; i < G_N_ELEMENTS(tests); i++)
		g_test_add(tests[i].path, struct fixture, NULL, set_up, tests[i].test, tear_down);
	return g_test_run();
}
