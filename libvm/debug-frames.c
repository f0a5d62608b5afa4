// SPDX-License-Identifier: GPL-2.0-only
/*
 * What DWARF says of an address. libdw has ready functions for most of this
 * (dwarf_getscopes), but they call themselves once for each level of nesting, and
 * a made-up file nests as deep as it is long. Here depth and time have limits.
 */
#include <dwarf.h>
#include <elfutils/libdw.h>
#include <stdlib.h>
#include <string.h>

#include "lib/clock.h"
#include "libvm/debug-info-private.h"
#include "libvm/demangle.h"

#define DEPTH_MAX 256		/* levels of nested scopes */
#define RANGES_MAX 1000000
#define UNITS_LIMIT_S 5		/* for finding all units, once */
#define FRAMES_LIMIT_S 2	/* for one address; a real one takes a thousandth of that */
#define NAME_MAX_BYTES 4096

/* The way down to an address: a function, and those that were inlined into it. */
struct descent {
	Dwarf_Addr address;
	gint64 deadline;
	Dwarf_Die functions[DEPTH_MAX];
	guint count;
};

void symbol_frame_free(struct symbol_frame *frame)
{
	if (!frame)
		return;
	g_free(frame->function);
	g_free(frame->file);
	g_free(frame);
}

static void read_unit(struct debug_info *info, Dwarf_Die *unit, gint64 deadline)
{
	struct debug_range range = { .unit = dwarf_dieoffset(unit) };
	Dwarf_Addr base;
	ptrdiff_t at = 0;

	while ((at = dwarf_ranges(unit, at, &base, &range.low, &range.high)) > 0 &&
	       info->ranges->len < RANGES_MAX && g_get_monotonic_time() < deadline)
		if (range.low < range.high)
			g_array_append_val(info->ranges, range);
}

/* Of use are units that are in this file: others (DW_AT_dwo_name) would open more files. */
static void read_dwarf(struct debug_info *info)
{
	gint64 deadline = clock_in(UNITS_LIMIT_S);
	Dwarf_CU *cu = NULL;
	Dwarf_Half version;
	Dwarf_Die unit;
	uint8_t type;

	if (info->dwarf_read)
		return;
	info->dwarf_read = true;
	info->dwarf = dwfl_module_getdwarf(info->module, &info->bias);
	while (info->dwarf && g_get_monotonic_time() < deadline &&
	       dwarf_get_units(info->dwarf, cu, &cu, &version, &type, &unit, NULL) == 0)
		if (type == DW_UT_compile && dwarf_tag(&unit) == DW_TAG_compile_unit)
			read_unit(info, &unit, deadline);
}

static bool find_unit(const struct debug_info *info, Dwarf_Addr address, Dwarf_Die *ret)
{
	for (guint i = 0; i < info->ranges->len; i++) {
		const struct debug_range *r = &g_array_index(info->ranges, struct debug_range, i);

		if (address >= r->low && address < r->high)
			return dwarf_offdie(info->dwarf, r->unit, ret) != NULL;
	}
	return false;
}

static bool has_code(int tag)
{
	return tag == DW_TAG_subprogram || tag == DW_TAG_inlined_subroutine || tag == DW_TAG_lexical_block;
}

/* What has no address, and functions in it: Rust's modules and types. */
static bool has_functions(int tag)
{
	return tag == DW_TAG_namespace || tag == DW_TAG_structure_type || tag == DW_TAG_union_type ||
	       tag == DW_TAG_enumeration_type || tag == DW_TAG_module;
}

/* True when the address was found below @parent. Nothing is looked at twice: offsets only grow. */
static bool descend(struct descent *d, Dwarf_Die *parent, guint depth)
{
	Dwarf_Die child;
	Dwarf_Off offset, last = 0;

	if (depth == DEPTH_MAX || dwarf_child(parent, &child) != 0)
		return false;
	do {
		int tag = dwarf_tag(&child);

		offset = dwarf_dieoffset(&child);
		if (offset <= last)
			return false;
		last = offset;
		if (has_code(tag) && dwarf_haspc(&child, d->address) > 0) {
			if (tag != DW_TAG_lexical_block)
				d->functions[d->count++] = child;
			descend(d, &child, depth + 1);
			return true;
		}
		if (has_functions(tag) && descend(d, &child, depth + 1))
			return true;
	} while (g_get_monotonic_time() < d->deadline && dwarf_siblingof(&child, &child) == 0);
	return false;
}

/* A mangled name tells more than the short one that DWARF has beside it. */
static char *name_of(Dwarf_Die *die, const char *otherwise)
{
	Dwarf_Attribute attribute;
	const char *linkage = NULL, *name = dwarf_diename(die);
	char *readable = NULL;

	if (dwarf_attr_integrate(die, DW_AT_linkage_name, &attribute))
		linkage = dwarf_formstring(&attribute);
	if (linkage)
		readable = demangle(linkage);
	if (!readable && !name)
		readable = demangle(otherwise);
	return readable ? readable : g_strndup(name ? name : otherwise, NAME_MAX_BYTES);
}

/* DWARF has paths as the compiler was given them. */
static char *path_of(const char *path, Dwarf_Die *unit)
{
	Dwarf_Attribute attribute;
	const char *folder = dwarf_formstring(dwarf_attr(unit, DW_AT_comp_dir, &attribute));
	g_autofree char *bounded = path ? g_strndup(path, NAME_MAX_BYTES) : NULL;

	if (!bounded || !*bounded)
		return NULL;
	if (*bounded != '/' && (!folder || *folder != '/'))
		return g_steal_pointer(&bounded);
	return g_canonicalize_filename(bounded, *bounded == '/' ? "/" : folder);
}

static guint number_of(Dwarf_Die *die, guint name)
{
	Dwarf_Attribute attribute;
	Dwarf_Word value;

	if (dwarf_formudata(dwarf_attr(die, name, &attribute), &value) != 0 || value > G_MAXINT)
		return 0;
	return (guint)value;
}

/* The file that the attribute @name of @die is an index of. */
static char *file_of(Dwarf_Die *die, guint name, Dwarf_Die *unit)
{
	guint index = number_of(die, name);
	Dwarf_Files *files;
	size_t count;

	if (dwarf_getsrcfiles(unit, &files, &count) != 0 || index >= count)
		return NULL;
	return path_of(dwarf_filesrc(files, index, NULL, NULL), unit);
}

/* Where the line table has @address. */
static void place_innermost(struct symbol_frame *frame, Dwarf_Die *unit, Dwarf_Addr address)
{
	Dwarf_Line *row = dwarf_getsrc_die(unit, address);
	int line = 0, column = 0;

	if (!row)
		return;
	frame->file = path_of(dwarf_linesrc(row, NULL, NULL), unit);
	if (dwarf_lineno(row, &line) == 0 && line > 0)
		frame->line = (guint)line;
	if (frame->line && dwarf_linecol(row, &column) == 0 && column > 0)
		frame->column = (guint)column;
}

/* Where @inlined was called from. */
static void place_caller(struct symbol_frame *frame, Dwarf_Die *unit, Dwarf_Die *inlined)
{
	frame->file = file_of(inlined, DW_AT_call_file, unit);
	frame->line = number_of(inlined, DW_AT_call_line);
	if (frame->line)
		frame->column = number_of(inlined, DW_AT_call_column);
}

static void add_frame(GPtrArray *frames, Dwarf_Die *unit, struct descent *d, guint i, const char *symbol)
{
	struct symbol_frame *frame = g_new0(struct symbol_frame, 1);

	frame->function = name_of(&d->functions[i], symbol);
	frame->inlined = i > 0;
	if (i + 1 == d->count)
		place_innermost(frame, unit, d->address);
	else
		place_caller(frame, unit, &d->functions[i + 1]);
	g_ptr_array_add(frames, frame);
}

/* Without DWARF's word on the function: its symbol, and what the line table has. */
static void add_symbol(GPtrArray *frames, Dwarf_Die *unit, Dwarf_Addr address, const char *symbol)
{
	struct symbol_frame *frame = g_new0(struct symbol_frame, 1);

	frame->function = demangle(symbol);
	if (!frame->function)
		frame->function = g_strndup(symbol, NAME_MAX_BYTES);
	if (unit)
		place_innermost(frame, unit, address);
	g_ptr_array_add(frames, frame);
}

GPtrArray *debug_info_frames(struct debug_info *info, const struct debug_function *function,
			     guint64 address)
{
	GPtrArray *frames = g_ptr_array_new_with_free_func((GDestroyNotify)symbol_frame_free);
	struct descent d = { .deadline = clock_in(FRAMES_LIMIT_S) };
	bool known;
	Dwarf_Die unit;

	read_dwarf(info);
	d.address = address - info->bias;
	known = info->dwarf && find_unit(info, d.address, &unit);
	if (known)
		descend(&d, &unit, 0);
	/* No compiler makes a file that takes this long: its DWARF is not asked again. */
	if (g_get_monotonic_time() > d.deadline)
		info->dwarf = NULL;
	for (guint i = d.count; i > 0; i--)
		add_frame(frames, &unit, &d, i - 1, function->name);
	if (!d.count)
		add_symbol(frames, known ? &unit : NULL, d.address, function->name);
	return frames;
}

/* Whether @die is @name's definition: of a declaration nothing lies in the file. */
static bool is_object(Dwarf_Die *die, const char *name)
{
	const char *own = dwarf_tag(die) == DW_TAG_variable ? dwarf_diename(die) : NULL;

	return own && strcmp(own, name) == 0 && dwarf_hasattr(die, DW_AT_location) &&
	       dwarf_hasattr(die, DW_AT_decl_line);
}

static bool find_object(Dwarf_Die *unit, const char *name, gint64 deadline, Dwarf_Die *ret)
{
	Dwarf_Off last = 0;

	if (dwarf_child(unit, ret) != 0)
		return false;
	do {
		if (dwarf_dieoffset(ret) <= last)
			return false;
		last = dwarf_dieoffset(ret);
		if (is_object(ret, name))
			return true;
	} while (g_get_monotonic_time() < deadline && dwarf_siblingof(ret, ret) == 0);
	return false;
}

struct symbol_frame *debug_info_object(struct debug_info *info, const char *name)
{
	gint64 deadline = clock_in(FRAMES_LIMIT_S);
	struct symbol_frame *frame;
	Dwarf_CU *cu = NULL;
	Dwarf_Half version;
	Dwarf_Die unit, die;
	bool found = false;
	uint8_t type;

	read_dwarf(info);
	while (!found && info->dwarf && g_get_monotonic_time() < deadline &&
	       dwarf_get_units(info->dwarf, cu, &cu, &version, &type, &unit, NULL) == 0)
		found = type == DW_UT_compile && dwarf_tag(&unit) == DW_TAG_compile_unit &&
			find_object(&unit, name, deadline, &die);
	if (!found)
		return NULL;
	frame = g_new0(struct symbol_frame, 1);
	frame->function = g_strndup(name, NAME_MAX_BYTES);
	frame->file = file_of(&die, DW_AT_decl_file, &unit);
	frame->line = number_of(&die, DW_AT_decl_line);
	return frame;
}
