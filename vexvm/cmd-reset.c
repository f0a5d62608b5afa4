// SPDX-License-Identifier: GPL-2.0-only
#include "vexvm/command.h"
#include "vexvm/status.h"
#include "vexvm/terminal.h"

static int run(struct cli *cli, GError **error)
{
	if (!vm_reset(cli->conf, cli->progress, error))
		return -1;
	vm_status_clear(&cli->status);
	if (!vm_status(cli->conf, &cli->status, error))
		return -1;
	if (cli->json)
		terminal_print_json(status_json(cli->conf, &cli->status));
	else
		terminal_print("VM '%s' is as its set-up left it\n", cli->conf->name);
	return 0;
}

const struct command cmd_reset = {
	.name = "reset",
	.args = "",
	.summary = "Put the VM's disk back to how its set-up left it",
	.description =
		"Stops the VM if it runs and drops all that was changed on its disk since\n"
		"'vexvm setup'. The source on the host is not touched.",
	.examples = "  vexvm reset\n",
	.flags = COMMAND_CONF | COMMAND_SET_UP | COMMAND_JSON,
	.run = run,
};
