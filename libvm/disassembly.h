/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Machine code as instructions: what binutils' objdump prints for
 *	objdump -d --no-show-raw-insn FILE	(AT&T syntax)
 * taken apart. The text is bounded and hostile: what is no instruction is
 * passed over.
 */
#ifndef LIBVM_DISASSEMBLY_H
#define LIBVM_DISASSEMBLY_H

#include <glib.h>
#include <stdbool.h>

#include "libvm/elf-object.h"

#define DISASSEMBLY_MAX 4000000	/* instructions; beyond it there is an error */

struct instruction {
	guint section;		/* index in the object */
	guint64 offset, end;	/* in the section; end is where the next one begins */
	const char *mnemonic;	/* "call"; prefixes ("lock", "rep", "cs") are left out */
	const char *operands;	/* "%rax,0x8(%rdi)"; "" = none; comments are left out */
};

struct disassembly {
	GArray *code;		/* struct instruction, as they came: by section and offset */
	GStringChunk *words;
};

/* Runs objdump on @path, which @object was read from. LAB_ERROR_LAB when it cannot. */
struct disassembly *disassembly_run(const char *path, const struct elf_object *object, GError **error);

/* Pure: @text as objdump printed it for @object. NULL when there is more than DISASSEMBLY_MAX. */
struct disassembly *disassembly_parse(const char *text, const struct elf_object *object, GError **error);

void disassembly_free(struct disassembly *disassembly);
typedef struct disassembly disassembly_owner;
G_DEFINE_AUTOPTR_CLEANUP_FUNC(disassembly_owner, disassembly_free)

/* The @index-th, NULL behind the last. */
const struct instruction *disassembly_at(const struct disassembly *disassembly, guint index);

/* A call or jump, conditional or not. */
bool instruction_is_branch(const struct instruction *instruction);

/* A branch to where a register or memory says: "*%rax", "*0x8(%rdi)". */
bool instruction_is_indirect(const struct instruction *instruction);

/* Where a direct branch leads as it is printed, before relocation. */
bool instruction_target(const struct instruction *instruction, guint64 *ret);

#endif /* LIBVM_DISASSEMBLY_H */
