// SPDX-License-Identifier: GPL-2.0-only
/* What an object defines and what it wants of others. */
#include <elf.h>
#include <string.h>

#include "libvm/demangle.h"
#include "libvm/ffi-rules.h"

/* Calls within core between its entry and a panic; more are reported as they stand. */
#define ROUNDS_MAX 64

static bool is_defined(const struct elf_symbol *symbol)
{
	return symbol && symbol->section;
}

/* Whether something that is loaded names it: in a module, that the C side reads it. */
static bool is_used(const struct elf_object *o, const struct elf_symbol *symbol)
{
	for (guint i = 0; i < o->relocs->len; i++) {
		const struct elf_reloc *reloc = &g_array_index(o->relocs, struct elf_reloc, i);

		if (elf_object_symbol(o, reloc->symbol) == symbol &&
		    (elf_object_section(o, reloc->section)->flags & SHF_ALLOC))
			return true;
	}
	return false;
}

/* Another hash: of a table that has changed since. */
static const char *stale_hash(const struct ffi_facts *f)
{
	for (guint i = 0; i < f->object->symbols->len; i++) {
		const struct elf_symbol *symbol = elf_object_symbol(f->object, i);

		if (elf_symbol_is_global(symbol) && g_str_has_prefix(symbol->name, f->table->hash_prefix) &&
		    !g_str_equal(symbol->name, f->table->hash_symbol))
			return symbol->name;
	}
	return NULL;
}

void ffi_rule_abi_hash(const struct ffi_facts *f, struct ffi_verdict *v)
{
	static const char remedy[] = "build both sides anew from the ABI table";
	const struct elf_symbol *symbol = elf_object_find(f->object, f->table->hash_symbol);
	const char *stale = stale_hash(f);

	if (stale)
		ffi_verdict_fail(v, remedy, "%s is of another ABI than the one at hand, %s", stale,
				 f->table->hash_symbol);
	if (!is_defined(symbol))
		ffi_verdict_fail(v, remedy, "%s is not defined", f->table->hash_symbol);
	else if (f->modinfo && !is_used(f->object, symbol))
		ffi_verdict_fail(v, "read the symbol in the module's C, so that a stale object does not link",
				 "%s is read by nothing in the module", symbol->name);
}

void ffi_rule_exports(const struct ffi_facts *f, struct ffi_verdict *v)
{
	char **functions = f->table->functions;

	for (guint i = 0; functions[i]; i++) {
		const struct elf_symbol *symbol = elf_object_find(f->object, functions[i]);

		if (!is_defined(symbol))
			ffi_verdict_fail(v, "define it, or take it out of the ABI table",
					 "%s() is in the ABI table and not defined", functions[i]);
		else if (symbol->type != STT_FUNC)
			ffi_verdict_fail(v, "let the compiler export it as a function",
					 "%s is no function: its symbol has the type %u", functions[i], symbol->type);
	}
	for (guint i = 0; i < f->object->symbols->len; i++) {
		const struct elf_symbol *symbol = elf_object_symbol(f->object, i);

		if (elf_symbol_is_global(symbol) && is_defined(symbol) &&
		    !g_strv_contains((const char *const *)functions, symbol->name) &&
		    !g_strv_contains((const char *const *)f->table->optional, symbol->name) &&
		    !g_str_has_prefix(symbol->name, f->table->hash_prefix))
			ffi_verdict_fail(v, "put it into the ABI table, or do not export it",
					 "%s is exported and not in the ABI table", symbol->name);
	}
}

/* Where the first use of @symbol is; not looked for once nobody would read it. */
static char *used_at(const struct ffi_facts *f, const struct elf_symbol *symbol, const struct ffi_verdict *v)
{
	for (guint i = 0; v->details->len < FFI_DETAILS_MAX && i < f->object->relocs->len; i++) {
		const struct elf_reloc *reloc = &g_array_index(f->object->relocs, struct elf_reloc, i);

		if (elf_object_symbol(f->object, reloc->symbol) == symbol)
			return ffi_facts_place(f, reloc->section, reloc->offset);
	}
	return g_strdup("by no relocation");
}

/* Fails for each symbol that is not defined and that @is_bad. */
static void refuse_imports(const struct ffi_facts *f, struct ffi_verdict *v, const char *remedy,
			   bool (*is_bad)(const struct ffi_facts *f, const char *name))
{
	for (guint i = 0; i < f->object->symbols->len; i++) {
		const struct elf_symbol *symbol = elf_object_symbol(f->object, i);

		if (elf_symbol_is_import(symbol) && is_bad(f, symbol->name)) {
			g_autofree char *name = demangle_or_name(symbol->name);
			g_autofree char *place = used_at(f, symbol, v);

			ffi_verdict_fail(v, remedy, "%s is wanted, at %s", name, place);
		}
	}
}

static bool is_unlisted(const struct ffi_facts *f, const char *name)
{
	return !ffi_imports_allow(f->imports, name);
}

void ffi_rule_imports(const struct ffi_facts *f, struct ffi_verdict *v)
{
	if (!f->imports)
		ffi_verdict_skip(v, "no list of allowed imports");
	else
		refuse_imports(f, v, "do without it, or add it to the list of allowed imports", is_unlisted);
}

/* Of libgcc and compiler-rt: 128-bit integers, floating point; and of libm. */
static bool is_helper(const struct ffi_facts *f, const char *name)
{
	static const char pattern[] =
		"^(__(u?div|u?mod|u?divmod|mul|ashl|ashr|lshr|u?cmp|neg|abs|popcount|clz|ctz|ffs|parity|"
		"bswap)v?ti[234]|__(add|sub|mul)[os]?v?ti[34]|__muloti4|__rust_[iu]128_\\w+|"
		"__(add|sub|mul|div|neg|eq|ne|lt|le|gt|ge|cmp|unord)(hf|bf|sf|df|xf|tf|[hsdxt]i?f)[23i]?|"
		"__powi[hsdxt]f2|__(mul|div)[hsdxt]c3|__(fix|fixuns)(hf|bf|sf|df|xf|tf)(si|di|ti)|"
		"__(float|floatun)(si|di|ti)(hf|bf|sf|df|xf|tf)|"
		"__(extend|trunc)(hf|bf|sf|df|xf|tf)(hf|bf|sf|df|xf|tf)2|__gnu_(h2f|f2h)_ieee|"
		"(fma|fmod|pow|sqrt|floor|ceil|trunc|round|rint|sin|cos|tan|exp|exp2|log|log2|log10|fmin|fmax)[fl]?)$";

	static GRegex *regex;

	if (!regex)
		regex = g_regex_new(pattern, G_REGEX_RAW | G_REGEX_OPTIMIZE, 0, NULL);
	return g_regex_match(regex, name, 0, NULL);
}

void ffi_rule_arithmetic(const struct ffi_facts *f, struct ffi_verdict *v)
{
	refuse_imports(f, v, "the kernel has no such helper: use no floating point and divide no 128-bit number",
		       is_helper);
}

static bool is_unwinder(const struct ffi_facts *f, const char *name)
{
	return g_str_has_prefix(name, "_Unwind_") || strstr(name, "rust_eh_personality") ||
	       g_str_equal(name, "__gcc_personality_v0") || g_str_has_prefix(name, "__gxx_personality") ||
	       g_str_equal(name, "__cxa_throw");
}

void ffi_rule_unwinding(const struct ffi_facts *f, struct ffi_verdict *v)
{
	static const char remedy[] = "compile without unwinding: -Cpanic=abort -Cforce-unwind-tables=n";

	refuse_imports(f, v, remedy, is_unwinder);
	for (guint i = 1; i < f->object->sections->len; i++) {
		const struct elf_section *section = elf_object_section(f->object, i);

		if (!(section->flags & SHF_ALLOC))
			continue;
		if (g_str_has_prefix(section->name, ".eh_frame") ||
		    g_str_has_prefix(section->name, ".gcc_except_table"))
			ffi_verdict_fail(v, remedy, "the section %s would be loaded, %" G_GUINT64_FORMAT " bytes",
					 section->name, section->size);
	}
}

/* Rust's allocator by a part of its names, mangled or not; what others leave undefined by the whole of it. */
static bool is_allocator(const struct elf_symbol *symbol)
{
	static const char *const signs[] = {
		"__rust_alloc", "__rust_dealloc", "__rust_realloc", "__rust_no_alloc_shim", "__rg_alloc",
		"__rg_oom", "__rdl_alloc", "__rdl_oom", "handle_alloc_error",
	};
	/* C's, and operator new and delete of C++. */
	static const char pattern[] =
		"^(malloc|calloc|realloc|reallocarray|aligned_alloc|posix_memalign|free|_Zn[wa]m.*|_Zd[la]Pv.*)$";

	for (guint s = 0; s < G_N_ELEMENTS(signs); s++)
		if (strstr(symbol->name, signs[s]))
			return true;
	return elf_symbol_is_import(symbol) && g_regex_match_simple(pattern, symbol->name, G_REGEX_RAW, 0);
}

void ffi_rule_allocation(const struct ffi_facts *f, struct ffi_verdict *v)
{
	for (guint i = 0; i < f->object->symbols->len; i++) {
		const struct elf_symbol *symbol = elf_object_symbol(f->object, i);

		g_autofree char *name = NULL;

		if (!is_allocator(symbol))
			continue;
		name = demangle_or_name(symbol->name);
		ffi_verdict_fail(v, "let C own every buffer: no Box, Vec or String in the foreign code", "%s is %s", name,
				 is_defined(symbol) ? "defined" : "wanted");
	}
}

/* Where every panic of Rust's core ends, and what it calls then. */
static bool is_panic(const char *name)
{
	return strstr(name, "4core9panicking") || strstr(name, "rust_begin_unwind") ||
	       strstr(name, "rust_panic");
}

static bool is_of_core(const char *name)
{
	return strstr(name, "4core") && (g_str_has_prefix(name, "_R") || g_str_has_prefix(name, "_ZN"));
}

/* The functions that lead to a panic and are no code of the project's: those, and of core all that call them. */
static GHashTable *leads_to_panic(const struct ffi_facts *f, const GArray *references)
{
	GHashTable *leads = g_hash_table_new(NULL, NULL);
	guint before, rounds = 0;

	for (guint i = 0; i < f->object->symbols->len; i++) {
		const struct elf_symbol *symbol = elf_object_symbol(f->object, i);

		/* What C defines for it is C's. */
		if (is_panic(symbol->name) && (!is_defined(symbol) || !strstr(symbol->name, "rust_panic")))
			g_hash_table_add(leads, (gpointer)symbol);
	}
	do {
		before = g_hash_table_size(leads);
		for (guint i = 0; i < references->len; i++) {
			const struct ffi_reference *r = &g_array_index(references, struct ffi_reference, i);

			if (r->from && is_of_core(r->from->name) && g_hash_table_contains(leads, r->to))
				g_hash_table_add(leads, (gpointer)r->from);
		}
	} while (g_hash_table_size(leads) != before && ++rounds < ROUNDS_MAX);
	return leads;
}

static void refuse_panic(const struct ffi_facts *f, struct ffi_verdict *v, const struct elf_symbol *to,
			 guint section, guint64 offset)
{
	g_autofree char *place = ffi_facts_place(f, section, offset);
	g_autofree char *name = demangle_or_name(to->name);

	ffi_verdict_fail(v, "use get(), checked_ and wrapping_ arithmetic, and return an error instead",
			 "%s can be reached from %s", name, place);
}

void ffi_rule_panics(const struct ffi_facts *f, struct ffi_verdict *v)
{
	g_autoptr(GArray) references = NULL;
	g_autoptr(GHashTable) leads = NULL;

	if (!ffi_facts_need_code(f, v))
		return;
	references = ffi_facts_references(f);
	leads = leads_to_panic(f, references);
	for (guint i = 0; i < references->len; i++) {
		const struct ffi_reference *r = &g_array_index(references, struct ffi_reference, i);

		if (g_hash_table_contains(leads, r->to) && !(r->from && g_hash_table_contains(leads, r->from)))
			refuse_panic(f, v, r->to, r->section, r->offset);
	}
}
