// SPDX-License-Identifier: GPL-2.0-only
#include "libvm/disassembly.h"

#include <elf.h>
#include <string.h>

#include "lib/fault.h"
#include "lib/program.h"

#define LIMIT_MS 120000
#define LINE_MAX_BYTES 4096

static const char heading[] = "Disassembly of section ";

static const char *const prefixes[] = {
	"cs", "ds", "es", "fs", "gs", "ss", "lock", "rep", "repz", "repnz", "data16", "data32", "addr16",
	"addr32", "notrack", "bnd", "xacquire", "xrelease", "{vex}", "{vex3}", "{evex}", NULL
};

void disassembly_free(struct disassembly *d)
{
	if (!d)
		return;
	g_array_unref(d->code);
	g_string_chunk_free(d->words);
	g_free(d);
}

const struct instruction *disassembly_at(const struct disassembly *d, guint index)
{
	return index < d->code->len ? &g_array_index(d->code, struct instruction, index) : NULL;
}

/* objdump goes through the sections in their order; of two with one name the next is meant. */
static guint next_section(const struct elf_object *o, guint after, const char *name, gsize length)
{
	for (guint i = after + 1; i < o->sections->len; i++) {
		const struct elf_section *section = elf_object_section(o, i);

		if ((section->flags & SHF_EXECINSTR) && strlen(section->name) == length &&
		    memcmp(section->name, name, length) == 0)
			return i;
	}
	return 0;
}

/* "call   13 <f+0x3>" behind its prefixes, in two words. */
static void take_words(struct disassembly *d, const char *text, gsize size, struct instruction *ret)
{
	g_autofree char *line = g_strndup(text, MIN(size, LINE_MAX_BYTES));
	char *comment = strstr(line, " #"), *at = line, *end;
	g_autofree char *word = NULL;

	if (comment)
		*comment = '\0';
	g_strstrip(line);
	for (;;) {
		gsize length = strcspn(at, " \t");

		g_free(word);
		word = g_strndup(at, length);
		end = at + length + strspn(at + length, " \t");
		if (!*end || !(g_strv_contains(prefixes, word) || g_str_has_prefix(word, "rex")))
			break;
		at = end;
	}
	ret->mnemonic = g_string_chunk_insert_const(d->words, word);
	ret->operands = g_string_chunk_insert_const(d->words, end);
}

/* "   e:\tcall   13 <f+0x3>" */
static bool take_line(struct disassembly *d, guint section, const char *line, gsize size)
{
	struct instruction insn = { .section = section };
	char *end;

	insn.offset = g_ascii_strtoull(line, &end, 16);
	if (end == line || end - line + 2 > (gssize)size || end[0] != ':' || end[1] != '\t')
		return true;
	take_words(d, end + 2, size - (gsize)(end + 2 - line), &insn);
	if (!*insn.mnemonic)
		return true;
	g_array_append_val(d->code, insn);
	return d->code->len <= DISASSEMBLY_MAX;
}

static void set_ends(struct disassembly *d, const struct elf_object *o)
{
	for (guint i = 0; i < d->code->len; i++) {
		struct instruction *insn = &g_array_index(d->code, struct instruction, i);
		const struct instruction *next = disassembly_at(d, i + 1);

		insn->end = elf_object_section(o, insn->section)->size;
		if (next && next->section == insn->section)
			insn->end = next->offset;
	}
}

struct disassembly *disassembly_parse(const char *text, const struct elf_object *o, GError **error)
{
	g_autoptr(disassembly_owner) d = g_new0(struct disassembly, 1);
	guint section = 0, last = 0;

	d->code = g_array_new(FALSE, TRUE, sizeof(struct instruction));
	d->words = g_string_chunk_new(4096);
	while (*text) {
		gsize size = strcspn(text, "\n");

		if (size >= sizeof(heading) && g_str_has_prefix(text, heading)) {
			section = next_section(o, last, text + sizeof(heading) - 1, size - sizeof(heading));
			last = section ? section : last;
		} else if (section && !take_line(d, section, text, size)) {
			fault_set(error, LAB_ERROR_LAB, "more than %d instructions", DISASSEMBLY_MAX);
			return NULL;
		}
		text += size + (text[size] == '\n');
	}
	set_ends(d, o);
	return g_steal_pointer(&d);
}

struct disassembly *disassembly_run(const char *path, const struct elf_object *o, GError **error)
{
	const char *argv[] = { "objdump", "-d", "--no-show-raw-insn", "--", path, NULL };
	g_autofree char *text = NULL;

	if (!program_check(argv, LIMIT_MS, &text, error))
		return NULL;
	if (strlen(text) >= PROGRAM_OUTPUT_MAX) {
		fault_set(error, LAB_ERROR_LAB, "objdump printed more than %d bytes", PROGRAM_OUTPUT_MAX);
		return NULL;
	}
	return disassembly_parse(text, o, error);
}

bool instruction_is_branch(const struct instruction *insn)
{
	return insn->mnemonic[0] == 'j' || g_str_has_prefix(insn->mnemonic, "call") ||
	       g_str_has_prefix(insn->mnemonic, "loop") || g_str_has_prefix(insn->mnemonic, "xbegin");
}

bool instruction_is_indirect(const struct instruction *insn)
{
	return instruction_is_branch(insn) && insn->operands[0] == '*';
}

bool instruction_target(const struct instruction *insn, guint64 *ret)
{
	char *end;

	if (!instruction_is_branch(insn) || !g_ascii_isxdigit(insn->operands[0]))
		return false;
	*ret = g_ascii_strtoull(insn->operands, &end, 16);
	return !*end || *end == ' ';
}
