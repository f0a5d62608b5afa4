// SPDX-License-Identifier: GPL-2.0-only
#include "libvm/sections.h"

#include <errno.h>
#include <fcntl.h>
#include <gelf.h>
#include <libelf.h>
#include <string.h>

#include "lib/fault.h"
#include "lib/fd.h"

#define SECTIONS_MAX 4096
#define MODULES_MAX 4096		/* in a list that a guest may have broken */
/* struct module begins: enum module_state, padding, struct list_head, the name. */
#define LIST_OFFSET 8
#define NAME_SIZE 56
#define STATE_COMING 1

/* struct module has the begin of each of its parts; the first one begins with .text. */
#define PAGE_BYTES 4096
#define STRUCT_BYTES_MAX 16384
#define TEXT_BYTES_MAX 1024	/* that are compared */
#define TEXT_BYTES_MIN 16
#define SAME_PERCENT 90		/* of them: the kernel patches some */
#define CALL_BYTES 5		/* a reference with its opcode, as the kernel patches it */

#define THIS_MODULE ".gnu.linkonce.this_module"

struct elf {
	Elf *elf;
	size_t count, names;
	bool init;
	bool *known;		/* by a section's number */
	GPtrArray *steps;
};

static void step_free(gpointer data)
{
	struct sections_step *step = data;

	g_free(step->name);
	g_free(step);
}

static const char *name_of(const struct elf *e, const GElf_Shdr *header)
{
	const char *name = elf_strptr(e->elf, e->names, header->sh_name);

	return name ? name : "";
}

/* One that the kernel keeps as it is: others are sorted, moved, or the module's to change. */
static bool is_source(const char *name, const GElf_Shdr *header)
{
	return (header->sh_flags & SHF_EXECINSTR) || g_str_has_prefix(name, ".rodata") ||
	       g_str_has_prefix(name, ".data.rel.ro") || g_str_equal(name, ".exit.data") ||
	       g_str_equal(name, ".init.data") || g_str_equal(name, THIS_MODULE);
}

static bool is_target(const struct elf *e, const char *name, const GElf_Shdr *header)
{
	return (header->sh_flags & SHF_ALLOC) && header->sh_size && !strstr(name, "percpu") &&
	       !g_str_equal(name, ".modinfo") && !g_str_equal(name, "__versions") &&
	       (e->init || !g_str_has_prefix(name, ".init"));
}

static bool kind_of(guint64 info, struct sections_step *step)
{
	switch (GELF_R_TYPE(info)) {
	case R_X86_64_64:
		step->kind = SECTIONS_ABSOLUTE_64;
		return true;
	case R_X86_64_32S:
		step->kind = SECTIONS_ABSOLUTE_32;
		return true;
	case R_X86_64_PC32:
	case R_X86_64_PLT32:
		step->kind = SECTIONS_RELATIVE_32;
		return true;
	default:
		return false;
	}
}

/* A relocation in the section @from: a step, if it leads to one not yet known. */
static void take(struct elf *e, guint from, const GElf_Rela *rela, Elf_Data *symbols, guint64 size)
{
	struct sections_step step = { .from = from, .offset = rela->r_offset };
	GElf_Shdr header;
	GElf_Sym symbol;

	if (!gelf_getsym(symbols, (int)GELF_R_SYM(rela->r_info), &symbol) || !kind_of(rela->r_info, &step) ||
	    rela->r_offset > size || size - rela->r_offset < (step.kind == SECTIONS_ABSOLUTE_64 ? 8 : 4))
		return;
	step.section = symbol.st_shndx;
	if (!step.section || step.section >= e->count || e->known[step.section] ||
	    !gelf_getshdr(elf_getscn(e->elf, step.section), &header) ||
	    !is_target(e, name_of(e, &header), &header))
		return;
	step.addend = (gint64)(symbol.st_value + (guint64)rela->r_addend);
	step.name = g_strdup(name_of(e, &header));
	e->known[step.section] = true;
	g_ptr_array_add(e->steps, g_memdup2(&step, sizeof(step)));
}

static void scan(struct elf *e, guint from)
{
	GElf_Shdr source, header;
	Elf_Scn *scn = NULL;

	if (!gelf_getshdr(elf_getscn(e->elf, from), &source) || !is_source(name_of(e, &source), &source))
		return;
	while ((scn = elf_nextscn(e->elf, scn))) {
		Elf_Data *data, *symbols;
		GElf_Rela rela;

		if (!gelf_getshdr(scn, &header) || header.sh_type != SHT_RELA || header.sh_info != from)
			continue;
		data = elf_getdata(scn, NULL);
		symbols = elf_getdata(elf_getscn(e->elf, header.sh_link), NULL);
		for (int i = 0; data && symbols && gelf_getrela(data, i, &rela); i++)
			take(e, from, &rela, symbols, source.sh_size);
	}
}

/* The number of the section; 0 = there is none. */
static guint find_section(const struct elf *e, const char *name)
{
	GElf_Shdr header;

	for (guint i = 1; i < e->count; i++)
		if (gelf_getshdr(elf_getscn(e->elf, i), &header) && g_str_equal(name_of(e, &header), name))
			return i;
	return 0;
}

static bool take_file(struct elf *e, int fd)
{
	elf_version(EV_CURRENT);
	e->elf = elf_begin(fd, ELF_C_READ, NULL);
	return e->elf && elf_getshdrnum(e->elf, &e->count) >= 0 && e->count <= SECTIONS_MAX &&
	       elf_getshdrstrndx(e->elf, &e->names) >= 0;
}

static GPtrArray *steps_of(struct elf *e, guint *ret_module)
{
	*ret_module = find_section(e, THIS_MODULE);
	if (!*ret_module)
		return NULL;
	e->known = g_new0(bool, e->count);
	e->known[*ret_module] = true;
	e->steps = g_ptr_array_new_with_free_func(step_free);
	scan(e, *ret_module);
	for (guint i = 0; i < e->steps->len; i++)
		scan(e, ((struct sections_step *)e->steps->pdata[i])->section);
	g_free(e->known);
	return e->steps;
}

GPtrArray *sections_steps(const char *file, bool init, guint *ret_module, GError **error)
{
	auto_fd fd = open(file, O_RDONLY | O_CLOEXEC);
	struct elf e = { .init = init };
	GPtrArray *steps;

	if (fd < 0) {
		fault_set_errno(error, LAB_ERROR_BUILD, errno, "cannot read %s", file);
		return NULL;
	}
	steps = take_file(&e, fd) ? steps_of(&e, ret_module) : NULL;
	elf_end(e.elf);
	if (!steps)
		fault_set(error, LAB_ERROR_BUILD, "%s is no kernel module", file);
	return steps;
}

/* In memory */

static guint64 resolve(const struct sections_step *step, guint64 from, sections_read_fn read, void *data)
{
	guint64 at = from + step->offset, whole = 0;
	gint32 part = 0;

	if (!from)
		return 0;
	if (step->kind == SECTIONS_ABSOLUTE_64)
		return read(data, at, &whole, sizeof(whole)) ? whole - (guint64)step->addend : 0;
	if (!read(data, at, &part, sizeof(part)))
		return 0;
	return (step->kind == SECTIONS_RELATIVE_32 ? at : 0) + (guint64)(gint64)part - (guint64)step->addend;
}

GArray *sections_follow(const GPtrArray *steps, guint module, guint64 address, sections_read_fn read,
			void *data)
{
	GArray *found = g_array_sized_new(FALSE, TRUE, sizeof(guint64), steps->len);

	for (guint i = 0; i < steps->len; i++) {
		const struct sections_step *step = steps->pdata[i];
		guint64 from = step->from == module ? address : 0, base;

		for (guint k = 0; k < i && !from; k++)
			if (((struct sections_step *)steps->pdata[k])->section == step->from)
				from = g_array_index(found, guint64, k);
		base = resolve(step, from, read, data);
		g_array_append_val(found, base);
	}
	return found;
}

/* The first bytes of a file's .text, and which of them are as the file has them. */
struct text {
	const guint8 *bytes;
	gsize size;
	bool patched[TEXT_BYTES_MAX];
};

static void mark_patched(const struct elf *e, guint section, struct text *text)
{
	Elf_Scn *scn = NULL;
	GElf_Shdr header;
	GElf_Rela rela;

	while ((scn = elf_nextscn(e->elf, scn))) {
		if (!gelf_getshdr(scn, &header) || header.sh_type != SHT_RELA || header.sh_info != section)
			continue;
		for (int i = 0; gelf_getrela(elf_getdata(scn, NULL), i, &rela); i++)
			for (guint64 at = rela.r_offset - (rela.r_offset > 0); at < text->size &&
			     at < rela.r_offset - (rela.r_offset > 0) + CALL_BYTES; at++)
				text->patched[at] = true;
	}
}

static bool is_text(const struct text *text, guint64 address, sections_read_fn read, void *data)
{
	guint8 bytes[TEXT_BYTES_MAX];
	guint compared = 0, same = 0;

	if (!read(data, address, bytes, text->size))
		return false;
	for (gsize i = 0; i < text->size; i++) {
		compared += !text->patched[i];
		same += !text->patched[i] && bytes[i] == text->bytes[i];
	}
	return compared >= TEXT_BYTES_MIN && same * 100 >= compared * SAME_PERCENT;
}

static guint64 find_text(const struct elf *e, guint64 address, sections_read_fn read, void *data)
{
	guint section = find_section(e, ".text"), module = find_section(e, THIS_MODULE);
	Elf_Data *code = section ? elf_getdata(elf_getscn(e->elf, section), NULL) : NULL;
	Elf_Data *object = module ? elf_getdata(elf_getscn(e->elf, module), NULL) : NULL;
	struct text text = { 0 };
	guint64 words[STRUCT_BYTES_MAX / sizeof(guint64)];
	gsize size = object ? MIN(object->d_size, sizeof(words)) / sizeof(*words) * sizeof(*words) : 0;

	if (!code || !code->d_buf || !size || !read(data, address, words, size))
		return 0;
	text.bytes = code->d_buf;
	text.size = MIN(code->d_size, TEXT_BYTES_MAX);
	mark_patched(e, section, &text);
	for (gsize i = 0; i < size / sizeof(*words); i++)
		if (words[i] && words[i] % PAGE_BYTES == 0 && is_text(&text, words[i], read, data))
			return words[i];
	return 0;
}

guint64 sections_find_text(const char *file, guint64 address, sections_read_fn read, void *data)
{
	auto_fd fd = open(file, O_RDONLY | O_CLOEXEC);
	struct elf e = { 0 };
	guint64 text = fd >= 0 && take_file(&e, fd) ? find_text(&e, address, read, data) : 0;

	elf_end(e.elf);
	return text;
}

/* gdb has no symbols for these types either: they are built into it. */
static void append_step(GString *text, const struct sections_step *s)
{
	g_autofree char *at = g_strdup_printf("$section_%u + %" G_GUINT64_FORMAT, s->from, s->offset);

	g_string_append_printf(text, "set $section_%u = (unsigned long)(", s->section);
	if (s->kind == SECTIONS_ABSOLUTE_64)
		g_string_append_printf(text, "*(unsigned long *)(%s)", at);
	else if (s->kind == SECTIONS_ABSOLUTE_32)
		g_string_append_printf(text, "(long)*(int *)(%s)", at);
	else
		g_string_append_printf(text, "%s + (long)*(int *)(%s)", at, at);
	g_string_append_printf(text, " - (%" G_GINT64_FORMAT "))\n", s->addend);
}

char *sections_gdb(const GPtrArray *steps, guint module)
{
	GString *text = g_string_new(NULL);

	g_string_append_printf(text, "set $section_%u = (unsigned long)$module\n", module);
	for (guint i = 0; i < steps->len; i++)
		append_step(text, steps->pdata[i]);
	return g_string_free(text, FALSE);
}

guint64 sections_find_module(guint64 head, const char *name, sections_read_fn read, void *data,
			     bool *ret_coming)
{
	guint64 at = 0;

	if (!head || !read(data, head, &at, sizeof(at)))
		return 0;
	for (guint i = 0; i < MODULES_MAX && at != head; i++) {
		guint64 module = at - LIST_OFFSET;
		char bytes[SECTIONS_NAME_OFFSET + NAME_SIZE + 1] = "";
		guint32 state;

		if (!read(data, module, bytes, sizeof(bytes) - 1))
			return 0;
		if (g_str_equal(bytes + SECTIONS_NAME_OFFSET, name)) {
			memcpy(&state, bytes, sizeof(state));
			*ret_coming = state == STATE_COMING;
			return module;
		}
		memcpy(&at, bytes + LIST_OFFSET, sizeof(at));
	}
	return 0;
}
