/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * From "function+0xOFFSET/0xSIZE [module]", as a kernel's call trace shows a place,
 * to the developer's file and line, with what was inlined there. Files are
 * opened when a place in them is asked for, and not before. All of them are hostile.
 */
#ifndef LIBVM_SYMBOLS_H
#define LIBVM_SYMBOLS_H

#include <glib.h>
#include <stdbool.h>

#include "libvm/debug-info.h"

/* A place in the code. */
struct symbol_place {
	char *module;		/* NULL = the kernel itself */
	char *function;		/* as the symbol table has it; hostile bytes */
	guint64 offset, size;	/* bytes, as a trace shows them */
	GPtrArray *frames;	/* struct symbol_frame, the innermost first; at least one */
	gint64 built;		/* when the object was written, in seconds since 1970 */
};
void symbol_place_free(struct symbol_place *place);
typedef struct symbol_place symbol_place_owner;
G_DEFINE_AUTOPTR_CLEANUP_FUNC(symbol_place_owner, symbol_place_free)

struct symbols;

/* @home is the folder that shown paths are relative to where they lie below it; may be NULL. */
struct symbols *symbols_new(const char *home);
void symbols_free(struct symbols *symbols);
typedef struct symbols symbols_owner;
G_DEFINE_AUTOPTR_CLEANUP_FUNC(symbols_owner, symbols_free)

/* Adds the .ko at @path. What module it is, is read when one is asked for. */
void symbols_add_module(struct symbols *symbols, const char *path);

/* The kernel that places without a module are in. */
void symbols_set_vmlinux(struct symbols *symbols, const char *path);

/*
 * Files that the compiler saw in the folder @inside are in @host: for a build that
 * is build_tree's inside and original. Of several that fit, the first added counts.
 */
void symbols_add_folder(struct symbols *symbols, const char *inside, const char *host);

/*
 * Opens all files that were added. LAB_ERROR_BUILD says of the first that is no
 * kernel module or no vmlinux, or has no symbols, that it is none.
 */
bool symbols_check(struct symbols *symbols, GError **error);

/*
 * @module NULL = the kernel; @size 0 = not told. @is_return: the address is one that
 * a call returns to, which all but the first of a trace are: the call is what
 * stands before it. LAB_ERROR_BUILD says why nothing is known: no such file or
 * function, several functions that it can be, another build. Without DWARF the
 * place has one frame, with no file.
 */
struct symbol_place *symbols_resolve(struct symbols *symbols, const char *module,
				     const char *function, guint64 offset, guint64 size,
				     bool is_return, GError **error);

/* The same for the byte @offset of @module's @section (".text"): for code that was unloaded. */
struct symbol_place *symbols_resolve_section(struct symbols *symbols, const char *module,
					     const char *section, guint64 offset, bool is_return,
					     GError **error);

/*
 * The variable that has the byte @offset of @module's @section (".data"), to be freed, with
 * how far into it that is and its size; NULL when there is none. Hostile bytes.
 */
char *symbols_object_at(struct symbols *symbols, const char *module, const char *section, guint64 offset,
			guint64 *ret_offset, guint64 *ret_size);

/* When the object of @module (NULL = the kernel) was written, in seconds since 1970; 0 = it is not known. */
gint64 symbols_built(struct symbols *symbols, const char *module);

/*
 * "vexfs/src/super.c:98", safe to show, to be freed: of a place's frames the
 * innermost that is below the home folder (what was inlined from a header of the
 * kernel's is seldom to blame), else the innermost with a line. NULL when there is
 * none. Arguments as symbols_resolve() has them. @ret_inlined (may be NULL) gets
 * NULL, or where something was inlined all of the frames, innermost first, the
 * function itself last: "read_root at vexfs/src/super.c:98", without " at" where
 * no file is known. To be freed with g_strfreev().
 */
char *symbols_place(struct symbols *symbols, const char *module, const char *function,
		    guint64 offset, guint64 size, bool is_return, GStrv *ret_inlined);

/* The same of an object in the data of @module, such as a timer: where it is declared. */
char *symbols_object_place(struct symbols *symbols, const char *module, const char *object);

#endif /* LIBVM_SYMBOLS_H */
