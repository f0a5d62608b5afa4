/* SPDX-License-Identifier: GPL-2.0-only */
/* Something that modules left behind in the kernel. */
#ifndef LIBVM_LEAK_H
#define LIBVM_LEAK_H

#include <glib.h>
#include <stdbool.h>

#include "libvm/outcome.h"

struct leak {
	const char *kind;	/* "slab", "kthread", …: one of audit_kind() (libvm/audit-kind.h) */
	char *name;		/* a cache, a path, a thread: what it is called */
	char *detail;		/* one line for people: what, how much, where made */
	char *test;		/* "suite: test" that is to blame; NULL = not known */
	char *during;		/* "suite: test" that ran when it was made, by the clock; NULL = not known */
	guint64 count;		/* how many more there are than before */
	guint64 before;		/* how many there were */
	guint loads;		/* how often its guest had loaded the modules then; 0 = not known */
	guint64 size;		/* of memory: of one, bytes; else 0 */
	/* When the first and the last were made: the guest's clock, µs; 0 = not known. */
	guint64 made_first, made_last;
	/* The code that made it, where that is known; else NULL and 0. */
	char *module, *section, *function;
	guint64 address;	/* in the guest; 0 where only the function is known */
	guint64 offset;		/* in the function, bytes */
	/* Its line of the source: NULL and 0 until it is located (libvm/locate.h). */
	char *file;
	guint line;
};

void leak_free(struct leak *leak);
struct leak *leak_copy(const struct leak *leak);

/* Whether both are the same thing, in whatever number. */
bool leak_is_same(const struct leak *a, const struct leak *b);

/*
 * "by SUITE: TEST", "during SUITE: TEST", of what a suite as a whole is to blame for both; NULL when
 * neither is known. To be freed.
 */
char *leak_whose(const struct leak *leak);

/* Whether its time is known, and some of it may have been made while @test ran. */
bool leak_is_made_during(const struct leak *leak, const struct test_result *test);

#endif /* LIBVM_LEAK_H */
