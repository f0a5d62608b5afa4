/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the tests with a real VM share: one fresh copy of the tree, in a
 * folder that no repository is around, and a way to type commands in it.
 */
#ifndef TESTS_LIB_LAB_H
#define TESTS_LIB_LAB_H

#include <glib.h>

/*
 * The copy of the tree (git's files, plus untracked ones that are not
 * ignored, plus what build/ holds). The first test program of a run makes
 * it, after stopping what an earlier run left behind; the others find it
 * through VEXVM_TEST_TREE, which tests/run sets.
 */
const char *lab_tree(void);

struct lab_result {
	int status;		/* exit status; 128 + signal; -1: time limit */
	char *output;		/* stdout and stderr together, as they came */
	double seconds;
};

/*
 * Types @command into sh in the folder @where below the tree ("" = its
 * root) with @input (may be NULL) as standard input.
 */
void lab_type(const char *where, const char *command, const char *input,
	      guint limit_s, struct lab_result *ret);
void lab_result_clear(struct lab_result *result);
#define auto_lab_result __attribute__((cleanup(lab_result_clear))) struct lab_result

/* Fails the test, showing the output, unless it ended with @status. */
void lab_expect(const struct lab_result *result, int status, const char *regex);

/* lab_type() + lab_expect() in one line. */
void lab_check(const char *where, const char *command, guint limit_s,
	       int status, const char *regex);

/*
 * Starts @command (a program's, no shell's) in the tree and returns once it has
 * printed @word, else fails the test. *@ret_out, its output, stays open.
 */
GPid lab_start(const char *command, const char *word, guint limit_s, int *ret_out);

/* A string member of a run's result.json, by path "verdict.word". Owned by the caller. */
char *lab_result_json(const char *file, const char *path);

#endif /* TESTS_LIB_LAB_H */
