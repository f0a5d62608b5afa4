// SPDX-License-Identifier: GPL-2.0-only
#include "libvm/debug-info.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "lib/fault.h"
#include "lib/fd.h"
#include "lib/text.h"
#include "libvm/debug-info-private.h"

#define MODULE_BYTES_MAX (512 * 1024 * 1024ull)
#define VMLINUX_BYTES_MAX (4 * 1024 * 1024 * 1024ull)
#define UNPACKED_MAX (1024 * 1024 * 1024ull)	/* bytes of a file's sections once decompressed */
#define BSS_MAX (1024 * 1024 * 1024ull)
#define ALIGN_MAX (64 * 1024 * 1024ull)
#define SECTIONS_MAX 65536
#define SYMBOLS_MAX 4000000
#define LOOKUPS_MAX 1000000000ull	/* a symbol compared with another's name; about 5 s */

/* What libdwfl would read besides the file: none of that is the file's to choose. */
static int find_nothing(Dwfl_Module *module, void **userdata, const char *name, Dwarf_Addr base,
			const char *file, const char *link, GElf_Word crc, char **ret_file)
{
	return -1;
}

/* Only for a section that the layout of the file left at 0, which is a made-up file's. */
static int refuse_section(Dwfl_Module *module, void **userdata, const char *name, Dwarf_Addr base,
			  const char *section, GElf_Word index, const GElf_Shdr *header,
			  Dwarf_Addr *address)
{
	return -1;
}

static const Dwfl_Callbacks callbacks = {
	.find_debuginfo = find_nothing,
	.section_address = refuse_section,
};

static bool is_of_kind(Elf *elf, bool module)
{
	GElf_Ehdr header;

	if (!elf || elf_kind(elf) != ELF_K_ELF || !gelf_getehdr(elf, &header))
		return false;
	return module ? header.e_type == ET_REL :
			header.e_type == ET_EXEC || header.e_type == ET_DYN;
}

/*
 * Sections that have libdw open another file, or unpack one that is as large as
 * it likes to be. No kernel or module is built with them.
 */
static bool name_is_refused(const char *name)
{
	return g_str_equal(name, ".gnu_debugaltlink") || g_str_equal(name, ".debug_sup") ||
	       g_str_equal(name, ".gnu_debugdata") || g_str_equal(name, ".gnu_debuglink") ||
	       g_str_has_prefix(name, ".zdebug");
}

/* Whether a section is one that libdwfl can lay out; adds to *@unpacked. */
static bool section_is_sane(Elf_Scn *scn, const GElf_Shdr *header, guint64 file_size, bool module,
			    guint64 *unpacked)
{
	GElf_Chdr packed;
	bool loaded = header->sh_flags & SHF_ALLOC;

	if (header->sh_addralign > ALIGN_MAX || (header->sh_addralign & (header->sh_addralign - 1)))
		return false;
	if (header->sh_type == SHT_NOBITS ? header->sh_size > BSS_MAX :
					    header->sh_size > file_size ||
						    header->sh_offset > file_size - header->sh_size)
		return false;
	if (module && loaded && header->sh_addr)
		return false;
	if (!(header->sh_flags & SHF_COMPRESSED))
		return true;
	if (loaded || !gelf_getchdr(scn, &packed) || packed.ch_size > UNPACKED_MAX - *unpacked)
		return false;
	*unpacked += packed.ch_size;
	return true;
}

static bool sections_are_sane(Elf *elf, guint64 file_size, bool module)
{
	size_t strings, count;
	Elf_Scn *scn = NULL;
	guint64 unpacked = 0;

	if (elf_getshdrstrndx(elf, &strings) < 0 || elf_getshdrnum(elf, &count) < 0 ||
	    count > SECTIONS_MAX)
		return false;
	while ((scn = elf_nextscn(elf, scn))) {
		GElf_Shdr header;
		const char *name;

		if (!gelf_getshdr(scn, &header) ||
		    !section_is_sane(scn, &header, file_size, module, &unpacked))
			return false;
		name = elf_strptr(elf, strings, header.sh_name);
		if (!name || name_is_refused(name))
			return false;
	}
	return true;
}

/* Relocations by @scn of what is not loaded against symbols that the file lacks. */
static guint64 count_absent(Elf *elf, Elf_Scn *scn, const GElf_Shdr *header, guint64 *ret_symbols)
{
	Elf_Scn *target = elf_getscn(elf, header->sh_info), *table = elf_getscn(elf, header->sh_link);
	GElf_Shdr target_header, table_header;
	Elf_Data *data, *symbols;
	guint64 absent = 0;
	GElf_Rela rela;
	GElf_Sym symbol;

	*ret_symbols = 0;
	if (!target || !table || !gelf_getshdr(target, &target_header) || target_header.sh_flags & SHF_ALLOC ||
	    !gelf_getshdr(table, &table_header) || table_header.sh_type != SHT_SYMTAB)
		return 0;
	data = elf_getdata(scn, NULL);
	symbols = elf_getdata(table, NULL);
	*ret_symbols = symbols ? symbols->d_size / sizeof(Elf64_Sym) : 0;
	for (int i = 0; data && gelf_getrela(data, i, &rela); i++)
		absent += GELF_R_SYM(rela.r_info) &&
			  gelf_getsym(symbols, (int)GELF_R_SYM(rela.r_info), &symbol) &&
			  symbol.st_shndx == SHN_UNDEF;
	return absent;
}

/* For each of those, libdwfl looks at all symbols. */
static bool relocations_are_few(Elf *elf)
{
	Elf_Scn *scn = NULL;
	guint64 lookups = 0;

	while ((scn = elf_nextscn(elf, scn))) {
		GElf_Shdr header;
		guint64 symbols;

		if (!gelf_getshdr(scn, &header) || header.sh_type != SHT_RELA)
			continue;
		lookups += count_absent(elf, scn, &header, &symbols) * symbols;
		if (lookups > LOOKUPS_MAX)
			return false;
	}
	return true;
}

/* libdwfl trusts a file in ways that this one has to earn first. */
static bool check_file(const struct debug_info *info, bool module, GError **error)
{
	struct stat st;
	Elf *elf;
	bool kind, sane;

	if (fstat(info->fd, &st) < 0 || !S_ISREG(st.st_mode) ||
	    (guint64)st.st_size > (module ? MODULE_BYTES_MAX : VMLINUX_BYTES_MAX))
		return fault_set(error, LAB_ERROR_BUILD, "%s is no file that can be read for its symbols",
				 info->path);
	elf = elf_begin(info->fd, ELF_C_READ_MMAP, NULL);
	kind = is_of_kind(elf, module);
	sane = kind && sections_are_sane(elf, (guint64)st.st_size, module) &&
	       (!module || relocations_are_few(elf));
	elf_end(elf);
	if (!kind)
		return fault_set(error, LAB_ERROR_BUILD, "%s is no %s", info->path,
				 module ? "kernel module" : "vmlinux");
	return sane || fault_set(error, LAB_ERROR_BUILD, "%s is damaged: its sections make no sense",
				 info->path);
}

static bool report(struct debug_info *info, GError **error)
{
	/* libdwfl takes a descriptor over when all went well, and only then. */
	int fd = fcntl(info->fd, F_DUPFD_CLOEXEC, 0);

	info->dwfl = dwfl_begin(&callbacks);
	if (info->dwfl && fd >= 0)
		info->module = dwfl_report_offline(info->dwfl, "", info->path, fd);
	if (!info->module)
		fd_close(&fd);
	if (!info->module || dwfl_report_end(info->dwfl, NULL, NULL) != 0)
		return fault_set(error, LAB_ERROR_BUILD, "cannot read %s: %s", info->path,
				 dwfl_errmsg(-1));
	return true;
}

static void read_sections(struct debug_info *info)
{
	Dwarf_Addr bias = 0;
	Elf *elf = dwfl_module_getelf(info->module, &bias);
	struct debug_section none = { .name = "" };
	size_t strings;
	Elf_Scn *scn = NULL;

	g_array_append_val(info->sections, none);
	if (!elf || elf_getshdrstrndx(elf, &strings) < 0)
		return;
	while ((scn = elf_nextscn(elf, scn))) {
		struct debug_section section = none;
		GElf_Shdr header;

		if (gelf_getshdr(scn, &header) && header.sh_flags & SHF_ALLOC) {
			const char *name = elf_strptr(elf, strings, header.sh_name);

			section = (struct debug_section){ name ? name : "", header.sh_addr + bias,
							  header.sh_size,
							  header.sh_flags & SHF_EXECINSTR };
		}
		g_array_append_val(info->sections, section);
	}
}

static const struct debug_section *section_of(const struct debug_info *info, guint64 address)
{
	for (guint i = 0; i < info->sections->len; i++) {
		const struct debug_section *s = &g_array_index(info->sections, struct debug_section, i);

		if (address >= s->address && address - s->address < s->size)
			return s;
	}
	return NULL;
}

static int compare_functions(gconstpointer a, gconstpointer b)
{
	const struct debug_function *x = a, *y = b;

	return x->address < y->address ? -1 : x->address > y->address;
}

/* From the last to the first, so that the next other address is known. */
static void measure_gaps(struct debug_info *info)
{
	const struct debug_section *section = NULL;
	guint64 next = 0, end = 0;

	for (guint i = info->functions->len; i > 0; i--) {
		struct debug_function *f = &g_array_index(info->functions, struct debug_function, i - 1);

		if (!section || f->address < section->address) {
			section = section_of(info, f->address);
			end = section ? section->address + section->size : f->address;
		} else if (f->address != next)
			end = next;
		f->gap = end - f->address;
		next = f->address;
	}
}

/*
 * What the kernel takes for symbols when it looks for a function's end
 * (kernel/module/kallsyms.c): all with a name.
 */
static void read_functions(struct debug_info *info)
{
	int count = dwfl_module_getsymtab(info->module);

	for (int i = 1; i < count && i < SYMBOLS_MAX; i++) {
		struct debug_function f = { NULL };
		const struct debug_section *section = NULL;
		GElf_Sym symbol;
		GElf_Word index;

		f.name = dwfl_module_getsym_info(info->module, i, &symbol, &f.address, &index, NULL, NULL);
		if (f.name && index < info->sections->len)
			section = &g_array_index(info->sections, struct debug_section, index);
		if (!section || !*f.name || f.address < section->address ||
		    f.address - section->address >= section->size ||
		    GELF_ST_TYPE(symbol.st_info) == STT_SECTION)
			continue;
		f.size = symbol.st_size;
		if (section->code)
			g_array_append_val(info->functions, f);
		else if (GELF_ST_TYPE(symbol.st_info) == STT_OBJECT)
			g_array_append_val(info->objects, f);
	}
	g_array_sort(info->functions, compare_functions);
	measure_gaps(info);
}

struct debug_info *debug_info_open(const char *path, bool module, GError **error)
{
	g_autoptr(debug_info_owner) info = g_new0(struct debug_info, 1);
	struct stat st;

	elf_version(EV_CURRENT);
	info->path = g_strdup(path);
	info->sections = g_array_new(FALSE, TRUE, sizeof(struct debug_section));
	info->functions = g_array_new(FALSE, TRUE, sizeof(struct debug_function));
	info->objects = g_array_new(FALSE, TRUE, sizeof(struct debug_function));
	info->ranges = g_array_new(FALSE, TRUE, sizeof(struct debug_range));
	/* A FIFO would wait for who writes to it. */
	info->fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (info->fd < 0) {
		fault_set_errno(error, LAB_ERROR_BUILD, errno, "cannot read %s", path);
		return NULL;
	}
	if (!check_file(info, module, error) || !report(info, error))
		return NULL;
	info->time = fstat(info->fd, &st) == 0 ? (gint64)st.st_mtime : 0;
	read_sections(info);
	read_functions(info);
	if (!info->functions->len) {
		fault_set(error, LAB_ERROR_BUILD, "%s has no symbols: it was stripped", path);
		return NULL;
	}
	return g_steal_pointer(&info);
}

void debug_info_free(struct debug_info *info)
{
	if (!info)
		return;
	dwfl_end(info->dwfl);
	fd_close(&info->fd);
	g_array_unref(info->sections);
	g_array_unref(info->functions);
	g_array_unref(info->objects);
	g_array_unref(info->ranges);
	g_free(info->path);
	g_free(info);
}

gint64 debug_info_time(const struct debug_info *info)
{
	return info->time;
}

/* The only one of its name that is of @size, or with @loosely may be; *@several if it is not alone. */
static const struct debug_function *find_sized(const struct debug_info *info, const char *name,
					       guint64 size, bool loosely, bool *several)
{
	const struct debug_function *found = NULL;

	*several = false;
	for (guint i = 0; i < info->functions->len; i++) {
		const struct debug_function *f = &g_array_index(info->functions, struct debug_function, i);

		if (strcmp(f->name, name) != 0 ||
		    !(size == 0 || size == f->gap || size == f->size || (loosely && size > f->size)))
			continue;
		*several |= found && found->address != f->address;
		found = f;
	}
	return found;
}

/* Its size in the kernel is what is between two symbols: more than the file has where a section ends. */
const struct debug_function *debug_info_find(const struct debug_info *info, const char *name,
					     guint64 size, GError **error)
{
	g_autofree char *shown = text_line(name, -1);
	const struct debug_function *f;
	bool several;

	f = find_sized(info, name, size, false, &several);
	if (!f)
		f = find_sized(info, name, size, true, &several);
	if (f && !several)
		return f;
	if (f)
		fault_set(error, LAB_ERROR_BUILD, "%s has several functions %s that this can be", info->path,
			  shown);
	else if (find_sized(info, name, 0, false, &several))
		fault_set(error, LAB_ERROR_BUILD, "%s has a %s that is not %" G_GUINT64_FORMAT
			  " bytes long: it is another build", info->path, shown, size);
	else
		fault_set(error, LAB_ERROR_BUILD, "%s has no function %s", info->path, shown);
	return NULL;
}

const struct debug_function *debug_info_at(const struct debug_info *info, guint64 address)
{
	const struct debug_function *found = NULL;

	for (guint i = 0; i < info->functions->len; i++) {
		const struct debug_function *f = &g_array_index(info->functions, struct debug_function, i);

		if (f->address > address)
			break;
		/* Of two names for one address the longer one's, else the first. */
		if (address - f->address < f->gap &&
		    (!found || f->address != found->address || f->size > found->size))
			found = f;
	}
	return found;
}

const struct debug_function *debug_info_object_at(const struct debug_info *info, guint64 address)
{
	for (guint i = 0; i < info->objects->len; i++) {
		const struct debug_function *f = &g_array_index(info->objects, struct debug_function, i);

		if (address >= f->address && address - f->address < f->size)
			return f;
	}
	return NULL;
}

GPtrArray *debug_info_functions(const struct debug_info *info)
{
	GPtrArray *functions = g_ptr_array_new();

	for (guint i = 0; i < info->functions->len; i++)
		g_ptr_array_add(functions, &g_array_index(info->functions, struct debug_function, i));
	return functions;
}

bool debug_info_section(const struct debug_info *info, const char *name, guint64 *ret_address,
			guint64 *ret_size)
{
	for (guint i = 0; i < info->sections->len; i++) {
		const struct debug_section *s = &g_array_index(info->sections, struct debug_section, i);

		if (!s->size || strcmp(s->name, name) != 0)
			continue;
		*ret_address = s->address;
		*ret_size = s->size;
		return true;
	}
	return false;
}
