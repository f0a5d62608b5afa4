// SPDX-License-Identifier: GPL-2.0-only
/* What instructions the code is made of. */
#include <string.h>

#include "libvm/ffi-rules.h"

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
