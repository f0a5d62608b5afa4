/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Running a short helper program to its end, with a limit on its time and on
 * its output. The program and what it starts share a process group that is
 * killed at the limit; the program dies with the thread that started it.
 */
#ifndef LIB_PROGRAM_H
#define LIB_PROGRAM_H

#include <glib.h>
#include <stdbool.h>

#define PROGRAM_OUTPUT_MAX (64 * 1024 * 1024)	/* bytes kept of each stream */

struct program_result {
	int status;		/* exit status, meaningful when signal == 0 */
	int signal;		/* it died from this signal */
	bool timed_out;		/* it was killed at the limit */
	GString *out, *err;	/* never NULL after program_run() was true */
};

/*
 * Runs @argv (argv[0] found in PATH) with /dev/null as standard input for at
 * most @limit_ms milliseconds. @pass_fd, if not negative, is open in the
 * program under the same number. True when it was started, whatever became of
 * it; LAB_ERROR_LAB when it could not be.
 */
bool program_run(const char *const *argv, int pass_fd, guint limit_ms,
		 struct program_result *ret, GError **error);
void program_result_clear(struct program_result *result);
#define auto_program_result \
	__attribute__((cleanup(program_result_clear))) struct program_result

/*
 * Same, and an error unless it ended with status 0: "NAME: last line of its
 * stderr". @ret_out (may be NULL) is its standard output.
 */
bool program_check(const char *const *argv, guint limit_ms, char **ret_out,
		   GError **error);

/*
 * For long work: each line of its stdout and stderr goes to @line (bytes as
 * they come, no line end) as soon as it is there. An error, with the last
 * line, unless it ends with status 0 within @limit_s seconds.
 */
bool program_follow(const char *const *argv, guint limit_s,
		    void (*line)(void *data, const char *text), void *data, GError **error);

/* How it ended, for a message: "exit status 3", "killed by SIGABRT (…)". */
char *program_result_describe(const struct program_result *result);

/* The last line of @text that is not empty, at most 200 bytes; may be "". */
char *program_last_line(const char *text);

#endif /* LIB_PROGRAM_H */
