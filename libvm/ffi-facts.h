/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * All that is known of an object or module while it is judged, and questions
 * that several rules have.
 */
#ifndef LIBVM_FFI_FACTS_H
#define LIBVM_FFI_FACTS_H

#include <glib.h>
#include <stdbool.h>

#include "libvm/disassembly.h"
#include "libvm/elf-object.h"
#include "libvm/ffi-kernel.h"
#include "libvm/ffi-table.h"
#include "libvm/ffi-verdict.h"
#include "libvm/modinfo.h"

struct ffi_facts {
	const char *name;			/* of the file, for people */
	const struct elf_object *object;
	const struct disassembly *code;		/* NULL: … */
	const char *no_code;			/* … why */
	const struct ffi_kernel *kernel;	/* NULL = not known */
	const struct modinfo *modinfo;		/* NULL = no module */
	const struct ffi_table *table;		/* NULL = none, or not this file's */
	const GPtrArray *imports;		/* NULL = none, or not this file's */
	const struct elf_object *foreign;	/* for a module: the object in it; NULL = not known */
};

/* Whether there is any code in it: a module may be nothing but data. */
bool ffi_facts_has_code(const struct ffi_facts *facts);

/* Whether there are instructions for all code; if not, @verdict is told. */
bool ffi_facts_need_code(const struct ffi_facts *facts, struct ffi_verdict *verdict);

/* Whether @instruction is code of the file itself, and not of the kernel's macros, which it patches. */
bool ffi_facts_is_own(const struct ffi_facts *facts, const struct instruction *instruction);

/* The symbol that @instruction's relocation names, "" = none. */
const char *ffi_facts_wants(const struct ffi_facts *facts, const struct instruction *instruction);

/* "f+0x12 (.text)", with Rust's names as people write them. To be freed. */
char *ffi_facts_place(const struct ffi_facts *facts, guint section, guint64 offset);

/* Whether it leaves a symbol of that name undefined. */
bool ffi_facts_imports(const struct ffi_facts *facts, const char *name);

/*
 * The places that the section @name lists by its relocations: keys for
 * ffi_facts_lists(). NULL when there is no such section.
 */
GHashTable *ffi_facts_sites(const struct ffi_facts *facts, const char *name);
bool ffi_facts_lists(GHashTable *sites, guint section, guint64 offset);

/* A function of the file's, or an import, that is called, jumped to, or whose address is taken. */
struct ffi_reference {
	const struct elf_symbol *to;
	const struct elf_symbol *from;	/* the function where, NULL = not in one */
	guint section;
	guint64 offset;
};
/* Elements are struct ffi_reference; without those from a function to itself. */
GArray *ffi_facts_references(const struct ffi_facts *facts);

#endif /* LIBVM_FFI_FACTS_H */
