/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * One object file, a .ko or a vmlinux: which functions are in it, and what its
 * DWARF says of an address, by elfutils' libdwfl. The file is hostile: it may
 * be cut, changed or made up, and nothing but itself is read. It must not change
 * while it is open.
 *
 * Addresses are those that libdwfl lays the file out at: a .ko has none of its own.
 */
#ifndef LIBVM_DEBUG_INFO_H
#define LIBVM_DEBUG_INFO_H

#include <glib.h>
#include <stdbool.h>

/* One function at one place, inlined or not. */
struct symbol_frame {
	char *function;		/* as people write it; hostile bytes */
	char *file;		/* as the compiler had it, absolute; NULL = unknown */
	guint line, column;	/* 0 = unknown */
	bool inlined;		/* into the function of the next frame */
};
void symbol_frame_free(struct symbol_frame *frame);

/* A function, or a variable, as the symbol table has it. */
struct debug_function {
	const char *name;	/* mangled; lives as long as the debug_info; hostile bytes */
	guint64 address;
	guint64 size;		/* bytes, by the symbol table */
	guint64 gap;		/* bytes up to the next symbol or the section's end: what the kernel shows */
};

struct debug_info;

/*
 * Opens the file at @path: a .ko if @module, else a vmlinux. LAB_ERROR_BUILD
 * when it is neither, when it is made in a way that no compiler makes one, or
 * when it has no symbol table. One without DWARF is no error.
 */
struct debug_info *debug_info_open(const char *path, bool module, GError **error);
void debug_info_free(struct debug_info *info);
typedef struct debug_info debug_info_owner;
G_DEFINE_AUTOPTR_CLEANUP_FUNC(debug_info_owner, debug_info_free)

/* When the file was last written, in seconds since 1970. */
gint64 debug_info_time(const struct debug_info *info);

/*
 * The function @name that a trace shows with @size (0 = not told). LAB_ERROR_BUILD
 * when there is none, none of that size, or more than one.
 */
const struct debug_function *debug_info_find(const struct debug_info *info, const char *name,
					     guint64 size, GError **error);

/* The function that @address is in, or NULL. */
const struct debug_function *debug_info_at(const struct debug_info *info, guint64 address);

/* The variable that has the byte at @address, where the file lays it out; or NULL. Its gap is not set. */
const struct debug_function *debug_info_object_at(const struct debug_info *info, guint64 address);

/* All of them by address; elements are struct debug_function. */
GPtrArray *debug_info_functions(const struct debug_info *info);

/*
 * Where the section @name was laid out, and its size in bytes; false when
 * there is none that is loaded.
 */
bool debug_info_section(const struct debug_info *info, const char *name, guint64 *ret_address,
			guint64 *ret_size);

/*
 * What is at @address in @function, from the innermost inlined function to
 * @function itself: elements are struct symbol_frame, at least one. What the file
 * does not tell, is missing in them.
 */
GPtrArray *debug_info_frames(struct debug_info *info, const struct debug_function *function,
			     guint64 address);

/*
 * Where the object @name of the file's data, no local one, is declared; a frame with
 * its file and line, or NULL.
 */
struct symbol_frame *debug_info_object(struct debug_info *info, const char *name);

#endif /* LIBVM_DEBUG_INFO_H */
