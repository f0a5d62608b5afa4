// SPDX-License-Identifier: GPL-2.0-only
#include "lib/fault.h"
#include "vexvm/command.h"
#include "vexvm/terminal.h"

static int run(struct cli *cli, GError **error)
{
	const struct command *command;
	g_autofree char *text = NULL;

	if (!cli->n_args) {
		text = command_overview();
	} else {
		command = command_find(cli->args[0], error);
		if (!command)
			return -1;
		text = command_help(command);
	}
	terminal_print("%s", text);
	return 0;
}

const struct command cmd_help = {
	.name = "help",
	.args = "[COMMAND]",
	.summary = "Show the commands, or one command's help",
	.description = "The same as vexvm COMMAND --help.",
	.max_args = 1,
	.run = run,
};
