/* SPDX-License-Identifier: GPL-2.0-only */
/* The table of the lines that the kernel's reports begin with. Pure. */
#ifndef LIBVM_OOPS_ROWS_H
#define LIBVM_OOPS_ROWS_H

#include <glib.h>
#include <stdbool.h>

#include "lib/fault.h"

enum oops_flags {
	/* The line also occurs inside a report that began with another row's, and
	 * then belongs to it. */
	OOPS_FOLLOWS = 1 << 0,
	/* The guest's kernel is not to be used any more. */
	OOPS_FATAL = 1 << 1,
	/* May stand anywhere in the line; else at its beginning, or behind the name
	 * of a subsystem ("watchdog: ", "rcu: "). */
	OOPS_ANYWHERE = 1 << 2,
	/* A fault only when a module's function is in its trace. */
	OOPS_OF_MODULE = 1 << 3,
	/* No fault; what follows it would look like one. */
	OOPS_QUIET = 1 << 4,
	/* Belongs to a report under way of the same class; begins one otherwise. */
	OOPS_CONTINUES = 1 << 6,
	/* User space prints it (cat /sys/kernel/debug/kmemleak). */
	OOPS_BY_USER = 1 << 5,
};

/* How the title is made, and where the function comes from: oops-title.c. */
enum oops_kind {
	KIND_PLAIN,	/* the row's title, no function */
	KIND_TRACE,	/* the row's title, " in " the guilty function */
	KIND_LINE,	/* the text up to " on CPU#", and the guilty function */
	KIND_KASAN,	/* "KASAN: use-after-free Read in func" */
	KIND_SANITIZER,	/* "KFENCE: use-after-free read in func", KMSAN, KCSAN */
	KIND_UBSAN,
	KIND_WARNING,
	KIND_PANIC,
	KIND_LOCKDEP,	/* the lock that is being acquired tells where */
	KIND_STALL,	/* the stack is a sample: what called into the kernel tells */
	KIND_LEAK,	/* the allocation's stack */
	KIND_SLAB,
	KIND_MASKED,	/* the line with its numbers masked, no function */
};

struct oops_row {
	const char *class;
	const char *text;
	const char *title;	/* NULL: made of the line */
	enum oops_kind kind;
	guint flags;
	enum lab_error code;	/* 0 = LAB_ERROR_KERNEL */
	const char *also;	/* has to stand behind @text; may be NULL */
};

/*
 * Whether one of the rows' texts may be in these bytes; a cheap look that most
 * lines of a log fail.
 */
bool oops_rows_suspect(const char *bytes, gsize size);

/* The row that @text, a line without its stamp, begins a report of; or NULL. */
const struct oops_row *oops_row_find(const char *text, gsize size);

/* All of them; for tests. */
const struct oops_row *oops_rows(guint *ret_n);

/* The classes of all rows that make findings, each once; the array's strings are constants. */
GPtrArray *oops_rows_classes(void);

#endif /* LIBVM_OOPS_ROWS_H */
