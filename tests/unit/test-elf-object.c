// SPDX-License-Identifier: GPL-2.0-only
/* Objects and their disassembly, as they should be and as somebody might make them. */
#include <elf.h>
#include <glib/gstdio.h>

#include "lib/fault.h"
#include "libvm/ffi-rules.h"

static const char source[] =
	"static const int table[] = { 1, 2, 3 };\n"
	"extern int far(const int *p);\n"
	"int twice(int n) { return far(table) * n; }\n"
	"int thrice(int n) { return twice(n) + n; }\n";

struct fixture {
	char *dir, *path, *bad;
};

static void compile(const char *path)
{
	g_autofree char *c = g_strconcat(path, ".c", NULL);
	const char *argv[] = { "gcc", "-O1", "-fno-pic", "-fno-asynchronous-unwind-tables", "-fcf-protection=none", "-c",
			       "-o", path, c, NULL };
	g_autoptr(GError) error = NULL;
	int status;

	g_assert_true(g_file_set_contents(c, source, -1, NULL));
	g_spawn_sync(NULL, (char **)argv, NULL, G_SPAWN_SEARCH_PATH, NULL, NULL, NULL, NULL, &status, &error);
	g_assert_no_error(error);
	g_assert_cmpint(status, ==, 0);
	g_unlink(c);
}

static void set_up(struct fixture *f, gconstpointer data)
{
	f->dir = g_dir_make_tmp("vexvm-elf-XXXXXX", NULL);
	g_assert_nonnull(f->dir);
	f->path = g_build_filename(f->dir, "good.o", NULL);
	f->bad = g_build_filename(f->dir, "bad.o", NULL);
	compile(f->path);
}

static void tear_down(struct fixture *f, gconstpointer data)
{
	g_unlink(f->path);
	g_unlink(f->bad);
	g_rmdir(f->dir);
	g_free(f->path);
	g_free(f->bad);
	g_free(f->dir);
}

static void test_tables(struct fixture *f, gconstpointer data)
{
	g_autoptr(GError) error = NULL;
	g_autoptr(elf_object_owner) o = elf_object_read(f->path, &error);
	const struct elf_symbol *twice, *far;
	const struct elf_reloc *reloc;
	guint text;

	g_assert_no_error(error);
	text = elf_object_find_section(o, ".text");
	g_assert_cmpuint(text, >, 0);
	twice = elf_object_find(o, "twice");
	far = elf_object_find(o, "far");
	g_assert_cmpuint(twice->section, ==, text);
	g_assert_cmpuint(twice->type, ==, STT_FUNC);
	g_assert_true(elf_symbol_is_global(twice) && !elf_symbol_is_import(twice));
	g_assert_true(elf_symbol_is_import(far));
	g_assert_null(elf_object_find(o, "table"));
	g_assert_cmpuint(o->functions->len, ==, 2);
	g_assert_true(elf_object_function(o, text, twice->value) == twice);
	g_assert_true(elf_object_function(o, text, twice->value + twice->size - 1) == twice);
	g_assert_null(elf_object_function(o, text, 1 << 20));
	g_assert_null(elf_object_function(o, text + 1, 0));
	reloc = elf_object_reloc(o, text, 0, twice->size);
	g_assert_nonnull(reloc);
	g_assert_cmpuint(reloc->section, ==, text);
	g_assert_null(elf_object_reloc(o, text, reloc->offset + 1, reloc->offset + 1));
	g_assert_null(elf_object_section(o, G_MAXUINT));
	g_assert_null(elf_object_symbol(o, G_MAXUINT));
}

static void test_disassembly(struct fixture *f, gconstpointer data)
{
	static const char text[] =
		"core.o:     file format elf64-x86-64\n\nDisassembly of section .nothing:\n\n   0:\tnop\n"
		"Disassembly of section .text:\n\n0000000000000000 <twice>:\n"
		"   0:\tpush   %rbx\n   1:\tcs call 7 <twice+0x7>\n\t\t\t3: R_X86_64_PLT32 far-0x4\n"
		"   7:\tlock add %rax,0x0(%rip)        # e <twice+0xe>\n   e:\tcall   *0x8(%rdi)\n  11:\tfs\n"
		"  12:\trep stos %al,%es:(%rdi)\n\t...\n";
	static const struct { guint64 offset, end; const char *mnemonic, *operands; } expected[] = {
		{ 0, 1, "push", "%rbx" }, { 1, 7, "call", "7 <twice+0x7>" }, { 7, 14, "add", "%rax,0x0(%rip)" },
		{ 14, 17, "call", "*0x8(%rdi)" }, { 17, 18, "fs", "" },
	};
	g_autoptr(elf_object_owner) o = elf_object_read(f->path, NULL);
	g_autoptr(disassembly_owner) d = disassembly_parse(text, o, NULL);
	guint64 target;

	g_assert_cmpuint(d->code->len, ==, G_N_ELEMENTS(expected) + 1);
	for (guint i = 0; i < G_N_ELEMENTS(expected); i++) {
		const struct instruction *insn = disassembly_at(d, i);

		g_assert_cmpuint(insn->offset, ==, expected[i].offset);
		g_assert_cmpuint(insn->end, ==, expected[i].end);
		g_assert_cmpstr(insn->mnemonic, ==, expected[i].mnemonic);
		g_assert_cmpstr(insn->operands, ==, expected[i].operands);
	}
	g_assert_true(instruction_is_branch(disassembly_at(d, 1)));
	g_assert_true(instruction_target(disassembly_at(d, 1), &target));
	g_assert_cmpuint(target, ==, 7);
	g_assert_true(instruction_is_indirect(disassembly_at(d, 3)));
	g_assert_false(instruction_target(disassembly_at(d, 3), &target));
	g_assert_false(instruction_is_branch(disassembly_at(d, 2)));
	g_assert_null(disassembly_at(d, d->code->len));
}

static void test_refused(struct fixture *f, gconstpointer data)
{
	static const char *const paths[] = { "/dev/null", "/nonexistent.o", "/proc/self/exe", "/tmp" };

	for (guint i = 0; i < G_N_ELEMENTS(paths); i++) {
		g_autoptr(GError) error = NULL;

		g_assert_null(elf_object_read(paths[i], &error));
		g_assert_error(error, LAB_ERROR, LAB_ERROR_USAGE);
		g_assert_nonnull(strstr(error->message, paths[i]));
	}
}

/* Whatever the file says: no crash, and a verdict or an error. */
static void survive(struct fixture *f, const char *bytes, gsize size, const char *text)
{
	static const struct ffi_kernel kernel = { .rethunk = true, .retpoline = true, .sls = true, .ibt = true,
						  .orc = true };
	static const struct modinfo info = { .license = NULL };
	struct ffi_facts facts = { .name = "bad.o", .kernel = &kernel };
	g_autoptr(GPtrArray) verdicts = g_ptr_array_new_with_free_func((GDestroyNotify)ffi_verdict_free);
	g_autoptr(elf_object_owner) o = NULL;
	g_autoptr(disassembly_owner) d = NULL;
	g_autoptr(GError) error = NULL;
	g_autofree char *ktap = NULL;

	g_assert_true(g_file_set_contents(f->bad, bytes, (gssize)size, NULL));
	o = elf_object_read(f->bad, &error);
	if (!o) {
		g_assert_nonnull(error);
		return;
	}
	d = disassembly_parse(text, o, NULL);
	facts.object = o;
	facts.code = d;
	ffi_rules_judge(&facts, verdicts);
	facts.modinfo = &info;
	facts.foreign = o;
	ffi_rules_judge(&facts, verdicts);
	ktap = ffi_verdicts_ktap(verdicts);
	g_assert_true(g_utf8_validate(ktap, -1, NULL));
	for (const char *at = ktap; *at; at++)
		g_assert_true(*at == '\n' || (guchar)*at >= ' ');
}

static void test_hostile(struct fixture *f, gconstpointer data)
{
	const char *argv[] = { "objdump", "-d", "--no-show-raw-insn", f->path, NULL };
	g_autofree char *bytes = NULL, *text = NULL;
	gsize size;

	g_assert_true(g_file_get_contents(f->path, &bytes, &size, NULL));
	g_assert_true(g_spawn_sync(NULL, (char **)argv, NULL, G_SPAWN_SEARCH_PATH, NULL, NULL, &text, NULL, NULL, NULL));
	for (gsize cut = 0; cut < size; cut += cut < 128 ? 1 : 7)
		survive(f, bytes, cut, text);
	for (gsize at = 0; at < size; at++) {
		g_autofree char *copy = g_memdup2(bytes, size);

		copy[at] ^= (char)(1 << g_test_rand_int_range(0, 8));
		survive(f, copy, size, text);
	}
	for (guint round = 0; round < 1000; round++) {
		g_autofree char *copy = g_memdup2(bytes, size), *garbled = g_strdup(text);

		for (guint i = 0; i < 8; i++) {
			copy[g_test_rand_int_range(0, (gint32)size)] = (char)g_test_rand_int_range(0, 256);
			garbled[g_test_rand_int_range(0, (gint32)strlen(text))] = (char)g_test_rand_int_range(1, 256);
		}
		survive(f, copy, size, garbled);
	}
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
#define ADD(name, fn) g_test_add("/elf-object/" name, struct fixture, NULL, set_up, fn, tear_down)
	ADD("tables", test_tables);
	ADD("disassembly", test_disassembly);
	ADD("refused", test_refused);
	ADD("hostile", test_hostile);
#undef ADD
	return g_test_run();
}
