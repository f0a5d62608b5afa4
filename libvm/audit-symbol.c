// SPDX-License-Identifier: GPL-2.0-only
/* The functions of a .ko and its objects (timers, say), by section. The file is hostile. */
#include "libvm/audit-code.h"

#include <fcntl.h>
#include <gelf.h>
#include <libelf.h>

#include "lib/fault.h"
#include "lib/fd.h"
#include "lib/text.h"

#define FUNCTIONS_MAX 65536
#define SYMBOL_MAX 256		/* bytes of a name */

static void add_function(Elf *elf, size_t strings, size_t names, const GElf_Sym *symbol,
			 const char *module, GPtrArray *functions)
{
	Elf_Scn *scn = elf_getscn(elf, symbol->st_shndx);
	g_autofree char *name = NULL, *section = NULL;
	const char *raw = elf_strptr(elf, names, symbol->st_name);
	unsigned int type = GELF_ST_TYPE(symbol->st_info);
	const char *raw_section;
	GElf_Shdr header;

	if ((type != STT_FUNC && type != STT_OBJECT) || !symbol->st_size || !scn || !raw || !*raw ||
	    !gelf_getshdr(scn, &header) || functions->len >= FUNCTIONS_MAX)
		return;
	/* Other names of the functions that module_init() and module_exit() were given. */
	if (g_str_equal(raw, "init_module") || g_str_equal(raw, "cleanup_module"))
		return;
	raw_section = elf_strptr(elf, strings, header.sh_name);
	if (!raw_section)
		return;
	name = text_escape(raw, (gssize)strnlen(raw, SYMBOL_MAX));
	section = text_escape(raw_section, (gssize)strnlen(raw_section, SYMBOL_MAX));
	g_ptr_array_add(functions, audit_function_new(module, section, symbol->st_value, symbol->st_size, name));
}

static void read_table(Elf *elf, size_t strings, Elf_Scn *scn, const GElf_Shdr *header,
		       const char *module, GPtrArray *functions)
{
	Elf_Data *data = elf_getdata(scn, NULL);
	gsize n = data && header->sh_entsize ? data->d_size / header->sh_entsize : 0;

	for (gsize i = 0; i < MIN(n, G_MAXINT); i++) {
		GElf_Sym symbol;

		if (gelf_getsym(data, (int)i, &symbol))
			add_function(elf, strings, header->sh_link, &symbol, module, functions);
	}
}

bool audit_read_functions(const char *path, const char *module, GPtrArray *functions, GError **error)
{
	auto_fd fd = open(path, O_RDONLY | O_CLOEXEC);
	size_t strings = 0;
	Elf_Scn *scn = NULL;
	Elf *elf;
	bool ok;

	elf_version(EV_CURRENT);
	elf = fd >= 0 ? elf_begin(fd, ELF_C_READ, NULL) : NULL;
	ok = elf && elf_kind(elf) == ELF_K_ELF && elf_getshdrstrndx(elf, &strings) == 0;
	while (ok && (scn = elf_nextscn(elf, scn))) {
		GElf_Shdr header;

		if (gelf_getshdr(scn, &header) && header.sh_type == SHT_SYMTAB)
			read_table(elf, strings, scn, &header, module, functions);
	}
	elf_end(elf);
	return ok || fault_set(error, LAB_ERROR_LAB, "cannot read the functions of %s", path);
}
