// SPDX-License-Identifier: GPL-2.0-only
/* What the kernel's module loader makes of the file. */
#include <elf.h>
#include <string.h>

#include "libvm/demangle.h"
#include "libvm/ffi-rules.h"

/* Data that only a loader with constructors or thread-local storage knows. */
static const char *why_refused(const struct ffi_facts *f, const struct elf_section *section)
{
	static const char *const constructors[] = { ".init_array", ".fini_array", ".ctors", ".dtors" };

	if ((section->flags & SHF_WRITE) && (section->flags & SHF_EXECINSTR))
		return "is writable and executable";
	if ((section->flags & SHF_TLS) || g_str_has_prefix(section->name, ".tdata") ||
	    g_str_has_prefix(section->name, ".tbss"))
		return "is thread-local, which the kernel has not";
	for (guint i = 0; i < G_N_ELEMENTS(constructors); i++)
		if (g_str_has_prefix(section->name, constructors[i]) && !(f->kernel && f->kernel->constructors))
			return "holds constructors, which the kernel does not run";
	return NULL;
}

static bool has_text(const struct elf_object *o)
{
	for (guint i = 1; i < o->sections->len; i++) {
		const struct elf_section *section = elf_object_section(o, i);

		if (g_str_has_prefix(section->name, ".text") && (section->flags & SHF_EXECINSTR) && section->size)
			return true;
	}
	return false;
}

/* simplify_symbols() in kernel/module/main.c, 6.1, refuses the one and takes the other for what it leads to. */
static void check_symbols(const struct ffi_facts *f, struct ffi_verdict *v)
{
	for (guint i = 0; i < f->object->symbols->len; i++) {
		const struct elf_symbol *symbol = elf_object_symbol(f->object, i);
		g_autofree char *name = NULL;

		if (!symbol->common && symbol->type != STT_GNU_IFUNC)
			continue;
		name = demangle_or_name(symbol->name);
		if (symbol->common)
			ffi_verdict_fail(v, "compile with -fno-common, or give the variable a value",
					 "%s is a common symbol, which the module loader refuses", name);
		else
			ffi_verdict_fail(v, "choose between functions without the ifunc attribute (target_clones has it too)",
					 "%s is an indirect function, which the module loader does not resolve", name);
	}
}

void ffi_rule_sections(const struct ffi_facts *f, struct ffi_verdict *v)
{
	check_symbols(f, v);
	for (guint i = 1; i < f->object->sections->len; i++) {
		const struct elf_section *section = elf_object_section(f->object, i);
		const char *why = section->flags & SHF_ALLOC ? why_refused(f, section) : NULL;

		if (why)
			ffi_verdict_fail(v, "see which source or compiler option makes the section, and do without it",
					 "the section %s %s", section->name, why);
	}
	/* A module may be nothing but what runs once. */
	if (!f->modinfo && !has_text(f->object))
		ffi_verdict_fail(v, "see whether the linker dropped all code (ld -r -u NAME keeps it)",
				 "there is no code in .text");
}

/* apply_relocate_add() in arch/x86/kernel/module.c, 6.1. */
static bool is_taken(guint32 type)
{
	switch (type) {
	case R_X86_64_NONE:
	case R_X86_64_64:
	case R_X86_64_32:
	case R_X86_64_32S:
	case R_X86_64_PC32:
	case R_X86_64_PLT32:
	case R_X86_64_PC64:
		return true;
	default:
		return false;
	}
}

void ffi_rule_relocations(const struct ffi_facts *f, struct ffi_verdict *v)
{
	for (guint i = 0; i < f->object->relocs->len; i++) {
		const struct elf_reloc *reloc = &g_array_index(f->object->relocs, struct elf_reloc, i);
		const struct elf_section *section = elf_object_section(f->object, reloc->section);
		const struct elf_symbol *symbol = elf_object_symbol(f->object, reloc->symbol);
		g_autofree char *type = NULL, *place = NULL, *name = NULL;

		/* The loader leaves what is not loaded alone. */
		if (!(section->flags & SHF_ALLOC) || is_taken(reloc->type))
			continue;
		type = elf_reloc_name(reloc->type);
		place = ffi_facts_place(f, reloc->section, reloc->offset);
		name = demangle_or_name(symbol ? symbol->name : "");
		ffi_verdict_fail(v, "compile with -Crelocation-model=static -Ccode-model=kernel (-fno-pic -mcmodel=kernel)",
				 "%s at %s%s%s, which the module loader does not take", type, place,
				 *name ? " against " : "", name);
	}
}

/* A key and a value as whole numbers: the lowest offset that a section's table tells of. */
static GHashTable *lowest(const struct ffi_facts *f, guint table)
{
	GHashTable *first = g_hash_table_new_full(NULL, NULL, NULL, g_free);

	for (guint i = 0; i < f->object->relocs->len; i++) {
		const struct elf_reloc *reloc = &g_array_index(f->object->relocs, struct elf_reloc, i);
		const struct elf_symbol *symbol = elf_object_symbol(f->object, reloc->symbol);
		guint64 *known, at;

		if (reloc->section != table || !symbol)
			continue;
		at = symbol->value + (guint64)reloc->addend;
		known = g_hash_table_lookup(first, GUINT_TO_POINTER(symbol->section));
		if (known) {
			*known = MIN(*known, at);
			continue;
		}
		known = g_new(guint64, 1);
		*known = at;
		g_hash_table_insert(first, GUINT_TO_POINTER(symbol->section), known);
	}
	return first;
}

static void check_functions(const struct ffi_facts *f, GHashTable *first, struct ffi_verdict *v)
{
	for (guint i = 0; i < f->object->functions->len; i++) {
		const struct elf_symbol *symbol =
			elf_object_symbol(f->object, g_array_index(f->object->functions, guint, i));
		const struct elf_section *section = elf_object_section(f->object, symbol->section);
		const guint64 *from = g_hash_table_lookup(first, GUINT_TO_POINTER(symbol->section));
		g_autofree char *name = NULL;

		if (!symbol->size || !(section->flags & SHF_EXECINSTR) || (from && *from <= symbol->value))
			continue;
		name = demangle_or_name(symbol->name);
		ffi_verdict_fail(v, "run objtool on the linked foreign object, as kbuild does on the others",
				 "%s (%s) has no entry in .orc_unwind_ip", name, section->name);
	}
}

void ffi_rule_objtool(const struct ffi_facts *f, struct ffi_verdict *v)
{
	static const char remedy[] = "run objtool on the foreign object in its rule: kbuild does so for C and assembly only";
	guint table = elf_object_find_section(f->object, ".orc_unwind_ip");
	g_autoptr(GHashTable) first = NULL;

	if (f->kernel && !f->kernel->orc) {
		ffi_verdict_skip(v, "this kernel does not unwind by ORC");
		return;
	}
	if (f->kernel && f->kernel->whole && !f->modinfo) {
		ffi_verdict_skip(v, "for this kernel objtool looks at the linked module");
		return;
	}
	if (!ffi_facts_has_code(f)) {
		ffi_verdict_skip(v, "it has no code");
		return;
	}
	if (!table || !elf_object_find_section(f->object, ".orc_unwind")) {
		ffi_verdict_fail(v, remedy, "there is no .orc_unwind: frames below this code are unknown in an oops");
		return;
	}
	first = lowest(f, table);
	check_functions(f, first, v);
}

/* license_is_gpl_compatible() in include/linux/license.h, 6.1. */
void ffi_rule_licence(const struct ffi_facts *f, struct ffi_verdict *v)
{
	static const char *const compatible[] = {
		"GPL", "GPL v2", "GPL and additional rights", "Dual BSD/GPL", "Dual MIT/GPL", "Dual MPL/GPL", NULL
	};

	if (!f->modinfo->license || !g_strv_contains(compatible, f->modinfo->license))
		ffi_verdict_fail(v, "say MODULE_LICENSE(\"GPL\") in the module's C",
				 "the license is %s, which is not compatible with the GPL",
				 f->modinfo->license ? f->modinfo->license : "not given");
}

void ffi_rule_modinfo(const struct ffi_facts *f, struct ffi_verdict *v)
{
	static const char remedy[] = "let kbuild's modpost finish the module";

	if (!f->modinfo->vermagic || !*f->modinfo->vermagic)
		ffi_verdict_fail(v, remedy, "the module has no vermagic");
	if (!f->modinfo->name)
		ffi_verdict_fail(v, remedy, "the module has no name");
}

void ffi_rule_linked(const struct ffi_facts *f, struct ffi_verdict *v)
{
	for (guint i = 0; i < f->foreign->symbols->len; i++) {
		const struct elf_symbol *symbol = elf_object_symbol(f->foreign, i);

		if (!elf_symbol_is_global(symbol) || elf_symbol_is_import(symbol))
			continue;
		if (!elf_object_find(f->object, symbol->name) || ffi_facts_imports(f, symbol->name))
			ffi_verdict_fail(v, "name the foreign object in the module's Kbuild (NAME-y += …)",
					 "%s of the foreign object is not in the module", symbol->name);
	}
}
