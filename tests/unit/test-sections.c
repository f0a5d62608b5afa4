// SPDX-License-Identifier: GPL-2.0-only
/*
 * Sections found in memory: an object file is laid out and relocated here as the
 * kernel does it, at addresses of the test's own. And what gdb is told of them.
 */
#include <fcntl.h>
#include <gelf.h>
#include <glib/gstdio.h>
#include <libelf.h>
#include <string.h>

#include "lib/fault.h"
#include "lib/fd.h"
#include "lib/folder.h"
#include "libvm/build.h"
#include "libvm/gdb.h"
#include "libvm/memory.h"
#include "libvm/kallsyms.h"
#include "libvm/sections.h"

#define BASE 0xffffffffc0100000ull
#define SIZE 65536
#define SECTIONS 64
#define HEAD (BASE + SIZE - 64)	/* of the list of modules */

static const char source_text[] =
	"struct module { int state; void *next, *prev; char name[56]; int (*init)(void); void (*exit)(void); };\n"
	"static const char license[] __attribute__((section(\".modinfo\"), used)) = \"license=GPL\";\n"
	"extern int printk(const char *, ...);\n"
	"static int counter = 3; static volatile int zero[4];\n"
	"static const int table[] = { 1, 2, 3 };\n"
	"__attribute__((noinline)) int work(int i)\n"
	"{ zero[i & 3] = counter++; return table[i & 1] + printk(\"here\"); }\n"
	"__attribute__((section(\".init.text\"), noinline)) int init_module(void) { return work(1) + 1; }\n"
	"__attribute__((section(\".exit.text\"), noinline)) void cleanup_module(void) { work(2); }\n"
	"struct module this_module __attribute__((section(\".gnu.linkonce.this_module\"))) =\n"
	"	{ .name = \"my_mod\", .init = init_module, .exit = cleanup_module };\n";

/* As a driver is: what it can do stands in a table that only its init names, and its exit calls the kernel. */
static const char source_table[] =
	"struct module { int state; void *next, *prev; char name[56]; int (*init)(void); void (*exit)(void); };\n"
	"static const char license[] __attribute__((section(\".modinfo\"), used)) = \"license=GPL\";\n"
	"extern int add(const void *), remove(int);\n"
	"static int counter = 3;\n"
	"__attribute__((section(\".text.unlikely\"), noinline)) int seldom(void) { return remove(counter); }\n"
	"__attribute__((noinline)) int work(int i) { return i ? counter++ : seldom(); }\n"
	"static int (*const table[])(int) = { work };\n"
	"__attribute__((section(\".init.text\"), noinline)) int init_module(void) { return add(table); }\n"
	"__attribute__((section(\".exit.text\"), noinline)) void cleanup_module(void) { remove(2); }\n"
	"struct module this_module __attribute__((section(\".gnu.linkonce.this_module\"))) =\n"
	"	{ .name = \"my_mod\", .init = init_module, .exit = cleanup_module };\n";

struct fixture {
	char *dir, *ko;
	guint8 *memory;		/* from BASE on */
	guint64 at[SECTIONS];	/* of the sections; 0 = not in memory */
	char *names[SECTIONS];
};

static bool read_memory(void *data, guint64 address, void *buf, gsize size)
{
	struct fixture *f = data;

	if (address < BASE || address - BASE > SIZE - size)
		return false;
	memcpy(buf, f->memory + (address - BASE), size);
	return true;
}

static void compile(struct fixture *f, const char *source)
{
	g_autofree char *c = g_build_filename(f->dir, "m.c", NULL);
	const char *argv[] = { "gcc", "-c", "-O1", "-mcmodel=kernel", "-fno-pic", "-o", f->ko, c, NULL };
	int status;

	g_assert_true(g_file_set_contents(c, source, -1, NULL));
	g_assert_true(g_spawn_sync(NULL, (char **)argv, NULL, G_SPAWN_SEARCH_PATH, NULL, NULL, NULL, NULL,
				   &status, NULL));
	g_assert_cmpint(status, ==, 0);
}

/* Code lies as the kernel lays it out, the init's elsewhere; of the rest no two distances are the same. */
static guint64 place_for(const char *name, const GElf_Shdr *header, guint i, guint64 *code, guint64 *next)
{
	guint64 at;

	if (header->sh_flags & SHF_EXECINSTR && !g_str_has_prefix(name, ".init")) {
		at = (*code + header->sh_addralign - 1) & ~(header->sh_addralign - 1);
		*code = at + header->sh_size;
		return at;
	}
	at = *next;
	*next += header->sh_size + 0x100 + i * 8;
	return at;
}

static void place(struct fixture *f, Elf *elf)
{
	guint64 code = BASE + 0x8000, next = BASE + 0x40;
	size_t names;

	g_assert_cmpint(elf_getshdrstrndx(elf, &names), ==, 0);
	for (guint i = 1; i < SECTIONS && elf_getscn(elf, i); i++) {
		Elf_Data *data = elf_getdata(elf_getscn(elf, i), NULL);
		GElf_Shdr header;

		g_assert_nonnull(gelf_getshdr(elf_getscn(elf, i), &header));
		f->names[i] = g_strdup(elf_strptr(elf, names, header.sh_name));
		if (!(header.sh_flags & SHF_ALLOC))
			continue;
		f->at[i] = place_for(f->names[i], &header, i, &code, &next);
		if (data->d_buf)
			memcpy(f->memory + (f->at[i] - BASE), data->d_buf, data->d_size);
	}
}

static void relocate(struct fixture *f, const GElf_Rela *rela, Elf_Data *symbols, guint64 base)
{
	guint64 at = base + rela->r_offset, value;
	GElf_Sym symbol;

	g_assert_nonnull(gelf_getsym(symbols, (int)GELF_R_SYM(rela->r_info), &symbol));
	value = (symbol.st_shndx < SECTIONS ? f->at[symbol.st_shndx] : 0) + symbol.st_value +
		(guint64)rela->r_addend;
	if (GELF_R_TYPE(rela->r_info) == R_X86_64_64) {
		memcpy(f->memory + (at - BASE), &value, 8);
		return;
	}
	if (GELF_R_TYPE(rela->r_info) != R_X86_64_32S)
		value -= at;
	memcpy(f->memory + (at - BASE), &value, 4);
}

static void load(struct fixture *f)
{
	auto_fd fd = open(f->ko, O_RDONLY | O_CLOEXEC);
	Elf_Scn *scn = NULL;
	GElf_Shdr header;
	Elf *elf;

	elf_version(EV_CURRENT);
	elf = elf_begin(fd, ELF_C_READ, NULL);
	place(f, elf);
	while ((scn = elf_nextscn(elf, scn))) {
		Elf_Data *symbols;
		GElf_Rela rela;

		gelf_getshdr(scn, &header);
		if (header.sh_type != SHT_RELA || !f->at[header.sh_info])
			continue;
		symbols = elf_getdata(elf_getscn(elf, header.sh_link), NULL);
		for (int i = 0; gelf_getrela(elf_getdata(scn, NULL), i, &rela); i++)
			relocate(f, &rela, symbols, f->at[header.sh_info]);
	}
	elf_end(elf);
}

static void set_up(struct fixture *f, gconstpointer data)
{
	f->dir = g_dir_make_tmp("vexvm-sections-XXXXXX", NULL);
	f->ko = g_build_filename(f->dir, "my-mod.ko", NULL);
	f->memory = g_malloc0(SIZE);
	compile(f, data ? data : source_text);
	load(f);
}

static void tear_down(struct fixture *f, gconstpointer data)
{
	for (guint i = 0; i < SECTIONS; i++)
		g_free(f->names[i]);
	g_assert_true(folder_remove(f->dir, NULL));
	g_free(f->memory);
	g_free(f->ko);
	g_free(f->dir);
}

static guint64 address_of(const struct fixture *f, const char *name)
{
	for (guint i = 1; i < SECTIONS && f->names[i]; i++)
		if (g_str_equal(f->names[i], name))
			return f->at[i];
	return 0;
}

/* Those that it finds lie there, and all of @wanted are among them. */
static void expect(struct fixture *f, bool init, const char *const *wanted)
{
	g_autoptr(GError) error = NULL;
	guint module, found = 0;
	g_autoptr(GPtrArray) steps = sections_steps(f->ko, init, &module, &error);
	g_autoptr(GArray) addresses = NULL;

	g_assert_no_error(error);
	addresses = sections_follow(steps, module, address_of(f, ".gnu.linkonce.this_module"), read_memory, f);
	for (guint i = 0; i < steps->len; i++) {
		const struct sections_step *s = steps->pdata[i];

		g_assert_cmphex(g_array_index(addresses, guint64, i), ==, f->at[s->section]);
		g_assert_cmpstr(s->name, ==, f->names[s->section]);
		found += g_strv_contains(wanted, s->name);
	}
	g_assert_cmpuint(found, ==, g_strv_length((char **)wanted));
}

static void test_init(struct fixture *f, gconstpointer data)
{
	static const char *const wanted[] = { ".init.text", ".exit.text", ".text", ".data", ".bss", NULL };

	expect(f, true, wanted);
}

/* The sections of its init are gone, and are not looked for. */
static void test_live(struct fixture *f, gconstpointer data)
{
	static const char *const wanted[] = { ".exit.text", ".text", ".data", ".bss", NULL };
	g_autoptr(GPtrArray) steps = NULL;
	guint module;

	memset(f->memory + (address_of(f, ".init.text") - BASE), 0xcc, 16);
	expect(f, false, wanted);
	steps = sections_steps(f->ko, false, &module, NULL);
	for (guint i = 0; i < steps->len; i++)
		g_assert_false(g_str_has_prefix(((struct sections_step *)steps->pdata[i])->name, ".init"));
}

/* No reference leads to the code that does the work; the other code's place does. */
static void test_beside(struct fixture *f, gconstpointer data)
{
	static const char *const wanted[] = { ".exit.text", ".text", ".text.unlikely", ".data", NULL };
	g_autoptr(GPtrArray) steps = NULL;
	g_autoptr(GArray) addresses = NULL;
	g_autofree char *text = NULL;
	guint64 at = address_of(f, ".gnu.linkonce.this_module"), moved;
	guint module;

	memset(f->memory + (address_of(f, ".init.text") - BASE), 0xcc, 16);
	expect(f, false, wanted);
	/* One that is not where such a layout has it says nothing of the others. */
	memcpy(&moved, f->memory + (at + 88 - BASE), sizeof(moved));
	g_assert_cmphex(moved, ==, address_of(f, ".exit.text"));
	moved += 8;
	memcpy(f->memory + (at + 88 - BASE), &moved, sizeof(moved));
	steps = sections_steps(f->ko, false, &module, NULL);
	addresses = sections_follow(steps, module, at, read_memory, f);
	for (guint i = 0; i < steps->len; i++)
		if (g_str_equal(((struct sections_step *)steps->pdata[i])->name, ".text"))
			g_assert_cmphex(g_array_index(addresses, guint64, i), ==, 0);
	text = sections_gdb(steps, module);
	g_assert_true(g_regex_match_simple("set \\$section_\\d+ = \\(unsigned long\\)\\(\\$section_\\d+ \\+ \\d+ - "
					   "\\(0\\)\\)\n", text, 0, 0));
}

static void put(struct fixture *f, guint64 address, guint64 value)
{
	memcpy(f->memory + (address - BASE), &value, sizeof(value));
}

static void test_list(struct fixture *f, gconstpointer data)
{
	guint64 module = address_of(f, ".gnu.linkonce.this_module");
	bool coming = true;

	put(f, HEAD, module + 8);
	put(f, module + 8, HEAD);
	g_assert_cmphex(sections_find_module(HEAD, "my_mod", read_memory, f, &coming), ==, module);
	g_assert_false(coming);
	f->memory[module - BASE] = 1;
	g_assert_cmphex(sections_find_module(HEAD, "my_mod", read_memory, f, &coming), ==, module);
	g_assert_true(coming);
	g_assert_cmphex(sections_find_module(HEAD, "my_mo", read_memory, f, &coming), ==, 0);
	/* A list that a guest has broken: it leads in a circle, or away. */
	put(f, module + 8, module + 8);
	g_assert_cmphex(sections_find_module(HEAD, "other", read_memory, f, &coming), ==, 0);
	put(f, module + 8, 0x1234);
	g_assert_cmphex(sections_find_module(HEAD, "other", read_memory, f, &coming), ==, 0);
	g_assert_cmphex(sections_find_module(0, "other", read_memory, f, &coming), ==, 0);
}

/* Nothing that a file says makes it read beyond what is there. */
static void test_hostile(struct fixture *f, gconstpointer data)
{
	g_autofree char *bytes = NULL;
	gsize size;
	guint module;

	g_assert_true(g_file_get_contents(f->ko, &bytes, &size, NULL));
	for (gsize i = 0; i < size; i += 3) {
		char saved = bytes[i];
		GPtrArray *steps;

		bytes[i] = (char)(saved ^ 0x55);
		g_assert_true(g_file_set_contents_full(f->ko, bytes, (gssize)size, G_FILE_SET_CONTENTS_NONE,
						       0644, NULL));
		steps = sections_steps(f->ko, true, &module, NULL);
		if (steps)
			g_array_unref(sections_follow(steps, module, BASE, read_memory, f));
		g_clear_pointer(&steps, g_ptr_array_unref);
		bytes[i] = saved;
	}
}

static void test_gdb(struct fixture *f, gconstpointer data)
{
	char *breaks[] = { (char *)"init_module", NULL };
	struct gdb_script script = { .target = "/run/a/gdb", .waits_for = f->ko, .do_init_module = 0xffffffff81001000,
				     .breaks = breaks, .source = "/home/a user's" };
	g_autoptr(GError) error = NULL;
	g_autofree char *text = gdb_script(&script, &error);

	g_assert_no_error(error);
	g_assert_nonnull(strstr(text, "set substitute-path " CONF_MOUNT_POINT " /home/a\\ user\\'s\n"
				"set substitute-path " BUILD_GUEST_COPY " /home/a\\ user\\'s\n"));
	g_assert_nonnull(strstr(text, "target remote /run/a/gdb\ntbreak *0xffffffff81001000 if "
				      "(*(unsigned long *)($rdi + 24) & 0xffffffffffffffUL) == 0x646f6d5f796dUL\n"));
	g_assert_nonnull(strstr(text, " -s .init.text $section_"));
	g_assert_nonnull(strstr(text, "echo vexvm: waiting for my_mod to be loaded: load it in another terminal "
				"('vexvm ssh', then insmod); Ctrl-C ends the wait\\n\n"));
	g_assert_true(g_str_has_suffix(text, "break init_module\ncontinue\n"));
	breaks[0] = (char *)"a\nshell rm -rf /";
	g_assert_null(gdb_script(&script, &error));
	g_assert_error(error, LAB_ERROR, LAB_ERROR_USAGE);
}

/* What a module's file calls its sections is one word of one command, or no script at all. */
static void test_gdb_names(void)
{
	g_autoptr(GPtrArray) placed = g_ptr_array_new(), names = g_ptr_array_new();
	g_autoptr(GArray) addresses = g_array_new(FALSE, FALSE, sizeof(guint64));
	struct placed module = { .name = (char *)"a", .file = (char *)"/a.ko", .names = names,
				 .addresses = addresses };
	struct gdb_script script = { .core = "/vmcore", .placed = placed };
	g_autoptr(GError) error = NULL;
	g_autofree char *text = NULL;
	guint64 base = BASE;

	g_ptr_array_add(placed, &module);
	g_ptr_array_add(names, (char *)".text 0 -s b");
	g_array_append_val(addresses, base);
	text = gdb_script(&script, &error);
	g_assert_no_error(error);
	g_assert_nonnull(strstr(text, "add-symbol-file /a.ko -s .text\\ 0\\ -s\\ b 0x"));
	names->pdata[0] = (char *)".text\nshell rm -rf /";
	g_assert_null(gdb_script(&script, &error));
	g_assert_error(error, LAB_ERROR, LAB_ERROR_USAGE);
}

static void test_kallsyms(void)
{
	g_autoptr(JsonObject) object = json_object_new();
	struct kallsyms symbols, again;

	kallsyms_parse("ffffffffae749360 t do_init_module\n0\nffffffffc0001000 d modules\t[other]\n"
		       "ffffffffb01292a0 D modules\n nonsense", &symbols);
	g_assert_cmphex(symbols.do_init_module, ==, 0xffffffffae749360);
	g_assert_cmphex(symbols.modules, ==, 0xffffffffb01292a0);
	kallsyms_put(object, &symbols);
	kallsyms_get(object, &again);
	g_assert_cmphex(again.modules, ==, symbols.modules);
	g_assert_cmphex(again.do_init_module, ==, symbols.do_init_module);
	kallsyms_get(NULL, &again);
	g_assert_cmphex(again.modules, ==, 0);
	kallsyms_parse("", &symbols);
	g_assert_cmphex(symbols.modules, ==, 0);
}

static void add(const char *name, void (*test)(struct fixture *f, gconstpointer data))
{
	g_test_add(name, struct fixture, NULL, set_up, test, tear_down);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	add("/sections/of a module in its init", test_init);
	add("/sections/of a live module", test_live);
	g_test_add("/sections/of code that only an init names", struct fixture, source_table, set_up, test_beside,
		   tear_down);
	add("/sections/the list of modules", test_list);
	add("/sections/hostile files", test_hostile);
	add("/sections/gdb", test_gdb);
	g_test_add_func("/sections/gdb, names", test_gdb_names);
	g_test_add_func("/sections/kallsyms", test_kallsyms);
	return g_test_run();
}
