/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A relocatable ELF file for x86-64, an object or a kernel module, as plain
 * tables: sections, symbols, relocations (the System V ABI with its AMD64
 * supplement; names of the constants are those of <elf.h>). The file is hostile:
 * what is here has been checked, so that every index leads somewhere, but
 * names are bytes as they came and offsets may lie outside of their section.
 */
#ifndef LIBVM_ELF_OBJECT_H
#define LIBVM_ELF_OBJECT_H

#include <glib.h>
#include <stdbool.h>

#define ELF_OBJECT_SIZE_MAX (512 * 1024 * 1024ull)	/* bytes of the file */
#define ELF_SECTIONS_MAX 65000
#define ELF_SYMBOLS_MAX 1000000
#define ELF_RELOCS_MAX 4000000

struct elf_section {
	const char *name;
	guint32 type;		/* SHT_… */
	guint64 flags;		/* SHF_… */
	guint64 size;		/* bytes */
};

struct elf_symbol {
	const char *name;	/* "" for those of sections */
	guint64 value, size;	/* offset in its section, bytes */
	guint section;		/* index, 0 = undefined, ELF_NO_SECTION = absolute or common */
	guint8 type, bind;	/* STT_…, STB_… */
	bool common;		/* SHN_COMMON: its place is left to the linker */
};
#define ELF_NO_SECTION G_MAXUINT

struct elf_reloc {
	guint section;		/* that it changes … */
	guint64 offset;		/* … and where */
	guint32 type;		/* R_X86_64_… */
	guint symbol;		/* index */
	gint64 addend;
};

struct elf_object {
	GArray *sections;	/* struct elf_section; the first is none */
	GArray *symbols;	/* struct elf_symbol; the first is none */
	GArray *relocs;		/* struct elf_reloc, by section and offset */
	GArray *functions;	/* guint: symbols of type STT_FUNC, by section and value */
	GHashTable *globals;	/* by name: struct elf_symbol that others see, the first of each */
	GStringChunk *names;
};

/* LAB_ERROR_USAGE when @path cannot be read or is none. */
struct elf_object *elf_object_read(const char *path, GError **error);
void elf_object_free(struct elf_object *object);
typedef struct elf_object elf_object_owner;
G_DEFINE_AUTOPTR_CLEANUP_FUNC(elf_object_owner, elf_object_free)

/* Any index will do: NULL when there is none. */
const struct elf_section *elf_object_section(const struct elf_object *object, guint index);
const struct elf_symbol *elf_object_symbol(const struct elf_object *object, guint index);

/* The section of that name, 0 when there is none. */
guint elf_object_find_section(const struct elf_object *object, const char *name);

/* The global or weak symbol of that name, defined or not; NULL when there is none. */
const struct elf_symbol *elf_object_find(const struct elf_object *object, const char *name);

/* The function that @offset of @section lies in, NULL = none. */
const struct elf_symbol *elf_object_function(const struct elf_object *object, guint section,
					     guint64 offset);

/* The first relocation in [@from, @to) of @section, NULL = none. */
const struct elf_reloc *elf_object_reloc(const struct elf_object *object, guint section,
					 guint64 from, guint64 to);

/* Whether others see it: it is global or weak, and has a name. */
bool elf_symbol_is_global(const struct elf_symbol *symbol);

/* Whether it is global and lies elsewhere. */
bool elf_symbol_is_import(const struct elf_symbol *symbol);

/* "R_X86_64_GOTPCREL", or "relocation 250". To be freed. */
char *elf_reloc_name(guint32 type);

#endif /* LIBVM_ELF_OBJECT_H */
