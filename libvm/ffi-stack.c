// SPDX-License-Identifier: GPL-2.0-only
/* What the code takes of the stack, and what it uses without having taken it. */
#include <string.h>

#include "libvm/ffi-rules.h"

#define STACK_MAX 1024		/* bytes of one function; the kernel's own limit is 2048 */

/* Whether @operands end with that register, in its 64 or 32 bits: "%rsp" and "%esp" for "sp". */
static bool ends_with(const char *operands, const char *name)
{
	gsize length = strlen(operands), size = strlen(name) + 2;
	const char *at;

	if (length < size)
		return false;
	at = operands + length - size;
	return at[0] == '%' && (at[1] == 'r' || at[1] == 'e') && g_str_equal(at + 2, name) &&
	       (at == operands || at[-1] == ',');
}

/* What @insn changes is its last operand; of these it is none. */
static bool only_reads(const struct instruction *insn)
{
	return g_str_has_prefix(insn->mnemonic, "cmp") || g_str_has_prefix(insn->mnemonic, "test") ||
	       g_str_has_prefix(insn->mnemonic, "push");
}

/* The bytes of "lea -0x80(%rsp),%rsp", or from %rbp; false when an index or another register is in it. */
static bool lea_takes(const char *operands, gint64 *ret)
{
	bool minus = *operands == '-';
	char *end;

	*ret = (gint64)g_ascii_strtoull(operands + minus, &end, 16);
	*ret = minus ? *ret : -*ret;
	return end[0] == '(' && end[1] == '%' && (end[2] == 'r' || end[2] == 'e') &&
	       (g_str_has_prefix(end + 3, "sp),") || g_str_has_prefix(end + 3, "bp),"));
}

/* Bytes by which a constant changes %rsp, at most: "sub $0x48,%rsp", "add $0xffffffffffffff80,%rsp". */
static gint64 constant_takes(const struct instruction *insn)
{
	gint64 value = (gint64)g_ascii_strtoull(insn->operands + 1, NULL, 16);

	if (g_str_has_suffix(insn->operands, "%esp"))
		value = (gint32)value;
	/* A mask takes as much as it clears. */
	return g_str_has_prefix(insn->mnemonic, "sub") ? value : -value;
}

/* Bytes that @insn takes of the stack, 0 = none, without those of a push; false when no constant says how many. */
static bool stack_taken(const struct instruction *insn, gint64 *ret)
{
	const char *m = insn->mnemonic, *operands = insn->operands;

	*ret = 0;
	if (g_str_has_prefix(m, "enter")) {
		*ret = (gint64)g_ascii_strtoull(operands + (*operands == '$'), NULL, 16);
		return true;
	}
	if (!ends_with(operands, "sp") || only_reads(insn))
		return true;
	if (operands[0] == '$' && (g_str_has_prefix(m, "sub") || g_str_has_prefix(m, "add") || g_str_has_prefix(m, "and"))) {
		*ret = MAX(constant_takes(insn), 0);
		return true;
	}
	if (g_str_has_prefix(m, "lea") && lea_takes(operands, ret)) {
		*ret = MAX(*ret, 0);
		return true;
	}
	*ret = 0;
	return g_str_has_prefix(m, "mov") && g_str_has_prefix(operands, "%rbp,");
}

/* What a function does with its stack as a whole: which of its paths is gone is not known. */
struct frame {
	guint end;		/* index of the instruction behind it */
	gint64 saved, taken;	/* bytes at most: by pushes of what a callee saves, and otherwise */
	bool framed;		/* %rbp is where %rsp was, and nothing else */
	bool known;		/* those bytes are */
};

/* What a callee saves: in no such place is a variable. */
static bool is_saved(const char *operands)
{
	static const char *const names[] = { "%rbx", "%r12", "%r13", "%r14", "%r15", NULL };

	return g_strv_contains(names, operands);
}

static void frame_add(struct frame *frame, const struct instruction *insn, bool *other)
{
	bool push = g_str_has_prefix(insn->mnemonic, "push");
	gint64 taken;

	frame->known &= stack_taken(insn, &taken);
	frame->taken += taken;
	if (push && is_saved(insn->operands))
		frame->saved += 8;
	else if (push && !g_str_equal(insn->operands, "%rbp"))
		frame->taken += 8;
	if (g_str_has_prefix(insn->mnemonic, "enter") ||
	    (g_str_has_prefix(insn->mnemonic, "mov") && g_str_equal(insn->operands, "%rsp,%rbp")))
		frame->framed = true;
	else if (g_str_has_prefix(insn->mnemonic, "xchg") || g_str_has_prefix(insn->mnemonic, "xadd"))
		*other |= strstr(insn->operands, "%rbp") != NULL;
	else if (!g_str_has_prefix(insn->mnemonic, "pop") && !only_reads(insn))
		*other |= ends_with(insn->operands, "bp");
}

/* The function that begins with instruction @index, or what lies between two. */
static struct frame frame_of(const struct ffi_facts *f, guint index)
{
	const struct instruction *insn = disassembly_at(f->code, index);
	const struct elf_symbol *function = elf_object_function(f->object, insn->section, insn->offset);
	struct frame frame = { .end = index, .known = true };
	guint section = insn->section;
	bool other = false;

	do {
		frame_add(&frame, insn, &other);
		insn = disassembly_at(f->code, ++frame.end);
	} while (insn && insn->section == section &&
		 elf_object_function(f->object, insn->section, insn->offset) == function);
	frame.framed &= !other;
	return frame;
}

/* A place in memory as it is written, "-0x8(%rsp,%rax,1)". */
struct place {
	gint64 below;		/* bytes below the register */
	bool stack, frame;	/* the register: %rsp, %rbp */
	bool indexed;
	bool stored;		/* it is the operand that changes */
};

/* False when @insn names no place below %rsp or %rbp. */
static bool place_below(const struct instruction *insn, struct place *ret)
{
	const char *operands = insn->operands, *open = strstr(operands, "("), *number = open, *close;

	if (!open || !(close = strchr(open, ')')))
		return false;
	while (number > operands && (g_ascii_isxdigit(number[-1]) || number[-1] == 'x'))
		number--;
	/* Behind ":" it is a place in a segment. */
	if (number == open || number == operands || number[-1] != '-' || (number > operands + 1 && number[-2] == ':'))
		return false;
	ret->below = (gint64)MIN(g_ascii_strtoull(number, NULL, 16), G_MAXINT32);
	ret->stack = g_str_has_prefix(open, "(%rsp") || g_str_has_prefix(open, "(%esp");
	ret->frame = g_str_has_prefix(open, "(%rbp") || g_str_has_prefix(open, "(%ebp");
	ret->indexed = open[5] == ',';
	ret->stored = !close[1] && !only_reads(insn);
	return ret->stack || ret->frame;
}

/* What only computes an address, or does nothing, as the kernel's smp_mb() (arch/x86/include/asm/barrier.h). */
static bool is_harmless(const struct instruction *insn)
{
	return g_str_has_prefix(insn->mnemonic, "lea") || g_str_has_prefix(insn->mnemonic, "nop") ||
	       (g_str_has_prefix(insn->mnemonic, "add") && g_str_has_prefix(insn->operands, "$0x0,"));
}

/* Whether @place lies where an interrupt writes: below all that the function has taken. */
static bool is_red(const struct frame *frame, const struct place *place)
{
	/* An index may lead above what it begins at, if the function has a variable there. */
	if (place->indexed)
		return place->stored && frame->known && !frame->taken && (place->stack || frame->framed);
	return place->stack || (frame->framed && frame->known && place->below > frame->saved + frame->taken);
}

void ffi_rule_red_zone(const struct ffi_facts *f, struct ffi_verdict *v)
{
	struct frame frame = { .end = 0 };

	if (!ffi_facts_need_code(f, v))
		return;
	for (guint i = 0; i < f->code->code->len; i++) {
		const struct instruction *insn = disassembly_at(f->code, i);
		g_autofree char *name = NULL;
		struct place place;

		if (i == frame.end)
			frame = frame_of(f, i);
		if (is_harmless(insn) || !place_below(insn, &place) || !is_red(&frame, &place))
			continue;
		name = ffi_facts_place(f, insn->section, insn->offset);
		ffi_verdict_fail(v, "compile with -Cno-redzone=y (gcc: -mno-red-zone)", "%s %s at %s",
				 insn->mnemonic, insn->operands, name);
	}
}

void ffi_rule_stack_use(const struct ffi_facts *f, struct ffi_verdict *v)
{
	static const char remedy[] = "take large buffers from the caller, or split the function";

	if (!ffi_facts_need_code(f, v))
		return;
	for (guint i = 0; i < f->code->code->len; i++) {
		const struct instruction *insn = disassembly_at(f->code, i);
		g_autofree char *place = NULL;
		gint64 bytes;
		bool known = stack_taken(insn, &bytes);

		/* The kernel's own assembly, which a module may hold, changes stacks. */
		if (bytes <= STACK_MAX && (known || f->modinfo))
			continue;
		place = ffi_facts_place(f, insn->section, insn->offset);
		if (known)
			ffi_verdict_fail(v, remedy, "%" G_GINT64_FORMAT " bytes of stack at once at %s; the limit is %d",
					 bytes, place, STACK_MAX);
		else
			ffi_verdict_fail(v, remedy, "a stack whose size no constant says: %s %s at %s",
					 insn->mnemonic, insn->operands, place);
	}
}
