/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Commands whose first argument says what they do: `vexvm image remove IMAGE`. Without
 * one the first action is meant.
 */
#ifndef VEXVM_ACTION_H
#define VEXVM_ACTION_H

#include "vexvm/command.h"

struct action {
	const char *name;
	enum { ACTION_ALONE, ACTION_MAY_HAVE, ACTION_NEEDS } argument;	/* a second one */
	int (*run)(struct cli *cli, GError **error);	/* as a command's */
};

/*
 * Runs the one of @actions (they end with { NULL }) that cli->args[0] names.
 * LAB_ERROR_USAGE: there is none, or it is not to have, or lacks, an argument.
 */
int action_run(struct cli *cli, const struct action *actions, GError **error);

#endif /* VEXVM_ACTION_H */
