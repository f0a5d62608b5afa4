/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The kinds of things that modules leave behind, and the functions of the kernel that
 * make them. Pure. A new kind is a row of the table in audit-kind.c, and the agent's to
 * list (agent/audit-table.c, agent/audit-tree.c).
 */
#ifndef LIBVM_AUDIT_KIND_H
#define LIBVM_AUDIT_KIND_H

#include <glib.h>
#include <stdbool.h>

struct audit_kind {
	const char *name;	/* as the agent's lines have it */
	const char *words;	/* in front of the thing's name; NULL: memory, which has none */
	const char *makers;	/* functions of the kernel that make it: beginnings, without _ */
	const char *where;	/* in front of the place; NULL = "made at" */
};

/* The names of all kinds in turn, those first that tell most; NULL behind the last. */
const char *audit_kind(guint i);

/* NULL: there is none of that name. */
const struct audit_kind *audit_kind_find(const char *name);

/* Below, at or above 0 as kind @a comes before, is, or comes after @b; both are kinds' names. */
int audit_kind_order(const char *a, const char *b);

/* Whether a call of the kernel's function @via makes things of @kind, a kind's name. */
bool audit_kind_is_made_by(const char *kind, const char *via);

/* Whether what the kernel's function @via returns is memory that its caller has to free. */
bool audit_is_allocator(const char *via);

/* Whether @name, of @kind, comes and goes by itself: never a finding. */
bool audit_is_passing(const char *kind, const char *name);

#endif /* LIBVM_AUDIT_KIND_H */
