// SPDX-License-Identifier: GPL-2.0-only
/* Places of a call trace found in objects that gcc makes for it, and addr2line's word on them. */
#include <fcntl.h>
#include <glib/gstdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <utime.h>

#include "lib/fault.h"
#include "lib/folder.h"
#include "libvm/explain.h"
#include "libvm/locate.h"
#include "libvm/symbols.h"

/* The numbers of lines matter. */
static const char first_c[] =
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
	"}\n";

struct fixture {
	char *dir, *ko;
	struct symbols *symbols;
};

static void spawn(const char *const *argv, char **ret_out)
{
	g_autoptr(GError) error = NULL;
	int status;

	g_spawn_sync(NULL, (char **)argv, NULL, G_SPAWN_SEARCH_PATH, NULL, NULL, ret_out, NULL, &status,
		     &error);
	g_assert_no_error(error);
	g_assert_cmpint(status, ==, 0);
}

static char *in_dir(const struct fixture *f, const char *name)
{
	return g_build_filename(f->dir, name, NULL);
}

/* Compiles @text as the file @name into @object, by gcc's @flags (words). */
static void compile(struct fixture *f, const char *name, const char *text, const char *object,
		    const char *flags)
{
	g_autofree char *source = in_dir(f, name), *out = in_dir(f, object);
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
	spawn((const char *const *)argv->pdata, NULL);
}

static void link_module(struct fixture *f, const char *a, const char *b)
{
	g_autofree char *x = in_dir(f, a), *y = b ? in_dir(f, b) : NULL;
	const char *argv[] = { "ld", "-r", "-o", f->ko, x, y, NULL };

	spawn(argv, NULL);
}

static void make_module(struct fixture *f, const char *flags)
{
	compile(f, "first.c", first_c, "first.o", flags);
	compile(f, "second.c", second_c, "second.o", flags);
	link_module(f, "first.o", "second.o");
}

static void set_up(struct fixture *f, gconstpointer data)
{
	f->dir = g_dir_make_tmp("vexvm-symbols-XXXXXX", NULL);
	g_assert_nonnull(f->dir);
	f->ko = in_dir(f, "fixture.ko");
	f->symbols = symbols_new(f->dir);
	symbols_add_module(f->symbols, f->ko);
}

static void tear_down(struct fixture *f, gconstpointer data)
{
	symbols_free(f->symbols);
	g_assert_true(folder_remove(f->dir, NULL));
	g_free(f->ko);
	g_free(f->dir);
}

/* Offset in @name of the first place whose innermost frame is @function, at @line. */
static guint64 find_offset(struct fixture *f, const char *name, const char *function, guint line)
{
	for (guint64 offset = 0; offset < 256; offset++) {
		g_autoptr(symbol_place_owner) place =
			symbols_resolve(f->symbols, "fixture", name, offset, 0, false, NULL);
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

static void test_inlined(struct fixture *f, gconstpointer data)
{
	g_autoptr(symbol_place_owner) place = NULL;
	g_autoptr(GError) error = NULL;
	g_autofree char *best = NULL, *text = NULL;
	g_auto(GStrv) inlined = NULL;
	guint64 offset;

	make_module(f, "-g");
	offset = find_offset(f, "outer", "deepest", 5);
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
static void test_place(struct fixture *f, gconstpointer data)
{
	g_autofree char *title = g_strdup("kernel NULL pointer dereference in outer [fixture]");
	g_autofree char *place = NULL, *verdict = NULL;
	guint64 offset;

	make_module(f, "-g");
	offset = find_offset(f, "outer", "deepest", 5);
	place = symbols_place(f->symbols, "fixture", "outer", offset, 0, false, NULL);
	verdict = place ? g_strdup_printf("%s at %s", title, place) : g_strdup(title);
	g_assert_cmpstr(verdict, ==, "kernel NULL pointer dereference in outer [fixture] at first.c:5");
	g_assert_null(symbols_place(f->symbols, "fixture", "nothing", 0, 0, false, NULL));
	g_assert_null(symbols_place(f->symbols, "other", "outer", 0, 0, false, NULL));
	g_assert_null(symbols_place(f->symbols, NULL, "outer", 0, 0, false, NULL));
}

static guint64 gap_of(struct fixture *f, const char *name, guint which)
{
	g_autoptr(debug_info_owner) info = debug_info_open(f->ko, true, NULL);
	g_autoptr(GPtrArray) functions = debug_info_functions(info);

	for (guint i = 0; i < functions->len; i++) {
		const struct debug_function *d = functions->pdata[i];

		if (g_str_equal(d->name, name) && which-- == 0)
			return d->gap;
	}
	g_assert_not_reached();
}

/* A finding gets the line by the frame that is to blame, and the lines around it. */
static void test_locate(struct fixture *f, gconstpointer data)
{
	struct finding *finding = finding_new("oops", LAB_ERROR_KERNEL, "something in outer");
	struct frame *frame = g_new0(struct frame, 1);
	struct utimbuf later = { time(NULL) + 60, time(NULL) + 60 };
	g_autofree char *source = NULL, *text = NULL;

	make_module(f, "-g");
	frame->function = g_strdup("outer");
	frame->module = g_strdup("fixture");
	frame->offset = find_offset(f, "outer", "deepest", 5);
	frame->size = gap_of(f, "outer", 0);
	frame->exact = true;
	g_ptr_array_add(finding->trace, frame);
	locate_finding(finding, f->symbols, f->dir);
	g_assert_null(finding->file);
	g_assert_cmpstr(frame->place, ==, "first.c:5");
	finding->guilty = 0;
	locate_finding(finding, f->symbols, f->dir);
	g_assert_cmpstr(finding->file, ==, "first.c");
	g_assert_cmpuint(finding->file_line, ==, 5);
	g_assert_true(g_str_has_prefix(finding->excerpt, "      3  "));
	g_assert_nonnull(strstr(finding->excerpt, ">     5"));
	text = explain_text(finding);
	g_assert_nonnull(strstr(text, " [fixture]  first.c:5\n"
				      "             deepest at first.c:5, inlined in\n"
				      "             middle at first.c:9, inlined in\n"
				      "             outer at first.c:14\n"));
	/* Saved since: the lines may not be those that ran. */
	source = in_dir(f, "first.c");
	g_assert_cmpint(g_utime(source, &later), ==, 0);
	locate_finding(finding, f->symbols, f->dir);
	g_assert_true(g_str_has_prefix(finding->excerpt, "(changed since the module was built)\n"));
	finding_free(finding);
}

/* Of a leak: the call that made it, and of an object where it is declared. */
static void test_locate_leak(struct fixture *f, gconstpointer data)
{
	g_autoptr(GPtrArray) functions = audit_functions_new();
	g_autoptr(GPtrArray) leaks = NULL;
	g_autofree char *text = NULL;
	struct leak *call, *object;

	make_module(f, "-g");
	g_assert_true(audit_read_functions(f->ko, "fixture", functions, NULL));
	text = g_strdup_printf("section\tfixture\t.data 0x2000\t0\t1\n"
			       "thread\t7\tfixture outer+0x%" G_GINT64_MODIFIER "x/0x0\t0\t1\n"
			       "kthread\tlost\t7\t0\t1\n"
			       "timer\t0x2000\ttimer itself\t0\t1\n",
			       find_offset(f, "outer", "deepest", 5));
	leaks = audit_compare(text, functions, NULL);
	g_assert_cmpuint(leaks->len, ==, 2);
	call = leaks->pdata[0];
	object = leaks->pdata[1];
	for (guint i = 0; i < 2; i++) {
		locate_leak(call, f->symbols);
		locate_leak(object, f->symbols);
	}
	g_assert_cmpstr(call->file, ==, "first.c");
	g_assert_cmpuint(call->line, ==, 13);
	g_assert_cmpstr(object->function, ==, "clock");
	g_assert_cmpstr(object->file, ==, "first.c");
	g_assert_cmpuint(object->line, ==, 37);
	/* Without DWARF it stays as it is. */
	g_clear_pointer(&object->file, g_free);
	symbols_free(f->symbols);
	f->symbols = symbols_new(f->dir);
	symbols_add_module(f->symbols, f->ko);
	make_module(f, "-g0");
	locate_leak(object, f->symbols);
	g_assert_null(object->file);
}

/* What a call returns to is the next line's already. */
static void test_return_address(struct fixture *f, gconstpointer data)
{
	g_autofree char *at = NULL, *before = NULL;
	guint64 offset;

	make_module(f, "-g");
	offset = find_offset(f, "outer", "deepest", 5);
	at = symbols_place(f->symbols, "fixture", "outer", offset, 0, false, NULL);
	before = symbols_place(f->symbols, "fixture", "outer", offset, 0, true, NULL);
	g_assert_cmpstr(at, ==, "first.c:5");
	g_assert_cmpstr(before, ==, "first.c:13");
}

static void test_twins(struct fixture *f, gconstpointer data)
{
	g_autoptr(GError) error = NULL;
	g_autofree char *first = NULL, *second = NULL;
	guint64 one, two;

	make_module(f, "-g");
	one = gap_of(f, "twin", 0);
	two = gap_of(f, "twin", 1);
	g_assert_cmpuint(one, !=, two);
	first = symbols_place(f->symbols, "fixture", "twin", 0, one, false, NULL);
	second = symbols_place(f->symbols, "fixture", "twin", 0, two, false, NULL);
	g_assert_cmpstr(first, ==, "first.c:17");
	g_assert_cmpstr(second, ==, "second.c:3");
	g_assert_null(symbols_resolve(f->symbols, "fixture", "twin", 0, 0, false, &error));
	g_assert_error(error, LAB_ERROR, LAB_ERROR_BUILD);
	g_assert_nonnull(strstr(error->message, "several functions twin"));
}

static void test_other_build(struct fixture *f, gconstpointer data)
{
	g_autoptr(GError) error = NULL;

	make_module(f, "-g");
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
static void test_folders(struct fixture *f, gconstpointer data)
{
	g_autofree char *flags = g_strdup_printf("-g -fdebug-prefix-map=%s=/mnt/src", f->dir);
	g_autofree char *unmapped = NULL, *mapped = NULL;

	make_module(f, flags);
	unmapped = symbols_place(f->symbols, "fixture", "outer", 0, 0, false, NULL);
	g_assert_cmpstr(unmapped, ==, "/mnt/src/first.c:12");
	symbols_add_folder(f->symbols, "/mnt/sr", "/nowhere");
	symbols_add_folder(f->symbols, "/mnt/src", f->dir);
	mapped = symbols_place(f->symbols, "fixture", "outer", 0, 0, false, NULL);
	g_assert_cmpstr(mapped, ==, "first.c:12");
}

static void test_no_dwarf(struct fixture *f, gconstpointer data)
{
	g_autoptr(symbol_place_owner) place = NULL;

	make_module(f, "-g0");
	place = symbols_resolve(f->symbols, "fixture", "_RNvNtC7fixture4tree4find", 1, 0, false, NULL);
	g_assert_cmpstr(((struct symbol_frame *)place->frames->pdata[0])->function, ==, "fixture::tree::find");
	g_assert_null(symbols_place(f->symbols, "fixture", "outer", 1, 0, false, NULL));
}

/*
 * as writes no row with line 0, so it is given a line far off, and the step there
 * from line 9 (DW_LNS_advance_line and a signed LEB128) becomes one to 0.
 */
static void make_line_zero(struct fixture *f)
{
	static const char step[] = "\x03\x9c\x8d\x06", back[] = "\x03\xf7\xff\x7f"; /* +99996, -9 */
	g_autoptr(GRegex) regex = g_regex_new("^\t\\.loc 1 5 ", G_REGEX_MULTILINE, 0, NULL);
	g_autofree char *assembly = in_dir(f, "first.o"), *object = in_dir(f, "zero.o");
	g_autofree char *text = NULL, *moved = NULL, *bytes = NULL;
	gsize size;
	char *at;

	compile(f, "first.c", first_c, "first.o", "-g -gno-variable-location-views -S");
	g_assert_true(g_file_get_contents(assembly, &text, NULL, NULL));
	moved = g_regex_replace_literal(regex, text, -1, 0, "\t.loc 1 100005 ", 0, NULL);
	compile(f, "zero.s", moved, "zero.o", "");
	g_assert_true(g_file_get_contents(object, &bytes, &size, NULL));
	at = memmem(bytes, size, step, sizeof(step) - 1);
	g_assert_nonnull(at);
	memcpy(at, back, sizeof(back) - 1);
	g_assert_true(g_file_set_contents(object, bytes, (gssize)size, NULL));
	link_module(f, "zero.o", NULL);
}

/* Code that the compiler says belongs to no line: the caller's line is the best there is. */
static void test_line_zero(struct fixture *f, gconstpointer data)
{
	g_autofree char *best = NULL, *text = NULL;
	g_auto(GStrv) inlined = NULL;
	guint64 offset;

	make_line_zero(f);
	offset = find_offset(f, "outer", "deepest", 0);
	best = symbols_place(f->symbols, "fixture", "outer", offset, 0, false, &inlined);
	g_assert_cmpstr(best, ==, "first.c:9");
	text = g_strjoinv(", ", inlined);
	g_assert_cmpstr(text, ==, "deepest at first.c, middle at first.c:9, outer at first.c:14");
}

static void test_odd_name(struct fixture *f, gconstpointer data)
{
	g_autofree char *place = NULL;

	compile(f, "o d\n\033[2J\xff.c", first_c, "odd.o", "-g");
	link_module(f, "odd.o", NULL);
	place = symbols_place(f->symbols, "fixture", "outer", 0, 0, false, NULL);
	g_assert_cmpstr(place, ==, "o d \\x1b[2J\\xff.c:12");
}

/* A trace through code that is gone has sections only. */
static void test_section(struct fixture *f, gconstpointer data)
{
	g_autoptr(symbol_place_owner) start = NULL, behind = NULL;
	g_autoptr(GError) error = NULL;
	guint64 size;

	make_module(f, "-g");
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

/* So has the trace of a finding, and gets the function and its line. */
static void test_unloaded(struct fixture *f, gconstpointer data)
{
	struct finding *finding = finding_new("oops", LAB_ERROR_KERNEL, "something in unloaded.init.text");
	struct frame *frame = g_new0(struct frame, 1);

	make_module(f, "-g");
	frame->function = g_strdup("unloaded.init.text");
	frame->module = g_strdup("fixture");
	frame->exact = true;
	g_ptr_array_add(finding->trace, frame);
	finding->function = g_strdup("unloaded.init.text");
	finding->guilty = 0;
	locate_finding(finding, f->symbols, f->dir);
	g_assert_cmpstr(frame->function, ==, "start");
	g_assert_cmpuint(frame->size, >, 0);
	g_assert_cmpstr(finding->function, ==, "start");
	g_assert_cmpstr(finding->file, ==, "first.c");
	finding_free(finding);
}

/* A variable that is gone has a name and the line where it is declared. */
static void test_variable(struct fixture *f, gconstpointer data)
{
	struct finding *finding = finding_new("oops", LAB_ERROR_KERNEL, "something in unloaded.data");
	struct frame *owner = g_new0(struct frame, 1);
	guint64 offset, size;

	make_module(f, "-g");
	g_assert_null(symbols_object_at(f->symbols, "fixture", ".data", 4096, &offset, &size));
	owner->function = g_strdup("unloaded.data");
	owner->module = g_strdup("fixture");
	owner->offset = 2;
	finding->owner = owner;
	finding->function = g_strdup("unloaded.data");
	locate_finding(finding, f->symbols, f->dir);
	g_assert_cmpstr(owner->function, ==, "clock");
	g_assert_cmpuint(owner->offset, ==, 2);
	g_assert_cmpuint(owner->size, ==, sizeof(int));
	g_assert_cmpstr(finding->title, ==, "something in clock");
	g_assert_cmpstr(finding->file, ==, "first.c");
	g_assert_cmpuint(finding->file_line, ==, 37);
	finding_free(finding);
}

/* A FIFO is not waited for, and a module without symbols says so. */
static void test_unusable(struct fixture *f, gconstpointer data)
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
	make_module(f, "-g");
	spawn(strip, NULL);
	g_assert_null(debug_info_open(f->ko, true, &error));
	g_assert_nonnull(strstr(error->message, "has no symbols"));
	g_clear_error(&error);
	g_assert_null(debug_info_open("/proc/self/exe", true, &error));
	g_assert_nonnull(strstr(error->message, "is no kernel module"));
}

/* A kernel is linked: addresses of its own, no relocations. */
static void test_vmlinux(struct fixture *f, gconstpointer data)
{
	g_autofree char *kernel = in_dir(f, "vmlinux"), *a = in_dir(f, "first.o"), *place = NULL;
	const char *argv[] = { "ld", "-Ttext=0xffffffff81000000", "--unresolved-symbols=ignore-all",
			       "-e", "outer", "-o", kernel, a, NULL };

	compile(f, "first.c", first_c, "first.o", "-g");
	spawn(argv, NULL);
	symbols_set_vmlinux(f->symbols, kernel);
	place = symbols_place(f->symbols, NULL, "outer", 0, 0, false, NULL);
	g_assert_cmpstr(place, ==, "first.c:12");
}

/* binutils' answer for each byte of @section: "function file:line", innermost first. */
static char *reference(struct fixture *f, const char *section, guint64 size)
{
	g_autoptr(GPtrArray) argv = g_ptr_array_new_with_free_func(g_free);
	const char *const words[] = { "addr2line", "-a", "-i", "-f", "-C", "-e", f->ko, "-j", section };
	char *out = NULL;

	for (guint i = 0; i < G_N_ELEMENTS(words); i++)
		g_ptr_array_add(argv, g_strdup(words[i]));
	for (guint64 at = 0; at < size; at++)
		g_ptr_array_add(argv, g_strdup_printf("0x%x", (guint)at));
	g_ptr_array_add(argv, NULL);
	spawn((const char *const *)argv->pdata, &out);
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

static void compare_sections(struct fixture *f, const char *flags)
{
	static const char *const names[] = { ".text", ".init.text", ".text.unlikely", ".text.outer",
					     ".text.twin" };
	g_autoptr(debug_info_owner) info = NULL;
	guint compared = 0;

	make_module(f, flags);
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

static void test_reference(struct fixture *f, gconstpointer data)
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
	static const struct {
		const char *path;
		void (*test)(struct fixture *f, gconstpointer data);
	} tests[] = {
		{ "/symbols/inlined", test_inlined },
		{ "/symbols/place", test_place },
		{ "/symbols/locate", test_locate },
		{ "/symbols/unloaded", test_unloaded },
		{ "/symbols/variable", test_variable },
		{ "/symbols/locate-leak", test_locate_leak },
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
		{ "/symbols/reference", test_reference },
	};

	g_test_init(&argc, &argv, NULL);
	for (guint i = 0; i < G_N_ELEMENTS(tests); i++)
		g_test_add(tests[i].path, struct fixture, NULL, set_up, tests[i].test, tear_down);
	return g_test_run();
}
