// SPDX-License-Identifier: GPL-2.0-only
/* What the kernel's configuration asks of code, beyond that it runs. */
#include <elf.h>
#include <string.h>

#include "libvm/ffi-rules.h"

#define RETURN_THUNK "__x86_return_thunk"

static bool is_return(const struct instruction *insn)
{
	return g_str_has_prefix(insn->mnemonic, "ret") && !g_str_has_prefix(insn->mnemonic, "rets");
}

static void fail_at(const struct ffi_facts *f, struct ffi_verdict *v, const struct instruction *insn,
		    const char *remedy, const char *what)
{
	g_autofree char *place = ffi_facts_place(f, insn->section, insn->offset);

	ffi_verdict_fail(v, remedy, "%s at %s", what, place);
}

/* A site that the kernel is not told of keeps what it was compiled with, whatever the machine needs. */
static void check_site(const struct ffi_facts *f, struct ffi_verdict *v, GHashTable *sites,
		       const struct instruction *insn, const char *what)
{
	if (!ffi_facts_lists(sites, insn->section, insn->offset))
		fail_at(f, v, insn, "run objtool on the foreign object with the arguments that kbuild gives it", what);
}

/* Whether sites are to be seen in this file. */
static bool has_sites(const struct ffi_facts *f)
{
	return !(f->kernel && f->kernel->whole && !f->modinfo);
}

void ffi_rule_returns(const struct ffi_facts *f, struct ffi_verdict *v)
{
	bool wanted = f->kernel ? f->kernel->rethunk : ffi_facts_imports(f, RETURN_THUNK);
	g_autoptr(GHashTable) sites = ffi_facts_sites(f, ".return_sites");

	if (!wanted) {
		ffi_verdict_skip(v, f->kernel ? "this kernel has no return thunks" :
						"the kernel that it is for is not known, and it uses none");
		return;
	}
	if (!ffi_facts_need_code(f, v))
		return;
	for (guint i = 0; i < f->code->code->len; i++) {
		const struct instruction *insn = disassembly_at(f->code, i);

		if (!ffi_facts_is_own(f, insn))
			continue;
		if (is_return(insn))
			fail_at(f, v, insn, "compile with -Zfunction-return=thunk-extern (gcc: -mfunction-return=thunk-extern)",
				"a naked ret");
		else if (has_sites(f) && instruction_is_branch(insn) &&
			 g_str_equal(ffi_facts_wants(f, insn), RETURN_THUNK))
			check_site(f, v, sites, insn, "a return that .return_sites does not list");
	}
}

/* Annotated ones are the kernel's own; so are those that it patches at load (paravirt). */
static bool is_safe(const struct ffi_facts *f, const struct instruction *insn, GHashTable *safe)
{
	return g_str_equal(ffi_facts_wants(f, insn), "pv_ops") || ffi_facts_lists(safe, insn->section, insn->offset);
}

void ffi_rule_indirect(const struct ffi_facts *f, struct ffi_verdict *v)
{
	g_autoptr(GHashTable) sites = ffi_facts_sites(f, ".retpoline_sites");
	g_autoptr(GHashTable) safe = ffi_facts_sites(f, ".discard.retpoline_safe");

	if (!f->kernel || !f->kernel->retpoline) {
		ffi_verdict_skip(v, f->kernel ? "this kernel has no retpolines" : "the kernel that it is for is not known");
		return;
	}
	if (!ffi_facts_need_code(f, v))
		return;
	for (guint i = 0; i < f->code->code->len; i++) {
		const struct instruction *insn = disassembly_at(f->code, i);

		if (!ffi_facts_is_own(f, insn) || !instruction_is_branch(insn))
			continue;
		if (instruction_is_indirect(insn) && !is_safe(f, insn, safe))
			fail_at(f, v, insn, "compile with -Zretpoline-external-thunk and -Cjump-tables=n (gcc: "
				"-mindirect-branch=thunk-extern -fno-jump-tables)", "a naked indirect branch");
		else if (has_sites(f) && g_str_has_prefix(ffi_facts_wants(f, insn), "__x86_indirect_"))
			check_site(f, v, sites, insn, "an indirect branch that .retpoline_sites does not list");
	}
}

void ffi_rule_sls(const struct ffi_facts *f, struct ffi_verdict *v)
{
	if (!f->kernel || !f->kernel->sls) {
		ffi_verdict_skip(v, f->kernel ? "this kernel does not ask for it" : "the kernel that it is for is not known");
		return;
	}
	if (!ffi_facts_need_code(f, v))
		return;
	for (guint i = 0; i < f->code->code->len; i++) {
		const struct instruction *insn = disassembly_at(f->code, i), *next = disassembly_at(f->code, i + 1);

		if (!ffi_facts_is_own(f, insn) ||
		    (!is_return(insn) && !(insn->mnemonic[0] == 'j' && instruction_is_indirect(insn))))
			continue;
		if (!next || next->section != insn->section || !g_str_equal(next->mnemonic, "int3"))
			fail_at(f, v, insn, "compile with +harden-sls-ret,+harden-sls-ijmp (gcc: -mharden-sls=all)",
				"no int3 behind what does not go on");
	}
}

/* The instruction that @symbol begins with, NULL = none. */
static const struct instruction *first_of(const struct ffi_facts *f, const struct elf_symbol *symbol)
{
	guint low = 0, high = f->code->code->len;
	const struct instruction *insn;

	while (low < high) {
		guint middle = low + (high - low) / 2;

		insn = disassembly_at(f->code, middle);
		if (insn->section < symbol->section ||
		    (insn->section == symbol->section && insn->offset < symbol->value))
			low = middle + 1;
		else
			high = middle;
	}
	insn = disassembly_at(f->code, low);
	return insn && insn->section == symbol->section && insn->offset == symbol->value ? insn : NULL;
}

void ffi_rule_ibt(const struct ffi_facts *f, struct ffi_verdict *v)
{
	if (!f->kernel || !f->kernel->ibt) {
		ffi_verdict_skip(v, f->kernel ? "this kernel has no indirect branch tracking" :
						"the kernel that it is for is not known");
		return;
	}
	if (!ffi_facts_need_code(f, v))
		return;
	for (guint i = 0; i < f->object->functions->len; i++) {
		const struct elf_symbol *symbol =
			elf_object_symbol(f->object, g_array_index(f->object->functions, guint, i));
		const struct instruction *first = elf_symbol_is_global(symbol) ? first_of(f, symbol) : NULL;

		/* What pads a function so that it can be patched begins with that. */
		if (first && ffi_facts_is_own(f, first) && !g_str_has_prefix(symbol->name, "__pfx_") &&
		    !g_str_equal(first->mnemonic, "endbr64"))
			fail_at(f, v, first, "compile with -Zcf-protection=branch (gcc: -fcf-protection=branch)", "no endbr64");
	}
	/* objtool lists there what is called directly only, as the foreign functions are. */
	if (f->modinfo && f->foreign && !elf_object_find_section(f->object, ".ibt_endbr_seal"))
		ffi_verdict_fail(v, "let kbuild run objtool --link on the module", "there is no .ibt_endbr_seal");
}

/* Where the kernel has the canary: %gs:40, or since 6.15 a variable of its own. */
static bool reads_canary(const struct ffi_facts *f, const struct instruction *insn)
{
	const char *segment = strstr(insn->operands, "%gs:");

	return segment && (g_str_has_prefix(segment, "%gs:0x28") ||
			   g_str_equal(ffi_facts_wants(f, insn), "__ref_stack_chk_guard"));
}

void ffi_rule_stack_protector(const struct ffi_facts *f, struct ffi_verdict *v)
{
	bool seen = false;

	if (ffi_facts_imports(f, "__stack_chk_guard"))
		ffi_verdict_fail(v, "give llvm-target an OS, as x86_64-linux-gnu has, so that the canary is at %gs:40",
				 "__stack_chk_guard is wanted, which the kernel does not have");
	if (!ffi_facts_imports(f, "__stack_chk_fail")) {
		ffi_verdict_skip(v, f->kernel && !f->kernel->stack_protector ?
				 "this kernel has none" : "no function has a canary");
		return;
	}
	if (!ffi_facts_need_code(f, v))
		return;
	for (guint i = 0; i < f->code->code->len; i++)
		seen |= reads_canary(f, disassembly_at(f->code, i));
	if (!seen)
		ffi_verdict_fail(v, "let the compiler take the canary from %gs:40",
				 "__stack_chk_fail is called and %%gs:0x28 is never read");
}
