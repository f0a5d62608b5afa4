/* SPDX-License-Identifier: GPL-2.0-only */
/* What debug-info.c (the file, its symbols) and debug-frames.c (its DWARF) share. */
#ifndef LIBVM_DEBUG_INFO_PRIVATE_H
#define LIBVM_DEBUG_INFO_PRIVATE_H

#include <elfutils/libdwfl.h>

#include "libvm/debug-info.h"

struct debug_section {
	const char *name;
	guint64 address, size;
	bool code;
};

/* Addresses that belong to a compilation unit. */
struct debug_range {
	guint64 low, high;	/* DWARF's addresses; high is the first behind it */
	Dwarf_Off unit;		/* offset of its DIE */
};

struct debug_info {
	char *path;
	int fd;
	gint64 time;
	Dwfl *dwfl;
	Dwfl_Module *module;
	GArray *sections;	/* struct debug_section, by index; unloaded ones have size 0 */
	GArray *functions;	/* struct debug_function, by address */
	GArray *objects;	/* struct debug_function, of variables */
	bool dwarf_read;	/* whether the next three are set */
	Dwarf *dwarf;		/* the dwfl's; NULL = none */
	Dwarf_Addr bias;	/* what an address is above DWARF's */
	GArray *ranges;		/* struct debug_range */
};

#endif /* LIBVM_DEBUG_INFO_PRIVATE_H */
