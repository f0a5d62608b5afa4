// SPDX-License-Identifier: GPL-2.0-only
/*
 * Each rule for foreign code is seen to be broken by an object that breaks it, and
 * kept by one that is as near to that as it can be. The objects are assembled here.
 */
#include <glib/gstdio.h>

#include "libvm/ffi-rules.h"

/* Functions as a compiler and objtool leave them for a kernel with return thunks and ORC. */
static const char macros[] =
	".macro begin name\n .text\n .type \\name,@function\n\\name:\n"
	" .pushsection .orc_unwind_ip,\"a\"\n .long \\name - .\n .popsection\n"
	" .pushsection .orc_unwind,\"a\"\n .zero 6\n .popsection\n.endm\n"
	".macro end name\n .size \\name,.-\\name\n.endm\n"
	".macro return\n771: jmp __x86_return_thunk\n"
	" .pushsection .return_sites,\"a\"\n .long 771b - .\n .popsection\n.endm\n";
static const char sound[] =
	".globl core_add\nbegin core_add\n lea (%rdi,%rsi),%rax\n return\nend core_add\n"
	".globl core_abi_0123456789abcdef\n.section .rodata\n"
	".type core_abi_0123456789abcdef,@object\ncore_abi_0123456789abcdef: .byte 1\n"
	".size core_abi_0123456789abcdef,1\n";
static const char module[] =
	".section .modinfo,\"a\"\n.asciz \"license=GPL\"\n.asciz \"name=mine\"\n.asciz \"vermagic=6.1.0 SMP\"\n"
	".section .gnu.linkonce.this_module,\"aw\"\n.zero 24\n.asciz \"mine\"\n.zero 128\n"
	".section .init.data,\"aw\"\n.quad core_abi_0123456789abcdef\n";

static const struct ffi_kernel debian = {
	.rethunk = true, .retpoline = true, .sls = true, .stack_protector = true, .orc = true,
};
static const struct ffi_kernel tracked = { .ibt = true, .whole = true, .orc = true };
static const struct ffi_kernel plain = { .sls = true };
static const struct ffi_kernel constructing = { .constructors = true };

struct fixture {
	char *dir, *path;
	GPtrArray *verdicts;
};

static void set_up(struct fixture *f, gconstpointer data)
{
	f->dir = g_dir_make_tmp("vexvm-ffi-XXXXXX", NULL);
	g_assert_nonnull(f->dir);
	f->path = g_build_filename(f->dir, "core.o", NULL);
	f->verdicts = g_ptr_array_new_with_free_func((GDestroyNotify)ffi_verdict_free);
}

static void tear_down(struct fixture *f, gconstpointer data)
{
	g_ptr_array_unref(f->verdicts);
	g_unlink(f->path);
	g_rmdir(f->dir);
	g_free(f->path);
	g_free(f->dir);
}

static void assemble(struct fixture *f, const char *text)
{
	g_autofree char *source = g_build_filename(f->dir, "core.s", NULL);
	g_autofree char *all = g_strconcat(macros, text, "\n", NULL);
	const char *argv[] = { "as", "-o", f->path, source, NULL };
	g_autoptr(GError) error = NULL;
	int status;

	g_assert_true(g_file_set_contents(source, all, -1, NULL));
	g_spawn_sync(NULL, (char **)argv, NULL, G_SPAWN_SEARCH_PATH, NULL, NULL, NULL, NULL, &status, &error);
	g_assert_no_error(error);
	g_assert_cmpint(status, ==, 0);
	g_unlink(source);
}

/* All rules on @text; a module where it says so. */
static void judge(struct fixture *f, const char *text, const struct ffi_kernel *kernel,
		  const struct elf_object *foreign)
{
	char *functions[] = { (char *)"core_add", NULL }, *optional[] = { (char *)"core_test", NULL };
	struct ffi_table table = { .functions = functions, .optional = optional,
				   .hash_prefix = (char *)"core_abi_",
				   .hash_symbol = (char *)"core_abi_0123456789abcdef" };
	g_autoptr(GPtrArray) imports = ffi_imports_parse("# any\nmem(cpy|set)\n__x86_.*\n", NULL);
	g_autoptr(modinfo_owner) info = NULL;
	g_autoptr(elf_object_owner) object = NULL;
	g_autoptr(disassembly_owner) code = NULL;
	struct ffi_facts facts = { .name = "core.o", .kernel = kernel, .table = &table, .imports = imports,
				   .foreign = foreign };
	g_autoptr(GError) error = NULL;

	assemble(f, text);
	object = elf_object_read(f->path, &error);
	g_assert_no_error(error);
	code = disassembly_run(f->path, object, &error);
	g_assert_no_error(error);
	if (elf_object_find_section(object, ".gnu.linkonce.this_module"))
		facts.modinfo = info = modinfo_read(f->path, &error);
	g_assert_no_error(error);
	facts.object = object;
	facts.code = code;
	g_ptr_array_set_size(f->verdicts, 0);
	ffi_rules_judge(&facts, f->verdicts);
}

static const struct ffi_verdict *verdict_of(struct fixture *f, const char *rule)
{
	g_autofree char *name = g_strdup_printf("core.o %s", rule);

	for (guint i = 0; i < f->verdicts->len; i++) {
		const struct ffi_verdict *v = f->verdicts->pdata[i];

		if (g_str_equal(v->name, name))
			return v;
	}
	g_test_message("no rule '%s'", rule);
	g_assert_not_reached();
	return NULL;
}

struct row {
	const char *rule, *text;
	const char *says;	/* a regex for the first detail; NULL = it passes, "" = it is skipped */
	const struct ffi_kernel *kernel;
};

static void check(struct fixture *f, const struct row *row, const char *text)
{
	const struct ffi_verdict *v;
	const char *detail;

	g_test_message("%s: %s", row->rule, row->text);
	judge(f, text, row->kernel ? row->kernel : &debian, NULL);
	v = verdict_of(f, row->rule);
	detail = v->details->len ? v->details->pdata[0] : "";
	g_test_message("-> %s: %s", outcome_name(v->outcome), detail);
	g_assert_cmpint(v->outcome, ==, !row->says ? OUTCOME_PASS : *row->says ? OUTCOME_FAIL : OUTCOME_SKIP);
	if (row->says && *row->says) {
		g_assert_true(g_regex_match_simple(row->says, detail, 0, 0));
		g_assert_nonnull(v->remedy);
		g_assert_null(strchr(v->remedy, '\n'));
	}
}

static void test_sound(struct fixture *f, gconstpointer data)
{
	g_autofree char *ko = g_strconcat(sound, module, NULL);

	judge(f, sound, &debian, NULL);
	g_assert_true(ffi_verdicts_passed(f->verdicts));
	g_assert_cmpuint(f->verdicts->len, ==, 18);
	judge(f, ko, &debian, NULL);
	g_assert_true(ffi_verdicts_passed(f->verdicts));
	g_assert_cmpuint(f->verdicts->len, ==, 18);
}

#define FRAME "push %rbp\n mov %rsp,%rbp\n "
/* @text in a local function of its own beside what is sound. */
#define INSIDE(text) "begin inner\n" text "\n return\nend inner\n"

static const struct row rows[] = {
	{ "abi hash", ".globl core_abi_ffff\n.set core_abi_ffff,1", "core_abi_ffff is of another ABI" },
	{ "exports", ".globl extra\nbegin extra\n return\nend extra", "^extra is exported" },
	{ "exports", ".globl core_test\nbegin core_test\n return\nend core_test", NULL },
	{ "exports", INSIDE("nop"), NULL },
	{ "imports", INSIDE("call printk"), "^printk is wanted, at inner\\+0x1 \\(.text\\)" },
	{ "imports", INSIDE("call memcpyx"), "^memcpyx is wanted" },
	{ "imports", INSIDE("call memcpy"), NULL },
	{ "arithmetic helpers", INSIDE("call __udivti3"), "^__udivti3 is wanted, at inner" },
	{ "arithmetic helpers", INSIDE("call __muloti4"), "^__muloti4" },
	{ "arithmetic helpers", INSIDE("call __mulsf3"), "^__mulsf3" },
	{ "arithmetic helpers", INSIDE("call __addtf3"), "^__addtf3" },
	{ "arithmetic helpers", INSIDE("call __floatundidf"), "^__floatundidf" },
	{ "arithmetic helpers", INSIDE("call __extendsfdf2"), "^__extendsfdf2" },
	{ "arithmetic helpers", INSIDE("call __powidf2"), "^__powidf2" },
	{ "arithmetic helpers", INSIDE("call __truncsfbf2"), "^__truncsfbf2" },
	{ "arithmetic helpers", INSIDE("call __extendbfsf2"), "^__extendbfsf2" },
	{ "arithmetic helpers", INSIDE("call __muldc3"), "^__muldc3" },
	{ "arithmetic helpers", INSIDE("call __divtc3"), "^__divtc3" },
	{ "arithmetic helpers", INSIDE("call __divsi\n call __mulc3\n call __powif2"), NULL },
	{ "unwinding", INSIDE("call _Unwind_Resume"), "^_Unwind_Resume" },
	{ "unwinding", INSIDE("call rust_eh_personality"), "^rust_eh_personality" },
	{ "unwinding", ".section .eh_frame,\"a\"\n.quad 0", "section \\.eh_frame would be loaded" },
	{ "unwinding", ".section .gcc_except_table,\"a\"\n.quad 0", "\\.gcc_except_table" },
	{ "unwinding", ".section .debug_frame\n.quad 0", NULL },
	{ "allocation", INSIDE("call _RNvCs1_7___rustc12___rust_alloc"), "^__rustc::__rust_alloc is wanted" },
	{ "allocation", INSIDE("call __rust_dealloc"), "^__rust_dealloc is wanted" },
	{ "allocation", INSIDE("call malloc"), "^malloc is wanted" },
	{ "allocation", INSIDE("call calloc"), "^calloc is wanted" },
	{ "allocation", INSIDE("call realloc"), "^realloc is wanted" },
	{ "allocation", INSIDE("call free"), "^free is wanted" },
	{ "allocation", INSIDE("call _Znwm"), "^_Znwm is wanted" },
	{ "allocation", INSIDE("call _ZdlPvm"), "^_ZdlPvm is wanted" },
	{ "allocation", INSIDE("call _RNvCs1_7___rustc8___rg_oom"), "^__rustc::__rg_oom is wanted" },
	{ "allocation", INSIDE("call _ZN5alloc5alloc18handle_alloc_error17h0123456789abcdefE"),
	  "^alloc::alloc::handle_alloc_error is wanted" },
	/* A function of the file's own, and one of the kernel's. */
	{ "allocation", "begin free\n return\nend free\n" INSIDE("call free\n call kfree"), NULL },
	{ "sections", ".section .both,\"awx\"\n.quad 0", "\\.both is writable and executable" },
	{ "sections", ".section .init_array,\"aw\"\n.quad 0", "\\.init_array holds constructors" },
	{ "sections", ".section .init_array,\"aw\"\n.quad 0", NULL, &constructing },
	{ "sections", ".section .ctors,\"aw\"\n.quad 0", "\\.ctors holds constructors" },
	{ "sections", ".section .tdata,\"awT\",@progbits\n.quad 0", "\\.tdata is thread-local" },
	{ "sections", ".section .tbss,\"awT\",@nobits\n.zero 8", "\\.tbss is thread-local" },
	{ "sections", ".comm shared,8,8", "^shared is a common symbol" },
	{ "sections", ".lcomm kept,8\n.set fixed,5\n.globl fixed", NULL },
	{ "sections", ".text\n.type chosen,@gnu_indirect_function\nchosen: ret\n.size chosen,1",
	  "^chosen is an indirect function" },
	{ "relocations", INSIDE("mov there@GOTPCREL(%rip),%rax"), "^R_X86_64_(REX_)?GOTPCRELX? at inner.* against there" },
	{ "relocations", INSIDE("mov there@GOTTPOFF(%rip),%rax"), "^R_X86_64_GOTTPOFF" },
	{ "relocations", INSIDE("movabs $there@GOTOFF,%rax"), "^R_X86_64_GOTOFF64" },
	{ "relocations", INSIDE("mov $there,%rdi\n movabs $there,%rax\n call there@PLT"), NULL },
	{ "relocations", ".section .debug_info\n.quad there@DTPOFF", NULL },
	{ "registers", INSIDE("addps %xmm1,%xmm0"), "^addps %xmm1,%xmm0 at inner" },
	{ "registers", INSIDE("vpxor %ymm1,%ymm1,%ymm1"), "%ymm1" },
	{ "registers", INSIDE("vpxord %zmm1,%zmm1,%zmm1"), "%zmm1" },
	{ "registers", INSIDE("kmovw %eax,%k1"), "%k1" },
	{ "registers", INSIDE("paddb %mm1,%mm0"), "%mm1" },
	{ "registers", INSIDE("fld %st(1)"), "^fld " },
	{ "registers", INSIDE("fldl (%rdi)"), "^fldl \\(%rdi\\)" },
	{ "registers", INSIDE("fldz"), "^fldz" },
	{ "registers", INSIDE("emms"), "^emms" },
	{ "registers", INSIDE("ldmxcsr (%rdi)"), "^ldmxcsr" },
	{ "registers", INSIDE("mov %fs:0,%rax\n fs nop\n mov %gs:0,%rax\n rep stosb"), NULL },
	{ "red zone", INSIDE("mov %rax,-0x8(%rsp)"), "^mov %rax,-0x8\\(%rsp\\) at inner" },
	{ "red zone", INSIDE("lock addl $1,-0x4(%rsp)"), "^addl" },
	{ "red zone", INSIDE("mov -0x8(%rsp,%rax,8),%rcx\n lea -0x8(%rsp),%rax\n mov 0x8(%rsp),%rax\n"
			     "lock addl $0,-4(%rsp)\n mov -8(%rdi),%rax"), NULL },
	{ "red zone", INSIDE("movb %al,-0x8(%rsp,%rbx,1)"), "^mov %al,-0x8\\(%rsp,%rbx,1\\) at inner" },
	{ "red zone", INSIDE("push %rbx\n movb %al,-0x88(%rsp,%rdi,1)"), "^mov %al,-0x88" },
	{ "red zone", INSIDE("sub $8,%rsp\n movb %al,-0x1(%rsp,%rdi,1)"), NULL },
	{ "red zone", INSIDE("mov %eax,-0x8(%esp)"), "^mov %eax,-0x8\\(%esp\\)" },
	/* By the frame pointer: as gcc -fno-omit-frame-pointer and rustc -Cforce-frame-pointers use it. */
	{ "red zone", INSIDE(FRAME "mov %rdi,-0x20(%rbp)\n pop %rbp"), "^mov %rdi,-0x20\\(%rbp\\) at inner\\+0x4" },
	{ "red zone", INSIDE(FRAME "push %rbx\n sub $0x8,%rsp\n mov %rdi,-0x18(%rbp)\n leave"), "^mov %rdi,-0x18" },
	{ "red zone", INSIDE(FRAME "mov %dl,-0x20(%rbp,%rdi,1)\n pop %rbp"), "^mov %dl,-0x20\\(%rbp,%rdi,1\\)" },
	{ "red zone", INSIDE("enter $8,$0\n mov %rdi,-0x10(%rbp)\n leave"), "^mov %rdi,-0x10" },
	{ "red zone", INSIDE(FRAME "push %rbx\n sub $0x18,%rsp\n mov %rdi,-0x20(%rbp)\n leave"), NULL },
	{ "red zone", INSIDE(FRAME "and $-32,%rsp\n mov %rdi,-0x20(%rbp)\n leave"), NULL },
	{ "red zone", INSIDE(FRAME "sub $0x8,%rsp\n mov %dl,-0x28(%rbp,%rdi,8)\n leave"), NULL },
	{ "red zone", INSIDE(FRAME "lea -0x20(%rbp),%rax\n mov %rdi,0x10(%rbp)\n pop %rbp"), NULL },
	{ "red zone", INSIDE(FRAME "sub %rax,%rsp\n mov %rdi,-0x40(%rbp)\n leave"), NULL },
	/* A register as any other. */
	{ "red zone", INSIDE(FRAME "mov %rdi,%rbp\n mov %rdi,-0x20(%rbp)\n pop %rbp"), NULL },
	{ "red zone", INSIDE("mov %rdi,-0x20(%rbp)"), NULL },
	{ "red zone", INSIDE(FRAME "mov %rax,%gs:-0x20(%rbp)\n pop %rbp"), NULL },
	{ "stack use", INSIDE("sub $0x408,%rsp"), "^1032 bytes of stack at once at inner" },
	{ "stack use", INSIDE("add $-2048,%rsp"), "^2048 bytes" },
	{ "stack use", INSIDE("lea -0x1000(%rsp),%rsp"), "^4096 bytes" },
	{ "stack use", INSIDE("lea -0x4000(%rbp),%rsp"), "^16384 bytes" },
	{ "stack use", INSIDE("enter $0x4000,$0"), "^16384 bytes" },
	{ "stack use", INSIDE("sub $0x4000,%esp"), "^16384 bytes" },
	{ "stack use", INSIDE("add $-0x4000,%esp"), "^16384 bytes" },
	{ "stack use", INSIDE("sub %rax,%rsp"), "^a stack whose size no constant says: sub %rax,%rsp at inner" },
	{ "stack use", INSIDE("mov %rcx,%rsp"), "^a stack whose size no constant says: mov %rcx,%rsp" },
	{ "stack use", INSIDE("lea (%rsp,%rax,1),%rsp"), "^a stack whose size no constant says: lea" },
	{ "stack use", INSIDE("enter $0x400,$0\n lea -0x28(%rbp),%rsp\n and $-32,%rsp\n mov %rbp,%rsp\n"
			      "cmp %rax,%rsp\n lea 0x4000(%rsp),%rsp\n sub %rsp,%rax"), NULL },
	{ "stack use", INSIDE("sub $0x400,%rsp\n add $0x1000,%rsp\n sub $0x1000,%rax"), NULL },
	{ "stack protector", INSIDE("call __stack_chk_fail"), "%gs:0x28 is never read" },
	{ "stack protector", INSIDE("mov %gs:40,%rax\n call __stack_chk_fail"), NULL },
	{ "stack protector", INSIDE("mov %gs:40,%rax\n mov __stack_chk_guard,%rcx\n call __stack_chk_fail"),
	  "__stack_chk_guard" },
	{ "return thunks", INSIDE("ret"), "^a naked ret at inner\\+0x0 \\(.text\\)" },
	{ "return thunks", INSIDE("repz ret"), "^a naked ret" },
	{ "return thunks", INSIDE("jmp __x86_return_thunk"), "\\.return_sites does not list at inner\\+0x0" },
	{ "return thunks", INSIDE("je __x86_return_thunk"), "\\.return_sites does not list" },
	{ "return thunks", INSIDE("ret\n int3"), "", &plain },
	{ "indirect branches", INSIDE("call *%rax"), "^a naked indirect branch at inner" },
	{ "indirect branches", INSIDE("jmp *table(,%rax,8)"), "^a naked indirect branch" },
	{ "indirect branches", INSIDE("call __x86_indirect_thunk_r11"), "\\.retpoline_sites does not list at inner" },
	{ "indirect branches", INSIDE("772: call __x86_indirect_thunk_r11\n .pushsection .retpoline_sites,\"a\"\n"
				      ".long 772b - .\n.popsection\n call *pv_ops+8"), NULL },
	{ "indirect branches", INSIDE("call *%rax"), "", &plain },
	{ "straight-line speculation", INSIDE("ret\n nop"), "^no int3 behind what does not go on at inner", &plain },
	{ "straight-line speculation", INSIDE("jmp *%rax\n nop"), "^no int3", &plain },
	{ "straight-line speculation", INSIDE("call *%rax\n nop\n ret\n int3\n jmp *%rax\n int3"), NULL, &plain },
	{ "straight-line speculation", INSIDE("ret"), "", &tracked },
	{ "branch tracking", "nop", "^no endbr64 at core_add", &tracked },
	{ "branch tracking", "nop", "" },
	{ "objtool", ".text\n.type bare,@function\nbare: nop\n.size bare,1\n.section .other,\"ax\"\n"
		     ".type lost,@function\nlost: nop\n.size lost,1", "^lost \\(.other\\) has no entry in .orc_unwind_ip" },
	{ "objtool", "nop", "", &plain },
	{ "objtool", "nop", "", &tracked },
};

static void test_rows(struct fixture *f, gconstpointer data)
{
	for (guint i = 0; i < G_N_ELEMENTS(rows); i++) {
		g_autofree char *text = g_strconcat(sound, rows[i].text, NULL);

		check(f, &rows[i], text);
	}
}

/* Without what a sound one has. */
static void test_lacks(struct fixture *f, gconstpointer data)
{
	static const struct row lacks[] = {
		{ "abi hash", ".globl core_add\nbegin core_add\n return\nend core_add", "0123456789abcdef is not defined" },
		{ "exports", "begin inner\n return\nend inner", "^core_add\\(\\) is in the ABI table and not defined" },
		{ "exports", ".data\n.globl core_add\n.type core_add,@object\ncore_add: .quad 0\n.size core_add,8",
		  "^core_add is no function" },
		{ "objtool", ".globl core_add\n.type core_add,@function\ncore_add: nop\n.size core_add,1",
		  "^there is no .orc_unwind" },
		{ "sections", ".data\n.quad 0", "^there is no code in .text" },
		{ "objtool", ".data\n.quad 0", "" },
		{ "return thunks", ".globl core_add\ncore_add: jmp __x86_return_thunk", "\\.return_sites does not list" },
		{ "stack protector", "nop", "" },
	};

	for (guint i = 0; i < G_N_ELEMENTS(lacks); i++)
		check(f, &lacks[i], lacks[i].text);
}

#define PANICKING "_RNvNtCs2DxGA1hvVcO_4core9panicking9panic_fmt"
#define SLICING "_RNvNtCs2DxGA1hvVcO_4core5slice5wrong"

static void test_panics(struct fixture *f, gconstpointer data)
{
	static const struct row panics[] = {
		{ "panics", INSIDE("call " PANICKING), "^core::panicking::panic_fmt can be reached from inner\\+0x0 " },
		/* Called without a relocation, since both lie in one section. */
		{ "panics", "begin " PANICKING "\n ud2\nend " PANICKING "\n" INSIDE("nop\n call " PANICKING),
		  "^core::panicking::panic_fmt can be reached from inner\\+0x1" },
		{ "panics", "begin " SLICING "\n call " PANICKING "\nend " SLICING "\n" INSIDE("je " SLICING),
		  "^core::slice::wrong can be reached from inner" },
		{ "panics", "begin " PANICKING "\n call core_rust_panic\nend " PANICKING "\n" INSIDE("nop"), NULL },
		{ "panics", "begin " SLICING "\n call " PANICKING "\nend " SLICING "\n" INSIDE("nop"), NULL },
		{ "panics", "begin _ZN4core9panicking5panic17h0123456789abcdefE\n ud2\nend "
			    "_ZN4core9panicking5panic17h0123456789abcdefE\n.section .rodata\n"
			    ".quad _ZN4core9panicking5panic17h0123456789abcdefE",
		  "^core::panicking::panic can be reached from .rodata\\+0x1" },
		{ "panics", INSIDE("call core_rust_panic"), "^core_rust_panic can be reached from inner" },
		{ "panics", ".globl core_rust_panic\nbegin core_rust_panic\n ud2\nend core_rust_panic\n"
			    INSIDE("call core_rust_panic"), NULL },
	};

	for (guint i = 0; i < G_N_ELEMENTS(panics); i++) {
		g_autofree char *text = g_strconcat(sound, panics[i].text, NULL);

		check(f, &panics[i], text);
	}
}

static void replace(GString *text, const char *from, const char *to)
{
	g_assert_cmpuint(g_string_replace(text, from, to, 1), ==, 1);
}

static void test_module(struct fixture *f, gconstpointer data)
{
	static const struct { struct row row; const char *from, *to; } changes[] = {
		{ { "license", "", "^the license is Proprietary" }, "license=GPL", "license=Proprietary" },
		{ { "license", "", "^the license is not given" }, "license=GPL", "nothing=GPL" },
		{ { "license", "", NULL }, "license=GPL", "license=Dual BSD/GPL" },
		{ { "modinfo", "", "^the module has no vermagic" }, "vermagic=6.1.0 SMP", "other=1" },
		{ { "abi hash", "", "is read by nothing in the module" }, ".quad core_abi_0123456789abcdef", ".quad 0" },
		/* Only debuggers read that. */
		{ { "abi hash", "", "is read by nothing in the module" }, ".init.data,\"aw\"", ".debug_info,\"\"" },
		{ { "registers", "", "" }, "lea (%rdi", "call kernel_fpu_begin\n addps %xmm1,%xmm0\n lea (%rdi" },
		{ { "registers", "", "^addps" }, "lea (%rdi", "addps %xmm1,%xmm0\n lea (%rdi" },
		{ { "stack use", "", NULL }, "lea (%rdi", "sub %rax,%rsp\n lea (%rdi" },
		{ { "branch tracking", "", NULL, &tracked }, "lea (%rdi", "endbr64\n lea (%rdi" },
	};

	for (guint i = 0; i < G_N_ELEMENTS(changes); i++) {
		g_autoptr(GString) text = g_string_new(sound);

		g_string_append(text, module);
		replace(text, changes[i].from, changes[i].to);
		check(f, &changes[i].row, text->str);
	}
}

/* A module that lacks what the foreign object in it defines. */
static void test_linked(struct fixture *f, gconstpointer data)
{
	g_autoptr(elf_object_owner) foreign = NULL;
	g_autofree char *ko = g_strconcat(sound, module, NULL);
	g_autofree char *other = g_strconcat("nop\n", INSIDE("call core_add"), module, NULL);

	assemble(f, sound);
	foreign = elf_object_read(f->path, NULL);
	judge(f, ko, &debian, foreign);
	g_assert_cmpint(verdict_of(f, "linked whole")->outcome, ==, OUTCOME_PASS);
	judge(f, other, &debian, foreign);
	g_assert_cmpint(verdict_of(f, "linked whole")->outcome, ==, OUTCOME_FAIL);
	g_assert_cmpuint(verdict_of(f, "linked whole")->details->len, ==, 2);
	/* Sealing is asked for where it is known that there is something to seal. */
	judge(f, ko, &tracked, foreign);
	g_assert_nonnull(strstr(verdict_of(f, "branch tracking")->details->pdata[1], ".ibt_endbr_seal"));
}

/* Code that nobody could look at has not passed. */
static void test_no_code(struct fixture *f, gconstpointer data)
{
	static const char *const need[] = { "panics", "registers", "red zone", "stack use", "return thunks" };
	g_autoptr(elf_object_owner) object = NULL;
	g_autoptr(disassembly_owner) nothing = NULL;
	struct ffi_facts facts = { .name = "core.o", .kernel = &debian, .no_code = "objdump failed" };

	assemble(f, sound);
	object = elf_object_read(f->path, NULL);
	nothing = disassembly_parse("core.o: file format elf64-x86-64\n", object, NULL);
	facts.object = object;
	for (guint n = 0; n < 2; n++) {
		g_ptr_array_set_size(f->verdicts, 0);
		ffi_rules_judge(&facts, f->verdicts);
		for (guint i = 0; i < G_N_ELEMENTS(need); i++)
			g_assert_cmpint(verdict_of(f, need[i])->outcome, ==, OUTCOME_FAIL);
		facts.code = nothing;
	}
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
#define ADD(name, fn) g_test_add("/ffi-rules/" name, struct fixture, NULL, set_up, fn, tear_down)
	ADD("sound", test_sound);
	ADD("rows", test_rows);
	ADD("lacks", test_lacks);
	ADD("panics", test_panics);
	ADD("module", test_module);
	ADD("linked", test_linked);
	ADD("no-code", test_no_code);
#undef ADD
	return g_test_run();
}
