// SPDX-License-Identifier: GPL-2.0-only
#include "vexvm/command.h"
#include "vexvm/options.h"
#include "vexvm/status.h"
#include "vexvm/terminal.h"

static gboolean force;

static const GOptionEntry options[] = {
	OPTION_FLAG("force", 'f', &force, "End QEMU at once, without a shutdown of the guest"),
	{ NULL }
};

static int run(struct cli *cli, GError **error)
{
	bool was_running = cli->status.phase != VM_STOPPED;

	if (was_running && !vm_stop(cli->conf, force, cli->progress, error))
		return -1;
	vm_status_clear(&cli->status);
	if (!vm_status(cli->conf, &cli->status, error))
		return -1;
	if (cli->json)
		terminal_print_json(status_json(cli->conf, &cli->status));
	else
		terminal_print("VM '%s' %s\n", cli->conf->name,
			       was_running ? "is stopped" : "was stopped already");
	return 0;
}

const struct command cmd_stop = {
	.name = "stop",
	.args = "",
	.summary = "Shut the VM down",
	.description =
		"The guest is asked to shut down; when it does not in time, QEMU is ended.\n"
		"A VM that is stopped already is no error.",
	.examples =
		"  vexvm stop\n"
		"  vexvm stop --force\n",
	.options = options,
	.flags = COMMAND_CLONE | COMMAND_CONF | COMMAND_SET_UP | COMMAND_JSON,
	.run = run,
};
