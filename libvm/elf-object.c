// SPDX-License-Identifier: GPL-2.0-only
#include "libvm/elf-object.h"

#include <errno.h>
#include <fcntl.h>
#include <gelf.h>
#include <libelf.h>
#include <string.h>
#include <sys/stat.h>

#include "lib/fault.h"
#include "lib/fd.h"

void elf_object_free(struct elf_object *object)
{
	if (!object)
		return;
	g_array_unref(object->sections);
	g_array_unref(object->symbols);
	g_array_unref(object->relocs);
	g_array_unref(object->functions);
	g_hash_table_unref(object->globals);
	g_string_chunk_free(object->names);
	g_free(object);
}

static struct elf_object *object_new(void)
{
	struct elf_object *object = g_new0(struct elf_object, 1);

	object->sections = g_array_new(FALSE, TRUE, sizeof(struct elf_section));
	object->symbols = g_array_new(FALSE, TRUE, sizeof(struct elf_symbol));
	object->relocs = g_array_new(FALSE, TRUE, sizeof(struct elf_reloc));
	object->functions = g_array_new(FALSE, TRUE, sizeof(guint));
	object->globals = g_hash_table_new(g_str_hash, g_str_equal);
	object->names = g_string_chunk_new(4096);
	return object;
}

static const char *name_of(struct elf_object *o, Elf *elf, size_t strings, size_t at)
{
	const char *name = elf_strptr(elf, strings, at);

	return name && *name ? g_string_chunk_insert_const(o->names, name) : "";
}

static bool read_sections(struct elf_object *o, Elf *elf)
{
	struct elf_section none = { .name = "" };
	Elf_Scn *scn = NULL;
	size_t strings;

	if (elf_getshdrstrndx(elf, &strings) < 0)
		return false;
	g_array_append_val(o->sections, none);
	while ((scn = elf_nextscn(elf, scn))) {
		struct elf_section section = none;
		GElf_Shdr header;

		if (!gelf_getshdr(scn, &header) || o->sections->len >= ELF_SECTIONS_MAX)
			return false;
		section.name = name_of(o, elf, strings, header.sh_name);
		section.type = header.sh_type;
		section.flags = header.sh_flags;
		section.size = header.sh_size;
		g_array_append_val(o->sections, section);
	}
	return o->sections->len > 1;
}

/* An object has one table of symbols at most. */
static Elf_Scn *symbol_table(Elf *elf, GElf_Shdr *ret)
{
	Elf_Scn *scn = NULL;

	while ((scn = elf_nextscn(elf, scn)))
		if (gelf_getshdr(scn, ret) && ret->sh_type == SHT_SYMTAB)
			return scn;
	return NULL;
}

/* The extended index of a symbol in a file of more than 65280 sections is not read. */
static guint section_of(const struct elf_object *o, guint index)
{
	return index < o->sections->len ? index : ELF_NO_SECTION;
}

static bool read_symbols(struct elf_object *o, Elf *elf)
{
	GElf_Shdr header;
	Elf_Scn *scn = symbol_table(elf, &header);
	Elf_Data *data = scn ? elf_getdata(scn, NULL) : NULL;
	GElf_Sym sym;

	for (int i = 0; data && gelf_getsym(data, i, &sym); i++) {
		struct elf_symbol symbol = {
			.name = name_of(o, elf, header.sh_link, sym.st_name),
			.value = sym.st_value, .size = sym.st_size,
			.section = section_of(o, sym.st_shndx),
			.type = GELF_ST_TYPE(sym.st_info), .bind = GELF_ST_BIND(sym.st_info),
			.common = sym.st_shndx == SHN_COMMON,
		};

		if (i >= ELF_SYMBOLS_MAX)
			return false;
		g_array_append_val(o->symbols, symbol);
		if (symbol.type == STT_FUNC && symbol.section && symbol.section != ELF_NO_SECTION) {
			guint index = (guint)i;

			g_array_append_val(o->functions, index);
		}
	}
	/* One without a table is an object with nothing in it. */
	return !scn || data;
}

static bool read_relocs(struct elf_object *o, Elf *elf)
{
	Elf_Scn *scn = NULL;

	while ((scn = elf_nextscn(elf, scn))) {
		GElf_Shdr header;
		Elf_Data *data;
		GElf_Rela rela;

		if (!gelf_getshdr(scn, &header) || header.sh_type != SHT_RELA || !header.sh_size)
			continue;
		data = elf_getdata(scn, NULL);
		if (!data || !header.sh_info || header.sh_info >= o->sections->len)
			return false;
		for (int i = 0; gelf_getrela(data, i, &rela); i++) {
			struct elf_reloc reloc = {
				.section = header.sh_info, .offset = rela.r_offset,
				.type = GELF_R_TYPE(rela.r_info),
				.symbol = GELF_R_SYM(rela.r_info), .addend = rela.r_addend,
			};

			if (o->relocs->len >= ELF_RELOCS_MAX || reloc.symbol >= MAX(o->symbols->len, 1))
				return false;
			g_array_append_val(o->relocs, reloc);
		}
	}
	return true;
}

static int compare(guint64 a, guint64 b)
{
	return (a > b) - (a < b);
}

static int compare_relocs(gconstpointer a, gconstpointer b)
{
	const struct elf_reloc *x = a, *y = b;

	return x->section != y->section ? compare(x->section, y->section) : compare(x->offset, y->offset);
}

static int compare_functions(gconstpointer a, gconstpointer b, gpointer data)
{
	const struct elf_object *o = data;
	const struct elf_symbol *x = elf_object_symbol(o, *(const guint *)a);
	const struct elf_symbol *y = elf_object_symbol(o, *(const guint *)b);

	return x->section != y->section ? compare(x->section, y->section) : compare(x->value, y->value);
}

static void index_globals(struct elf_object *o)
{
	for (guint i = 0; i < o->symbols->len; i++) {
		const struct elf_symbol *symbol = elf_object_symbol(o, i);

		if (elf_symbol_is_global(symbol) && !elf_object_find(o, symbol->name))
			g_hash_table_insert(o->globals, (gpointer)symbol->name, (gpointer)symbol);
	}
}

static bool read_all(struct elf_object *o, Elf *elf)
{
	GElf_Ehdr header;

	if (!elf || elf_kind(elf) != ELF_K_ELF || !gelf_getehdr(elf, &header) ||
	    header.e_type != ET_REL || header.e_machine != EM_X86_64 || gelf_getclass(elf) != ELFCLASS64)
		return false;
	if (!read_sections(o, elf) || !read_symbols(o, elf) || !read_relocs(o, elf))
		return false;
	index_globals(o);
	g_array_sort(o->relocs, compare_relocs);
	g_array_sort_with_data(o->functions, compare_functions, o);
	return true;
}

struct elf_object *elf_object_read(const char *path, GError **error)
{
	g_autoptr(elf_object_owner) object = object_new();
	auto_fd fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	struct stat st;
	Elf *elf;
	bool ok;

	if (fd < 0 || fstat(fd, &st) < 0) {
		fault_set_errno(error, LAB_ERROR_USAGE, errno, "cannot read %s", path);
		return NULL;
	}
	if (!S_ISREG(st.st_mode) || (guint64)st.st_size > ELF_OBJECT_SIZE_MAX) {
		fault_set(error, LAB_ERROR_USAGE, "%s is no object file", path);
		return NULL;
	}
	elf_version(EV_CURRENT);
	elf = elf_begin(fd, ELF_C_READ, NULL);
	ok = read_all(object, elf);
	elf_end(elf);
	if (ok)
		return g_steal_pointer(&object);
	fault_set(error, LAB_ERROR_USAGE, "%s is no whole relocatable object for x86-64", path);
	return NULL;
}

const struct elf_section *elf_object_section(const struct elf_object *o, guint index)
{
	return index < o->sections->len ? &g_array_index(o->sections, struct elf_section, index) : NULL;
}

const struct elf_symbol *elf_object_symbol(const struct elf_object *o, guint index)
{
	return index < o->symbols->len ? &g_array_index(o->symbols, struct elf_symbol, index) : NULL;
}

guint elf_object_find_section(const struct elf_object *o, const char *name)
{
	for (guint i = 1; i < o->sections->len; i++)
		if (g_str_equal(elf_object_section(o, i)->name, name))
			return i;
	return 0;
}

const struct elf_symbol *elf_object_find(const struct elf_object *o, const char *name)
{
	return g_hash_table_lookup(o->globals, name);
}

const struct elf_symbol *elf_object_function(const struct elf_object *o, guint section, guint64 offset)
{
	guint low = 0, high = o->functions->len;
	const struct elf_symbol *symbol;

	while (low < high) {
		guint middle = low + (high - low) / 2;

		symbol = elf_object_symbol(o, g_array_index(o->functions, guint, middle));
		if (symbol->section < section || (symbol->section == section && symbol->value <= offset))
			low = middle + 1;
		else
			high = middle;
	}
	if (!low)
		return NULL;
	symbol = elf_object_symbol(o, g_array_index(o->functions, guint, low - 1));
	/* A size of 0 is an assembler's that was not told. */
	if (symbol->section != section || (symbol->size && offset - symbol->value >= symbol->size))
		return NULL;
	return symbol;
}

const struct elf_reloc *elf_object_reloc(const struct elf_object *o, guint section, guint64 from,
					 guint64 to)
{
	guint low = 0, high = o->relocs->len;
	const struct elf_reloc *reloc;

	while (low < high) {
		guint middle = low + (high - low) / 2;

		reloc = &g_array_index(o->relocs, struct elf_reloc, middle);
		if (reloc->section < section || (reloc->section == section && reloc->offset < from))
			low = middle + 1;
		else
			high = middle;
	}
	if (low == o->relocs->len)
		return NULL;
	reloc = &g_array_index(o->relocs, struct elf_reloc, low);
	return reloc->section == section && reloc->offset < to ? reloc : NULL;
}

bool elf_symbol_is_global(const struct elf_symbol *symbol)
{
	return (symbol->bind == STB_GLOBAL || symbol->bind == STB_WEAK) && *symbol->name;
}

bool elf_symbol_is_import(const struct elf_symbol *symbol)
{
	return elf_symbol_is_global(symbol) && symbol->section == SHN_UNDEF;
}

char *elf_reloc_name(guint32 type)
{
	static const char *const names[] = {
		"NONE", "64", "PC32", "GOT32", "PLT32", "COPY", "GLOB_DAT", "JUMP_SLOT", "RELATIVE",
		"GOTPCREL", "32", "32S", "16", "PC16", "8", "PC8", "DTPMOD64", "DTPOFF64", "TPOFF64",
		"TLSGD", "TLSLD", "DTPOFF32", "GOTTPOFF", "TPOFF32", "PC64", "GOTOFF64", "GOTPC32",
		"GOT64", "GOTPCREL64", "GOTPC64", "GOTPLT64", "PLTOFF64", "SIZE32", "SIZE64",
		"GOTPC32_TLSDESC", "TLSDESC_CALL", "TLSDESC", "IRELATIVE", "RELATIVE64", NULL, NULL,
		"GOTPCRELX", "REX_GOTPCRELX",
	};

	if (type < G_N_ELEMENTS(names) && names[type])
		return g_strconcat("R_X86_64_", names[type], NULL);
	return g_strdup_printf("relocation %u", type);
}
