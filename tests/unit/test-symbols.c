// SPDX-License-Identifier: GPL-2.0-only
/* Places of a call trace found in objects that gcc makes for it. */
#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/fault.h"
#include "libvm/symbols.h"
#include "tests/lib/sample.h"

static void test_inlined(struct sample *f, gconstpointer data)
{
	g_autoptr(symbol_place_owner) place = NULL;
	g_autoptr(GError) error = NULL;
	g_autofree char *best = NULL, *text = NULL;
	g_auto(GStrv) inlined = NULL;
	guint64 offset;

	sample_make(f, "-g");
	offset = sample_offset(f, "outer", "deepest", 5);
	place = symbols_resolve(f->symbols, "fixture", "outer", offset, 0, false, &error);
	g_assert_no_error(error);
	g_assert_cmpuint(place->frames->len, ==, 3);
	best = symbols_place(f->symbols, "fixture", "outer", offset, 0, false, &inlined);
	g_assert_cmpstr(best, ==, "first.c:5");
	text = g_strjoinv(", ", inlined);
	g_assert_cmpstr(text, ==, "deepest at first.c:5, middle at first.c:9, outer at first.c:14");
	g_assert_cmpint(place->built, >, 0);
}

/* A verdict's line ends in the place that its trace's first frame names: two lines of code. */
static void test_place(struct sample *f, gconstpointer data)
{
	g_autofree char *title = g_strdup("kernel NULL pointer dereference in outer [fixture]");
	g_autofree char *place = NULL, *verdict = NULL;
	guint64 offset;

	sample_make(f, "-g");
	offset = sample_offset(f, "outer", "deepest", 5);
	place = symbols_place(f->symbols, "fixture", "outer", offset, 0, false, NULL);
	verdict = place ? g_strdup_printf("%s at %s", title, place) : g_strdup(title);
	g_assert_cmpstr(verdict, ==, "kernel NULL pointer dereference in outer [fixture] at first.c:5");
	g_assert_null(symbols_place(f->symbols, "fixture", "nothing", 0, 0, false, NULL));
	g_assert_null(symbols_place(f->symbols, "other", "outer", 0, 0, false, NULL));
	g_assert_null(symbols_place(f->symbols, NULL, "outer", 0, 0, false, NULL));
}

/* What a call returns to is the next line's already. */
static void test_return_address(struct sample *f, gconstpointer data)
{
	g_autofree char *at = NULL, *before = NULL;
	guint64 offset;

	sample_make(f, "-g");
	offset = sample_offset(f, "outer", "deepest", 5);
	at = symbols_place(f->symbols, "fixture", "outer", offset, 0, false, NULL);
	before = symbols_place(f->symbols, "fixture", "outer", offset, 0, true, NULL);
	g_assert_cmpstr(at, ==, "first.c:5");
	g_assert_cmpstr(before, ==, "first.c:13");
}

static void test_twins(struct sample *f, gconstpointer data)
{
	g_autoptr(GError) error = NULL;
	g_autofree char *first = NULL, *second = NULL;
	guint64 one, two;

	sample_make(f, "-g");
	one = sample_gap(f, "twin", 0);
	two = sample_gap(f, "twin", 1);
	g_assert_cmpuint(one, !=, two);
	first = symbols_place(f->symbols, "fixture", "twin", 0, one, false, NULL);
	second = symbols_place(f->symbols, "fixture", "twin", 0, two, false, NULL);
	g_assert_cmpstr(first, ==, "first.c:17");
	g_assert_cmpstr(second, ==, "second.c:3");
	g_assert_null(symbols_resolve(f->symbols, "fixture", "twin", 0, 0, false, &error));
	g_assert_error(error, LAB_ERROR, LAB_ERROR_BUILD);
	g_assert_nonnull(strstr(error->message, "several functions twin"));
}

static void test_other_build(struct sample *f, gconstpointer data)
{
	g_autoptr(GError) error = NULL;

	sample_make(f, "-g");
	g_assert_null(symbols_resolve(f->symbols, "fixture", "outer", 0, 2, false, &error));
	g_assert_nonnull(strstr(error->message, "another build"));
	g_clear_error(&error);
	g_assert_null(symbols_resolve(f->symbols, "fixture", "outer", 4000, 0, false, &error));
	g_assert_nonnull(strstr(error->message, "another build"));
	g_clear_error(&error);
	g_assert_null(symbols_resolve(f->symbols, "fixture", "out\ner\033", 4000, 0, false, &error));
	g_assert_true(g_str_has_suffix(error->message, "has no function out er\\x1b"));
}

/* What the file says of a kernel's functions is mapped to where the user has it. */
static void test_folders(struct sample *f, gconstpointer data)
{
	g_autofree char *flags = g_strdup_printf("-g -fdebug-prefix-map=%s=/mnt/src", f->dir);
	g_autofree char *unmapped = NULL, *mapped = NULL;

	sample_make(f, flags);
	unmapped = symbols_place(f->symbols, "fixture", "outer", 0, 0, false, NULL);
	g_assert_cmpstr(unmapped, ==, "/mnt/src/first.c:12");
	symbols_add_folder(f->symbols, "/mnt/sr", "/nowhere");
	symbols_add_folder(f->symbols, "/mnt/src", f->dir);
	mapped = symbols_place(f->symbols, "fixture", "outer", 0, 0, false, NULL);
	g_assert_cmpstr(mapped, ==, "first.c:12");
}

static void test_no_dwarf(struct sample *f, gconstpointer data)
{
	g_autoptr(symbol_place_owner) place = NULL;

	sample_make(f, "-g0");
	place = symbols_resolve(f->symbols, "fixture", "_RNvNtC7fixture4tree4find", 1, 0, false, NULL);
	g_assert_cmpstr(((struct symbol_frame *)place->frames->pdata[0])->function, ==, "fixture::tree::find");
	g_assert_null(symbols_place(f->symbols, "fixture", "outer", 1, 0, false, NULL));
}

/*
 * as writes no row with line 0, so it is given a line far off, and the step there
 * from line 9 (DW_LNS_advance_line and a signed LEB128) becomes one to 0.
 */
static void make_line_zero(struct sample *f)
{
	static const char step[] = "\x03\x9c\x8d\x06", back[] = "\x03\xf7\xff\x7f"; /* +99996, -9 */
	g_autoptr(GRegex) regex = g_regex_new("^\t\\.loc 1 5 ", G_REGEX_MULTILINE, 0, NULL);
	g_autofree char *assembly = sample_path(f, "first.o"), *object = sample_path(f, "zero.o");
	g_autofree char *text = NULL, *moved = NULL, *bytes = NULL;
	gsize size;
	char *at;

	sample_compile(f, "first.c", sample_first_c, "first.o", "-g -gno-variable-location-views -S");
	g_assert_true(g_file_get_contents(assembly, &text, NULL, NULL));
	moved = g_regex_replace_literal(regex, text, -1, 0, "\t.loc 1 100005 ", 0, NULL);
	sample_compile(f, "zero.s", moved, "zero.o", "");
	g_assert_true(g_file_get_contents(object, &bytes, &size, NULL));
	at = memmem(bytes, size, step, sizeof(step) - 1);
	g_assert_nonnull(at);
	memcpy(at, back, sizeof(back) - 1);
	g_assert_true(g_file_set_contents(object, bytes, (gssize)size, NULL));
	sample_link(f, "zero.o", NULL);
}

/* Code that the compiler says belongs to no line: the caller's line is the best there is. */
static void test_line_zero(struct sample *f, gconstpointer data)
{
	g_autofree char *best = NULL, *text = NULL;
	g_auto(GStrv) inlined = NULL;
	guint64 offset;

	make_line_zero(f);
	offset = sample_offset(f, "outer", "deepest", 0);
	best = symbols_place(f->symbols, "fixture", "outer", offset, 0, false, &inlined);
	g_assert_cmpstr(best, ==, "first.c:9");
	text = g_strjoinv(", ", inlined);
	g_assert_cmpstr(text, ==, "deepest at first.c, middle at first.c:9, outer at first.c:14");
}

static void test_odd_name(struct sample *f, gconstpointer data)
{
	g_autofree char *place = NULL;

	sample_compile(f, "o d\n\033[2J\xff.c", sample_first_c, "odd.o", "-g");
	sample_link(f, "odd.o", NULL);
	place = symbols_place(f->symbols, "fixture", "outer", 0, 0, false, NULL);
	g_assert_cmpstr(place, ==, "o d \\x1b[2J\\xff.c:12");
}

/* A trace through code that is gone has sections only. */
static void test_section(struct sample *f, gconstpointer data)
{
	g_autoptr(symbol_place_owner) start = NULL, behind = NULL;
	g_autoptr(GError) error = NULL;
	guint64 size;

	sample_make(f, "-g");
	start = symbols_resolve_section(f->symbols, "fixture", ".init.text", 4, false, &error);
	g_assert_no_error(error);
	g_assert_cmpstr(start->function, ==, "start");
	g_assert_cmpuint(start->offset, ==, 4);
	size = start->size;
	g_assert_null(symbols_resolve_section(f->symbols, "fixture", ".init.text", size, false, &error));
	g_assert_nonnull(strstr(error->message, "is in no function of fixture"));
	g_assert_null(symbols_resolve_section(f->symbols, "fixture", ".no.such", 0, false, NULL));
	/* Where a call that ends a function returns to, is the function's all the same. */
	behind = symbols_resolve_section(f->symbols, "fixture", ".init.text", size, true, NULL);
	g_assert_cmpstr(behind->function, ==, "start");
	g_assert_cmpuint(behind->offset, ==, size);
}

/* A FIFO is not waited for, and a module without symbols says so. */
static void test_unusable(struct sample *f, gconstpointer data)
{
	g_autoptr(GError) error = NULL;
	const char *strip[] = { "strip", f->ko, NULL };

	g_assert_null(symbols_resolve(f->symbols, "fixture", "outer", 0, 0, false, &error));
	g_assert_nonnull(strstr(error->message, "cannot read"));
	g_clear_error(&error);
	g_assert_cmpint(mkfifo(f->ko, 0600), ==, 0);
	g_assert_null(debug_info_open(f->ko, true, &error));
	g_assert_error(error, LAB_ERROR, LAB_ERROR_BUILD);
	g_clear_error(&error);
	g_unlink(f->ko);
	sample_make(f, "-g");
	sample_run(strip, NULL);
	g_assert_null(debug_info_open(f->ko, true, &error));
	g_assert_nonnull(strstr(error->message, "has no symbols"));
	g_clear_error(&error);
	g_assert_null(debug_info_open("/proc/self/exe", true, &error));
	g_assert_nonnull(strstr(error->message, "is no kernel module"));
}

/* A kernel is linked: addresses of its own, no relocations. */
static void test_vmlinux(struct sample *f, gconstpointer data)
{
	g_autofree char *kernel = sample_path(f, "vmlinux"), *a = sample_path(f, "first.o"), *place = NULL;
	const char *argv[] = { "ld", "-Ttext=0xffffffff81000000", "--unresolved-symbols=ignore-all",
			       "-e", "outer", "-o", kernel, a, NULL };

	sample_compile(f, "first.c", sample_first_c, "first.o", "-g");
	sample_run(argv, NULL);
	symbols_set_vmlinux(f->symbols, kernel);
	place = symbols_place(f->symbols, NULL, "outer", 0, 0, false, NULL);
	g_assert_cmpstr(place, ==, "first.c:12");
}

int main(int argc, char **argv)
{
	static const struct {
		const char *path;
		void (*test)(struct sample *f, gconstpointer data);
	} tests[] = {
		{ "/symbols/inlined", test_inlined },
		{ "/symbols/place", test_place },
		{ "/symbols/return-address", test_return_address },
		{ "/symbols/twins", test_twins },
		{ "/symbols/other-build", test_other_build },
		{ "/symbols/folders", test_folders },
		{ "/symbols/no-dwarf", test_no_dwarf },
		{ "/symbols/line-zero", test_line_zero },
		{ "/symbols/odd-name", test_odd_name },
		{ "/symbols/section", test_section },
		{ "/symbols/unusable", test_unusable },
		{ "/symbols/vmlinux", test_vmlinux },
	};

	g_test_init(&argc, &argv, NULL);
	for (guint i = 0; i < G_N_ELEMENTS(tests); i++)
		g_test_add(tests[i].path, struct sample, NULL, sample_set_up, tests[i].test, sample_tear_down);
	return g_test_run();
}
