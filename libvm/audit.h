/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What modules left behind in the kernel, from what the agent saw before they were
 * loaded and after they were unloaded (agent/audit.h). Pure; the lines are the guest's
 * and hostile. docs/dev/audit.md says what is seen and what is not.
 */
#ifndef LIBVM_AUDIT_H
#define LIBVM_AUDIT_H

#include <glib.h>
#include <stdbool.h>

#define AUDIT_LEAKS_MAX 100	/* more are not told apart */

/*
 * A function of a module, or an object in its data that can be pointed to, as its
 * .ko has it (libvm/audit-symbol.c reads them).
 */
struct audit_function {
	char *module;		/* as /proc/modules shows it */
	char *section;		/* ".text", ".init.text", … */
	guint64 at, size;	/* in the section; bytes */
	char *name;
};

struct audit_function *audit_function_new(const char *module, const char *section, guint64 at,
					  guint64 size, const char *name);
void audit_function_free(struct audit_function *function);

/* Something left behind. */
struct leak {
	const char *kind;	/* "slab", "kthread", …: a row of audit.c's table */
	char *name;		/* a cache, a path, a thread: what it is called */
	char *detail;		/* one line for people: what, how much, where made */
	char *test;		/* "suite: test" that is to blame; NULL = not known */
	guint64 count;		/* how many more there are than before */
	guint64 before;		/* how many there were */
	/* The code that made it, where that is known; else NULL and 0. */
	char *module, *section, *function;
	guint64 address;	/* in the guest; 0 where only the function is known */
	guint64 offset;		/* in the function, bytes */
	/* Its line of the source: NULL and 0 until it is located (libvm/locate.h). */
	char *file;
	guint line;
};

void leak_free(struct leak *leak);

/* All kinds in turn; NULL behind the last. */
const char *audit_kind(guint i);

struct leak *leak_copy(const struct leak *leak);

/* Whether both are the same thing, in whatever number. */
bool leak_is_same(const struct leak *a, const struct leak *b);

/*
 * @text is the agent's: "KIND<TAB>NAME<TAB>DETAIL<TAB>BEFORE<TAB>NOW" a line, and
 * lines "section" and "thread" of what was known of the modules while they were
 * there. Other lines are passed over. @functions (struct audit_function) are those
 * of the modules that were tested, @needs (NULL-terminated, may be NULL) the modules
 * that they use. Elements are struct leak, those first that tell most.
 */
GPtrArray *audit_compare(const char *text, const GPtrArray *functions, const char *const *needs);

/* Appends the functions of the .ko @path, which is called @module, to @functions. */
bool audit_read_functions(const char *path, const char *module, GPtrArray *functions, GError **error);

/* The list to append to. */
GPtrArray *audit_functions_new(void);

#endif /* LIBVM_AUDIT_H */
