/* SPDX-License-Identifier: GPL-2.0-only */
/* Reports as the kernel writes them, at least one of each class, and what is to be read from them. */
#ifndef TESTS_LIB_SPLATS_H
#define TESTS_LIB_SPLATS_H

#include <glib.h>

struct splat_sample {
	const char *name;
	const char *log;	/* lines, without stamps */
	const char *class;	/* of the first finding; NULL = there is none */
	const char *title;
	const char *function, *module;	/* NULL = not known */
	const char *comm;	/* NULL = not looked at */
	gint64 pid;
	int cpu;		/* -1 = not looked at */
};

/* Ends with an empty element. */
extern const struct splat_sample splat_samples[];

/* A line of the log with "[   12.345678][ T123] " before it; @caller NULL = none. To be freed. */
char *splat_stamp(guint64 usec, const char *caller, const char *line);

#endif /* TESTS_LIB_SPLATS_H */
