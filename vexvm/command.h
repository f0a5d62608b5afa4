/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a command is, and what it is given when it runs. To add one: write
 * cmd-NAME.c with a `const struct command cmd_NAME`, declare it below, add it to
 * the table in main.c, describe it in docs/man/vexvm.1
 * (docs/dev/add-a-command.md; tests/cli/test-help.c holds the two together).
 */
#ifndef VEXVM_COMMAND_H
#define VEXVM_COMMAND_H

#include <glib.h>
#include <stdbool.h>

#include "lib/progress.h"
#include "libvm/conf.h"
#include "libvm/probe.h"
#include "libvm/vm.h"

/* What the dispatcher does before a command runs. */
enum command_flags {
	COMMAND_CONF = 1 << 0,		/* loads vexvm.conf: cli->conf */
	COMMAND_PROBE = 1 << 1,		/* finds QEMU and the accelerator: cli->probe */
	COMMAND_SET_UP = 1 << 2,	/* refuses unless the VM exists: cli->status */
	COMMAND_RUNNING = 1 << 3,	/* refuses unless it runs: cli->status */
	COMMAND_VM_OPTIONS = 1 << 4,	/* adds --memory, --cpus … and puts them into cli->conf */
	COMMAND_TAIL = 1 << 5,		/* from the first argument on nothing is an option of ours */
	COMMAND_JSON = 1 << 6,		/* has output for --json; the others refuse it */
	COMMAND_CLONE = 1 << 7,		/* works on a clone too (--name=NAME/CLONE); the others refuse it */
};

struct cli {
	const struct command *command;
	bool json, quiet, verbose;
	const char *name;		/* --name, or NULL */
	char **args;			/* what options left over, NULL-terminated */
	guint n_args;
	const struct progress *progress;
	struct conf *conf;
	struct probe *probe;
	struct vm_status status;
};

struct command {
	const char *name;
	const char *args;		/* after the options in the synopsis; "" = none */
	const char *summary;		/* one line, at most 60 columns, no full stop */
	const char *description;	/* sentences; lines of at most 78 columns */
	const char *exits;		/* lines "  3   meaning" that the common list lacks; may be NULL */
	const char *examples;		/* lines; may be NULL */
	const GOptionEntry *options;	/* options.h; ends with { NULL }; may be NULL */
	guint flags;			/* enum command_flags */
	guint min_args, max_args;	/* COMMAND_ANY_ARGS = any number */
	/* Returns the exit status, or -1 with @error set, whose code it then is. */
	int (*run)(struct cli *cli, GError **error);
};

#define COMMAND_ANY_ARGS G_MAXUINT

/* NULL-terminated, in the order of `vexvm help`. */
extern const struct command *const commands[];

/* LAB_ERROR_USAGE with the nearest command's name when there is none. */
const struct command *command_find(const char *name, GError **error);

/*
 * Loads cli->conf from the working directory. For commands without
 * COMMAND_CONF that go on when the configuration is broken.
 */
bool cli_load_conf(struct cli *cli, GError **error);

/* Shown by `vexvm`, `vexvm help`, `vexvm help COMMAND`. To be freed. */
char *command_overview(void);
char *command_help(const struct command *command);

extern const struct command cmd_bench;
extern const struct command cmd_build;
extern const struct command cmd_clean;
extern const struct command cmd_crash;
extern const struct command cmd_doctor;
extern const struct command cmd_exec;
extern const struct command cmd_ffi_check;
extern const struct command cmd_explain;
extern const struct command cmd_gdb;
extern const struct command cmd_help;
extern const struct command cmd_image;
extern const struct command cmd_kernel;
extern const struct command cmd_log;
extern const struct command cmd_monitor;
extern const struct command cmd_reset;
extern const struct command cmd_run;
extern const struct command cmd_selfcheck;
extern const struct command cmd_setup;
extern const struct command cmd_ssh;
extern const struct command cmd_start;
extern const struct command cmd_status;
extern const struct command cmd_stop;
extern const struct command cmd_test;
extern const struct command cmd_watch;

#endif /* VEXVM_COMMAND_H */
