// SPDX-License-Identifier: GPL-2.0-only
#include "libvm/ffi-facts.h"

#include <elf.h>
#include <string.h>

#include "libvm/demangle.h"

static bool is_code(const struct elf_section *section)
{
	return (section->flags & SHF_EXECINSTR) && section->type != SHT_NOBITS && section->size;
}

bool ffi_facts_has_code(const struct ffi_facts *f)
{
	for (guint i = 1; i < f->object->sections->len; i++)
		if (is_code(elf_object_section(f->object, i)))
			return true;
	return false;
}

bool ffi_facts_need_code(const struct ffi_facts *f, struct ffi_verdict *verdict)
{
	g_autofree bool *seen = g_new0(bool, f->object->sections->len);

	if (!f->code) {
		ffi_verdict_fail(verdict, "install binutils, and see whether objdump -d reads the file",
				 "cannot be disassembled: %s", f->no_code ? f->no_code : "no objdump");
		return false;
	}
	for (guint i = 0; i < f->code->code->len; i++)
		seen[disassembly_at(f->code, i)->section] = true;
	for (guint i = 1; i < f->object->sections->len; i++) {
		const struct elf_section *section = elf_object_section(f->object, i);

		if (is_code(section) && !seen[i])
			ffi_verdict_fail(verdict, "see what objdump -d says of the file",
					 "%s has code that cannot be disassembled", section->name);
	}
	return verdict->outcome != OUTCOME_FAIL;
}

bool ffi_facts_is_own(const struct ffi_facts *f, const struct instruction *insn)
{
	const char *name = elf_object_section(f->object, insn->section)->name;

	return !g_str_equal(name, ".altinstr_replacement") && !g_str_equal(name, ".static_call.text");
}

const char *ffi_facts_wants(const struct ffi_facts *f, const struct instruction *insn)
{
	const struct elf_reloc *reloc = elf_object_reloc(f->object, insn->section, insn->offset, insn->end);
	const struct elf_symbol *symbol = reloc ? elf_object_symbol(f->object, reloc->symbol) : NULL;

	return symbol ? symbol->name : "";
}

char *ffi_facts_place(const struct ffi_facts *f, guint section, guint64 offset)
{
	const struct elf_section *s = elf_object_section(f->object, section);
	const struct elf_symbol *function = elf_object_function(f->object, section, offset);
	g_autofree char *name = function ? demangle_or_name(function->name) : NULL;

	if (!name)
		return g_strdup_printf("%s+0x%" G_GINT64_MODIFIER "x", s ? s->name : "?", offset);
	return g_strdup_printf("%s+0x%" G_GINT64_MODIFIER "x (%s)", name, offset - function->value, s->name);
}

bool ffi_facts_imports(const struct ffi_facts *f, const char *name)
{
	const struct elf_symbol *symbol = elf_object_find(f->object, name);

	return symbol && elf_symbol_is_import(symbol);
}

/* A place as one number: no section that can be loaded has so many bytes. */
static guint64 place_key(guint section, guint64 offset)
{
	return ((guint64)section << 40) | (offset & ((1ull << 40) - 1));
}

GHashTable *ffi_facts_sites(const struct ffi_facts *f, const char *name)
{
	guint section = elf_object_find_section(f->object, name);
	GHashTable *sites;

	if (!section)
		return NULL;
	sites = g_hash_table_new_full(g_int64_hash, g_int64_equal, g_free, NULL);
	for (guint i = 0; i < f->object->relocs->len; i++) {
		const struct elf_reloc *reloc = &g_array_index(f->object->relocs, struct elf_reloc, i);
		const struct elf_symbol *symbol = elf_object_symbol(f->object, reloc->symbol);
		guint64 *key;

		if (reloc->section != section || !symbol)
			continue;
		key = g_new(guint64, 1);
		*key = place_key(symbol->section, symbol->value + (guint64)reloc->addend);
		g_hash_table_add(sites, key);
	}
	return sites;
}

bool ffi_facts_lists(GHashTable *sites, guint section, guint64 offset)
{
	guint64 key = place_key(section, offset);

	return sites && g_hash_table_contains(sites, &key);
}

static void add_reference(const struct ffi_facts *f, GArray *all, guint section, guint64 offset,
			  const struct elf_symbol *to)
{
	struct ffi_reference r = { .to = to, .section = section, .offset = offset,
				   .from = elf_object_function(f->object, section, offset) };

	if (to && to != r.from)
		g_array_append_val(all, r);
}

/* What @reloc in an instruction up to @end leads to: a function, or what lies elsewhere. */
static const struct elf_symbol *led_to(const struct ffi_facts *f, const struct elf_reloc *reloc, guint64 end)
{
	const struct elf_symbol *symbol = elf_object_symbol(f->object, reloc->symbol);
	guint64 at;

	if (!symbol || symbol->section == ELF_NO_SECTION)
		return NULL;
	if (!symbol->section)
		return elf_symbol_is_import(symbol) ? symbol : NULL;
	at = symbol->value + (guint64)reloc->addend;
	/* What is relative is so to the instruction's end. */
	if (reloc->type == R_X86_64_PC32 || reloc->type == R_X86_64_PLT32)
		at += end - reloc->offset;
	return elf_object_function(f->object, symbol->section, at);
}

/* Tables of addresses for the kernel, which calls none of them. */
static bool is_data(const struct elf_section *section)
{
	return section && (g_str_has_prefix(section->name, ".rodata") ||
			   g_str_has_prefix(section->name, ".data") ||
			   g_str_has_prefix(section->name, ".init.data"));
}

GArray *ffi_facts_references(const struct ffi_facts *f)
{
	GArray *all = g_array_new(FALSE, FALSE, sizeof(struct ffi_reference));

	for (guint i = 0; i < f->code->code->len; i++) {
		const struct instruction *insn = disassembly_at(f->code, i);
		const struct elf_reloc *reloc = elf_object_reloc(f->object, insn->section, insn->offset, insn->end);
		guint64 target;

		if (reloc)
			add_reference(f, all, insn->section, insn->offset, led_to(f, reloc, insn->end));
		else if (instruction_target(insn, &target))
			add_reference(f, all, insn->section, insn->offset,
				      elf_object_function(f->object, insn->section, target));
	}
	for (guint i = 0; i < f->object->relocs->len; i++) {
		const struct elf_reloc *reloc = &g_array_index(f->object->relocs, struct elf_reloc, i);

		if (is_data(elf_object_section(f->object, reloc->section)))
			add_reference(f, all, reloc->section, reloc->offset, led_to(f, reloc, reloc->offset));
	}
	return all;
}
