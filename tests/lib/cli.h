/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Running build/vexvm as a person does, in an environment of the test's own:
 * empty home, cache and runtime folders, a project, and a folder of fake
 * programs at the front of PATH.
 */
#ifndef TESTS_LIB_CLI_H
#define TESTS_LIB_CLI_H

#include <glib.h>
#include <stdbool.h>

struct box {
	char *dir;		/* everything of it lies here */
	char *project;		/* dir/"a project": with an empty vexvm.conf */
	char **env;
};

void box_init(struct box *box);
void box_clear(struct box *box);
#define auto_box __attribute__((cleanup(box_clear))) struct box

/* Writes a file below the project, making its folder. */
void box_write(const struct box *box, const char *name, const char *text);

/* Makes the shell text @script the program @name for what the test starts. */
void box_fake(const struct box *box, const char *name, const char *script);

/* Sets a variable, or unsets it for NULL. */
void box_setenv(struct box *box, const char *name, const char *value);

struct cli_result {
	int status;		/* exit status; 128 + signal */
	char *out, *err;
};
void cli_result_clear(struct cli_result *result);
#define auto_cli_result __attribute__((cleanup(cli_result_clear))) struct cli_result

/*
 * Runs argv[0] ("vexvm" is the one just built) in the folder @cwd (relative
 * to the project, "" = the project) with @input (may be NULL). It is killed
 * after CLI_LIMIT_S, and the test fails.
 */
#define CLI_LIMIT_S 120
void cli_run(const struct box *box, const char *cwd, const char *input,
	     const char *const *argv, struct cli_result *ret);

/* The words of one line, parted by blanks, in the project, without input. */
void cli_type(const struct box *box, const char *line, struct cli_result *ret);

/* The same with a terminal of 80 columns; what it shows is ret->out. */
void cli_type_tty(const struct box *box, const char *line, struct cli_result *ret);

/* Fails the test, showing both streams, unless the status and both regexes fit. */
void cli_expect(const struct cli_result *result, int status, const char *out, const char *err);

/* cli_type() and cli_expect(). */
void cli_check(const struct box *box, const char *line, int status, const char *out,
	       const char *err);

/* The absolute path of a file of the source tree. To be freed. */
char *cli_source(const char *name);

#endif /* TESTS_LIB_CLI_H */
