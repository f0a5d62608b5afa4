/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Suites are programs below the source that run in the guest and print KTAP
 * (docs/dev/add-a-suite.md). Here: which there are, by paths relative to the source.
 */
#ifndef LIBVM_SUITE_H
#define LIBVM_SUITE_H

#include <glib.h>
#include <stdbool.h>

#include "libvm/conf.h"
#include "libvm/inject.h"

/*
 * The suites of conf->suites or, when @wanted is not NULL, those of them with
 * such a name ("mount", "mount.sh") and those that globs with a slash match.
 * Sorted. LAB_ERROR_USAGE when a wanted one is not there.
 */
GPtrArray *suite_find(const struct conf *conf, char **wanted, GError **error);

/*
 * What the suite @path is called: its file's name, or the whole path where
 * another suite of @all (may be NULL) has the same. And the file that its output
 * goes to. To be freed.
 */
char *suite_name(const GPtrArray *all, const char *path);
char *suite_log_name(const GPtrArray *all, const char *path);

/* Whether the first comments of the file @host_path hold "vexvm: @word". */
bool suite_has_mark(const char *host_path, const char *word);

/* Takes those of @suites away that have not the mark @word; LAB_ERROR_USAGE when none has it. */
bool suite_keep_marked(const struct conf *conf, GPtrArray *suites, const char *word, GError **error);

/*
 * A suite that says so among its first comments ("vexvm: selectable") prints
 * its tests' names for --list, and runs one alone that is its argument.
 */
bool suite_is_selectable(const struct conf *conf, const char *path);

/* One run of a suite, or of one test of a selectable one; with @rule, whose present n it is. */
struct suite_ref {
	char *path;
	guint round;		/* from 1 on; 0 = the only one */
	char *test;		/* NULL = all */
	struct inject_rule *rule;	/* NULL = no errors */
	bool swept;		/* the run before, with the n before, met its error */
};

/* An array of them, which frees them. */
GPtrArray *suite_refs_new(void);

/* Appends one unless it is there: a copy. */
void suite_refs_add(GPtrArray *refs, const struct suite_ref *ref);

/* The same, of its test @test alone; NULL: of all. */
void suite_refs_add_test(GPtrArray *refs, const struct suite_ref *ref, const char *test);

/* Appends those of @from, from the index @first on. */
void suite_refs_append(GPtrArray *refs, const GPtrArray *from, guint first);

/*
 * All of @paths (may be NULL) @rounds times, round after round, of each the test @test
 * if that is not NULL.
 */
GPtrArray *suite_refs_of(const GPtrArray *paths, guint rounds, const char *test);

/*
 * @refs with the errors that are to be injected: for each rule of @specs (NULL: of the
 * suite's own comments "vexvm: inject RULE", and without such those of conf) a run in its
 * place; a sweep's first. NULL with LAB_ERROR_USAGE for what is no rule.
 */
GPtrArray *suite_refs_inject(const struct conf *conf, const GPtrArray *refs, char **specs, GError **error);

/*
 * Whether a sweep goes on behind @ref, of whose requests @injected were given the error;
 * and its next run, appended.
 */
bool suite_ref_goes_on(const struct suite_ref *ref, guint64 injected);
void suite_refs_add_next(GPtrArray *refs, const struct suite_ref *ref);

/* Whether one of them has errors injected. */
bool suite_refs_have_rule(const GPtrArray *refs);

/* "mount.sh", "mount.sh, round 2", "mount.sh [inject eio:read:n=3]"; to be freed. */
char *suite_ref_name(const GPtrArray *all, const struct suite_ref *ref);

#endif /* LIBVM_SUITE_H */
