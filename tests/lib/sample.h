/* SPDX-License-Identifier: GPL-2.0-only */
/* A module called "fixture", of two sources, that gcc makes: a fixture for g_test_add(). */
#ifndef TESTS_LIB_SAMPLE_H
#define TESTS_LIB_SAMPLE_H

#include <glib.h>

#include "libvm/symbols.h"

struct sample {
	char *dir, *ko;		/* a folder; the module in it, which is not made yet */
	struct symbols *symbols;	/* of the module */
};

void sample_set_up(struct sample *sample, gconstpointer data);
void sample_tear_down(struct sample *sample, gconstpointer data);

/* @name in its folder; to be freed. */
char *sample_path(const struct sample *sample, const char *name);

/* Runs a program, which has to end with status 0; *@ret_out (may be NULL) is what it printed. */
void sample_run(const char *const *argv, char **ret_out);

/* The module's first source, "first.c"; the numbers of its lines are what is tested. */
extern const char sample_first_c[];

/* Compiles @text as the file @name into @object, by gcc's @flags (words). */
void sample_compile(struct sample *sample, const char *name, const char *text, const char *object,
		    const char *flags);

/* The module of the objects @a and @b (may be NULL). */
void sample_link(struct sample *sample, const char *a, const char *b);

/* The module of both sources. */
void sample_make(struct sample *sample, const char *flags);

/* Offset in @name of the first place whose innermost frame is @function, at @line. */
guint64 sample_offset(struct sample *sample, const char *name, const char *function, guint line);

/* The gap (struct debug_function) of the function @name; of several, of the one with the index @which. */
guint64 sample_gap(struct sample *sample, const char *name, guint which);

#endif /* TESTS_LIB_SAMPLE_H */
