// SPDX-License-Identifier: GPL-2.0-only
#include "vexvm/command.h"
#include "vexvm/status.h"
#include "vexvm/terminal.h"

static int run(struct cli *cli, GError **error)
{
	g_autofree char *text = NULL;

	if (!vm_status(cli->conf, &cli->status, error))
		return -1;
	if (cli->json) {
		terminal_print_json(status_json(cli->conf, &cli->status));
	} else {
		text = status_text(cli->conf, &cli->status);
		terminal_print("%s", text);
	}
	return status_exit(&cli->status);
}

const struct command cmd_status = {
	.name = "status",
	.args = "",
	.summary = "Show whether the VM runs, and how to reach it",
	.description =
		"State, image, accelerator, ports and uptime. States: absent (not set up),\n"
		"stopped, booting, ready, paused, panicked, unreachable (QEMU does not answer).",
	.exits =
		"  0   it runs\n"
		"  3   it does not run\n"
		"  5   its kernel panicked\n"
		"  8   QEMU does not answer, or halted the guest after an error of the host's\n",
	.examples =
		"  vexvm status\n"
		"  vexvm status --json\n",
	.flags = COMMAND_CLONE | COMMAND_CONF | COMMAND_JSON,
	.run = run,
};
