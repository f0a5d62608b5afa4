/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The rules that foreign code in a kernel module has to keep, each a pure
 * function from what is known of a file to a verdict. To add one: write it into
 * the file that it belongs to, declare it below, and add it to the table in
 * ffi-rules.c.
 */
#ifndef LIBVM_FFI_RULES_H
#define LIBVM_FFI_RULES_H

#include "libvm/ffi-facts.h"

typedef void (*ffi_rule)(const struct ffi_facts *facts, struct ffi_verdict *verdict);

/* Adds the verdicts of all rules that apply to such a file, "NAME RULE". */
void ffi_rules_judge(const struct ffi_facts *facts, GPtrArray *verdicts);

/* Pure: the table's functions in the header, whose text is @header. */
void ffi_rule_header(const struct ffi_table *table, const char *header, struct ffi_verdict *verdict);

/* ffi-symbols.c */
void ffi_rule_abi_hash(const struct ffi_facts *facts, struct ffi_verdict *verdict);
void ffi_rule_exports(const struct ffi_facts *facts, struct ffi_verdict *verdict);
void ffi_rule_imports(const struct ffi_facts *facts, struct ffi_verdict *verdict);
void ffi_rule_arithmetic(const struct ffi_facts *facts, struct ffi_verdict *verdict);
void ffi_rule_unwinding(const struct ffi_facts *facts, struct ffi_verdict *verdict);
void ffi_rule_allocation(const struct ffi_facts *facts, struct ffi_verdict *verdict);
void ffi_rule_panics(const struct ffi_facts *facts, struct ffi_verdict *verdict);

/* ffi-layout.c: what the module loader makes of it */
void ffi_rule_sections(const struct ffi_facts *facts, struct ffi_verdict *verdict);
void ffi_rule_relocations(const struct ffi_facts *facts, struct ffi_verdict *verdict);
void ffi_rule_objtool(const struct ffi_facts *facts, struct ffi_verdict *verdict);
void ffi_rule_licence(const struct ffi_facts *facts, struct ffi_verdict *verdict);
void ffi_rule_modinfo(const struct ffi_facts *facts, struct ffi_verdict *verdict);
void ffi_rule_linked(const struct ffi_facts *facts, struct ffi_verdict *verdict);

/* ffi-code.c: instructions */
void ffi_rule_registers(const struct ffi_facts *facts, struct ffi_verdict *verdict);

/* ffi-stack.c: what instructions do with the stack */
void ffi_rule_red_zone(const struct ffi_facts *facts, struct ffi_verdict *verdict);
void ffi_rule_stack_use(const struct ffi_facts *facts, struct ffi_verdict *verdict);

/* ffi-mitigations.c: what the kernel's configuration asks for */
void ffi_rule_returns(const struct ffi_facts *facts, struct ffi_verdict *verdict);
void ffi_rule_indirect(const struct ffi_facts *facts, struct ffi_verdict *verdict);
void ffi_rule_sls(const struct ffi_facts *facts, struct ffi_verdict *verdict);
void ffi_rule_ibt(const struct ffi_facts *facts, struct ffi_verdict *verdict);
void ffi_rule_stack_protector(const struct ffi_facts *facts, struct ffi_verdict *verdict);

#endif /* LIBVM_FFI_RULES_H */
