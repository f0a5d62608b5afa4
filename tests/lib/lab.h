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
 * root) with @input (may be NULL) as standard input. What ends the test
 * program by a signal ends it too, with all that it has started.
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

/* A program that goes on while the test does. */
struct lab_program {
	GPid pid;
	int fd;			/* its output, both streams */
	GString *text;		/* of that, what nobody has waited for yet */
};

/* Starts @command (a program's, no shell's) in the tree. */
void lab_start(struct lab_program *program, const char *command);

/* Returns once it has printed @word, which is taken off its text; else fails the test and kills it. */
void lab_await(struct lab_program *program, const char *word, guint limit_s);

/*
 * Sends it @signal, unless that is 0, and waits for its end: as lab_result.status.
 * One that goes on for five minutes is killed, and the test fails.
 */
int lab_end(struct lab_program *program, int signal);

/* A string member of a run's result.json, by path "verdict.word". Owned by the caller. */
char *lab_result_json(const char *file, const char *path);

#endif /* TESTS_LIB_LAB_H */
