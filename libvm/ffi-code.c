// SPDX-License-Identifier: GPL-2.0-only
/* What instructions the code is made of. */
#include <string.h>

#include "libvm/ffi-rules.h"
#include "libvm/rust-name.h"

#define STACK_MAX 1024		/* bytes of one function; the kernel's own limit is 2048 */

/* "%xmm0", "%ymm1", "%zmm2", "%mm3", "%st", "%k4": what the kernel does not save for us. */
static const char *vector_register(const char *operands)
{
	for (const char *at = strchr(operands, '%'); at; at = strchr(at + 1, '%')) {
		const char *name = at + 1;

		if ((strchr("xyz", *name) && *name && g_str_has_prefix(name + 1, "mm")) ||
		    (g_str_has_prefix(name, "mm") && g_ascii_isdigit(name[2])) ||
		    (g_str_has_prefix(name, "st") && !g_ascii_isalpha(name[2])) ||
		    (*name == 'k' && g_ascii_isdigit(name[1])))
			return at;
	}
	return NULL;
}

/* x87 and the handling of its state without a register in sight: all of "f…", but for the prefix. */
static bool is_fpu(const char *mnemonic)
{
	static const char *const others[] = {
		"emms", "ldmxcsr", "stmxcsr", "vldmxcsr", "vstmxcsr", "vzeroupper", "vzeroall", "wait", NULL
	};

	return (*mnemonic == 'f' && !g_str_equal(mnemonic, "fs")) || g_strv_contains(others, mnemonic) ||
	       g_str_has_prefix(mnemonic, "xsave") || g_str_has_prefix(mnemonic, "xrstor");
}

void ffi_rule_registers(const struct ffi_facts *f, struct ffi_verdict *v)
{
	if (!ffi_facts_need_code(f, v))
		return;
	if (f->modinfo && (ffi_facts_imports(f, "kernel_fpu_begin") || ffi_facts_imports(f, "kernel_fpu_begin_mask"))) {
		ffi_verdict_skip(v, "the module calls kernel_fpu_begin()");
		return;
	}
	for (guint i = 0; i < f->code->code->len; i++) {
		const struct instruction *insn = disassembly_at(f->code, i);
		g_autofree char *place = NULL;

		if (!vector_register(insn->operands) && !is_fpu(insn->mnemonic))
			continue;
		place = ffi_facts_place(f, insn->section, insn->offset);
		ffi_verdict_fail(v, "compile for soft float without SSE (target x86_64-unknown-none; gcc: "
				    "-mgeneral-regs-only)", "%s %s at %s", insn->mnemonic, insn->operands, place);
	}
}

/* "-0x8(%rsp)": below the stack's end, where an interrupt writes; an index may lead above it. */
static bool is_below_stack(const struct instruction *insn)
{
	for (const char *at = strstr(insn->operands, "(%rsp)"); at; at = strstr(at + 1, "(%rsp)")) {
		const char *digit = at;

		while (digit > insn->operands && (g_ascii_isxdigit(digit[-1]) || digit[-1] == 'x'))
			digit--;
		if (digit < at && digit > insn->operands && digit[-1] == '-')
			return true;
	}
	return false;
}

/* What only computes an address, or does nothing, as the kernel's smp_mb() (arch/x86/include/asm/barrier.h). */
static bool is_harmless(const struct instruction *insn)
{
	return g_str_has_prefix(insn->mnemonic, "lea") || g_str_has_prefix(insn->mnemonic, "nop") ||
	       (g_str_has_prefix(insn->mnemonic, "add") && g_str_has_prefix(insn->operands, "$0x0,"));
}

void ffi_rule_red_zone(const struct ffi_facts *f, struct ffi_verdict *v)
{
	if (!ffi_facts_need_code(f, v))
		return;
	for (guint i = 0; i < f->code->code->len; i++) {
		const struct instruction *insn = disassembly_at(f->code, i);
		g_autofree char *place = NULL;

		if (is_harmless(insn) || !is_below_stack(insn))
			continue;
		place = ffi_facts_place(f, insn->section, insn->offset);
		ffi_verdict_fail(v, "compile with -Cno-redzone=y (gcc: -mno-red-zone)", "%s %s at %s",
				 insn->mnemonic, insn->operands, place);
	}
}

/* "sub $0x48,%rsp", "add $0xffffffffffffff80,%rsp", "lea -0x80(%rsp),%rsp": bytes, 0 = none of them. */
static guint64 stack_taken(const struct instruction *insn)
{
	bool sub = g_str_has_prefix(insn->mnemonic, "sub"), add = g_str_has_prefix(insn->mnemonic, "add");
	gint64 change;
	char *end;

	if ((sub || add) && insn->operands[0] == '$') {
		change = (gint64)g_ascii_strtoull(insn->operands + 1, &end, 16);
		if (!g_str_equal(end, ",%rsp"))
			return 0;
		change = sub ? change : -change;
	} else if (g_str_has_prefix(insn->mnemonic, "lea") && insn->operands[0] == '-') {
		change = (gint64)g_ascii_strtoull(insn->operands + 1, &end, 16);
		if (!g_str_equal(end, "(%rsp),%rsp"))
			return 0;
	} else {
		return 0;
	}
	return change > 0 ? (guint64)change : 0;
}

void ffi_rule_stack_use(const struct ffi_facts *f, struct ffi_verdict *v)
{
	if (!ffi_facts_need_code(f, v))
		return;
	for (guint i = 0; i < f->code->code->len; i++) {
		const struct instruction *insn = disassembly_at(f->code, i);
		guint64 bytes = stack_taken(insn);
		g_autofree char *place = NULL;

		if (bytes <= STACK_MAX)
			continue;
		place = ffi_facts_place(f, insn->section, insn->offset);
		ffi_verdict_fail(v, "take large buffers from the caller, or split the function",
				 "%" G_GUINT64_FORMAT " bytes of stack at once at %s; the limit is %d", bytes, place,
				 STACK_MAX);
	}
}
