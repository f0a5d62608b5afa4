/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Where the sections of a loaded module lie, found in the guest's memory, so that it
 * need not answer: a kernel that panicked in the module's init has told nobody. The
 * kernel keeps a struct module (include/linux/module.h), which the module's file has
 * in .gnu.linkonce.this_module. From it the relocations lead on: where one section
 * refers to another, the loaded one holds the other's address. x86-64 (its psABI).
 */
#ifndef LIBVM_SECTIONS_H
#define LIBVM_SECTIONS_H

#include <glib.h>
#include <stdbool.h>

/* Where a struct module, behind its state and its list_head, has its name; bytes. */
#define SECTIONS_NAME_OFFSET 24

struct sections_step {
	guint section, from;	/* which one it finds, and in which: their numbers in the file */
	guint64 offset;		/* of the reference in it */
	enum { SECTIONS_ABSOLUTE_64, SECTIONS_ABSOLUTE_32, SECTIONS_RELATIVE_32 } kind;
	gint64 addend;		/* what the reference has beyond the section's begin */
	char *name;		/* of the section */
};

/*
 * The steps that find what can be found, in their order; the first begin at the
 * struct module, whose number is *@ret_module. @init: the module's init has not
 * ended, and its sections are there too. LAB_ERROR_BUILD for a file that is no
 * module. To be freed with g_ptr_array_unref(); elements are struct sections_step.
 */
GPtrArray *sections_steps(const char *file, bool init, guint *ret_module, GError **error);

/* Reads @size bytes of the guest's memory at the kernel's address @address. */
typedef bool (*sections_read_fn)(void *data, guint64 address, void *buf, gsize size);

/*
 * Follows them from the struct module at @address. An array of guint64 as long as
 * @steps; 0 = not found. To be freed with g_array_unref().
 */
GArray *sections_follow(const GPtrArray *steps, guint module, guint64 address,
			sections_read_fn read, void *data);

/*
 * Where the .text of the module of @file lies whose struct module is at @address: of the
 * pages that the struct points to the one whose bytes are the file's, but what is relocated.
 * For a module that lives: nothing that stays need refer to its code. 0 = not found.
 */
guint64 sections_find_text(const char *file, guint64 address, sections_read_fn read, void *data);

/* The steps as commands for gdb, which set $section_N; $module is the address. */
char *sections_gdb(const GPtrArray *steps, guint module);

/*
 * The struct module of @name in the kernel's list, whose head (its symbol "modules")
 * lies at @head; 0 = there is none. *@ret_coming: its init has not ended.
 */
guint64 sections_find_module(guint64 head, const char *name, sections_read_fn read, void *data,
			     bool *ret_coming);

#endif /* LIBVM_SECTIONS_H */
