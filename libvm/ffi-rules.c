// SPDX-License-Identifier: GPL-2.0-only
#include "libvm/ffi-rules.h"

enum {
	OBJECTS = 1 << 0,	/* for foreign objects */
	MODULES = 1 << 1,	/* for finished modules */
	TABLE = 1 << 2,		/* only with a table */
	FOREIGN = 1 << 3,	/* only with the foreign object known */
};

static const struct {
	const char *name;
	guint flags;
	ffi_rule judge;
} rules[] = {
	{ "abi hash", OBJECTS | MODULES | TABLE, ffi_rule_abi_hash },
	{ "exports", OBJECTS | TABLE, ffi_rule_exports },
	{ "imports", OBJECTS, ffi_rule_imports },
	{ "arithmetic helpers", OBJECTS | MODULES, ffi_rule_arithmetic },
	{ "unwinding", OBJECTS | MODULES, ffi_rule_unwinding },
	{ "allocation", OBJECTS | MODULES, ffi_rule_allocation },
	{ "panics", OBJECTS | MODULES, ffi_rule_panics },
	{ "sections", OBJECTS | MODULES, ffi_rule_sections },
	{ "relocations", OBJECTS | MODULES, ffi_rule_relocations },
	{ "registers", OBJECTS | MODULES, ffi_rule_registers },
	{ "red zone", OBJECTS | MODULES, ffi_rule_red_zone },
	{ "stack use", OBJECTS | MODULES, ffi_rule_stack_use },
	{ "stack protector", OBJECTS | MODULES, ffi_rule_stack_protector },
	{ "return thunks", OBJECTS | MODULES, ffi_rule_returns },
	{ "indirect branches", OBJECTS | MODULES, ffi_rule_indirect },
	{ "straight-line speculation", OBJECTS | MODULES, ffi_rule_sls },
	{ "branch tracking", OBJECTS | MODULES, ffi_rule_ibt },
	{ "objtool", OBJECTS | MODULES, ffi_rule_objtool },
	{ "license", MODULES, ffi_rule_licence },
	{ "modinfo", MODULES, ffi_rule_modinfo },
	{ "linked whole", MODULES | FOREIGN, ffi_rule_linked },
};

void ffi_rules_judge(const struct ffi_facts *f, GPtrArray *verdicts)
{
	guint kind = f->modinfo ? MODULES : OBJECTS;

	for (guint i = 0; i < G_N_ELEMENTS(rules); i++) {
		struct ffi_verdict *verdict;

		if (!(rules[i].flags & kind) || ((rules[i].flags & TABLE) && !f->table) ||
		    ((rules[i].flags & FOREIGN) && !f->foreign))
			continue;
		verdict = ffi_verdict_new("%s %s", f->name, rules[i].name);
		rules[i].judge(f, verdict);
		g_ptr_array_add(verdicts, verdict);
	}
}

void ffi_rule_header(const struct ffi_table *table, const char *header, struct ffi_verdict *verdict)
{
	for (guint i = 0; table->functions[i]; i++) {
		g_autofree char *pattern = g_strdup_printf("\\b%s\\s*\\(", table->functions[i]);

		if (!g_regex_match_simple(pattern, header, G_REGEX_RAW, 0))
			ffi_verdict_fail(verdict, "declare it in the header, or take it out of the ABI table",
					 "%s() is in the ABI table and not in the header", table->functions[i]);
	}
}
