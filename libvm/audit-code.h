/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The code of the tested modules: which function an address of the guest's was in,
 * by the functions of each .ko and where its sections were loaded. Pure but for
 * audit_read_functions(); addresses are the guest's and hostile.
 */
#ifndef LIBVM_AUDIT_CODE_H
#define LIBVM_AUDIT_CODE_H

#include <glib.h>
#include <stdbool.h>

/*
 * A function of a module, or an object in its data that can be pointed to, as its
 * .ko has it.
 */
struct audit_function {
	char *module;		/* as /proc/modules shows it */
	char *section;		/* ".text", ".init.text", … */
	guint64 at, size;	/* in the section; bytes */
	char *name;
};

/* Has copies of the texts. */
struct audit_function *audit_function_new(const char *module, const char *section, guint64 at,
					  guint64 size, const char *name);
void audit_function_free(struct audit_function *function);

/* A list of them, empty. */
GPtrArray *audit_functions_new(void);

/*
 * Appends the functions of the .ko @path, which is called @module, to @functions.
 * LAB_ERROR_LAB: it cannot be read or is no ELF file (libvm/audit-symbol.c).
 */
bool audit_read_functions(const char *path, const char *module, GPtrArray *functions, GError **error);

/* Somewhere in a function. */
struct audit_place {
	char *module, *section, *function;	/* section: NULL where it is not known */
	guint64 address;	/* in the guest; 0 where only the function is known */
	guint64 offset;		/* in the function, bytes */
	guint64 size;		/* of the function, bytes; 0 where it is not known */
};

/* Frees what is in it. */
void audit_place_clear(struct audit_place *place);

/*
 * From "MODULE FUNCTION+0xOFFSET/0xSIZE", as the agent tells of a thread. False: it is
 * nothing of the kind, and @ret is empty.
 */
bool audit_place_parse(const char *text, struct audit_place *ret);

/* @functions (struct audit_function) stay the caller's and have to live as long. */
struct audit_code *audit_code_new(const GPtrArray *functions);
void audit_code_free(struct audit_code *code);

/* Whether @module, as /proc/modules shows it, has any function there. */
bool audit_code_has_module(const struct audit_code *code, const char *module);

/*
 * Where a section was in one load of @module, in the order of loads: @text is
 * "SECTION 0xADDRESS". What is nothing of the kind, or has no functions, is passed over.
 */
void audit_code_add_section(struct audit_code *code, const char *module, const char *text);

/* "0x…", and not 0x0. */
bool audit_address_parse(const char *text, guint64 *ret);

/*
 * The place of @address by the last load that fits. A call's return address may be the
 * first byte after its function (@is_return); an entry is the function's own. False: it is
 * in no function, and @ret is empty.
 */
bool audit_code_find(const struct audit_code *code, guint64 address, bool is_return,
		     struct audit_place *ret);

#endif /* LIBVM_AUDIT_CODE_H */
