// SPDX-License-Identifier: GPL-2.0-only
#include "lib/fault.h"
#include "vexvm/command.h"
#include "vexvm/launch.h"
#include "vexvm/options.h"
#include "vexvm/status.h"
#include "vexvm/terminal.h"

static gboolean headless, no_wait, from_template;
static int timeout_s = OPTION_UNSET;

static const GOptionEntry options[] = {
	OPTION_FLAG("headless", 0, &headless, "No window; the screen by VNC only"),
	OPTION_FLAG("no-wait", 0, &no_wait, "Return once QEMU runs, before the guest is ready"),
	OPTION_FLAG("from-template", 0, &from_template, "A copy of the booted VM, at once"),
	OPTION_INT("timeout", 0, &timeout_s, "SECONDS", "How long the boot may take"),
	{ NULL }
};

static int run(struct cli *cli, GError **error)
{
	struct vm_start start = { .headless = headless, .no_wait = no_wait,
				  .from_template = from_template };
	g_autofree char *text = NULL;

	if (timeout_s != OPTION_UNSET && timeout_s < 1) {
		fault_set(error, LAB_ERROR_USAGE, "--timeout: give a number of seconds above 0");
		return -1;
	}
	start.boot_timeout_s = timeout_s == OPTION_UNSET ? 0 : (guint)timeout_s;
	if (!launch(cli, &start, error))
		return -1;
	if (cli->json) {
		terminal_print_json(status_json(cli->conf, &cli->status));
		return 0;
	}
	text = status_text(cli->conf, &cli->status);
	terminal_print("%s", text);
	return 0;
}

const struct command cmd_start = {
	.name = "start",
	.args = "",
	.summary = "Start the VM and wait until it is ready",
	.description =
		"The VM goes on running until 'vexvm stop'. It opens a window where there is a\n"
		"display, and says so where there is none.\n"
		"\n"
		"With --from-template it does not boot: it is a copy of the template that tests\n"
		"start from, booted already, on a disk of its own that is gone when it stops. The\n"
		"VM's own disk stays as it is.",
	.exits =
		"  7   the guest was not ready in time; it is left running to be looked at\n",
	.examples =
		"  vexvm start --headless\n"
		"  vexvm start --headless --from-template\n"
		"  vexvm start --memory=4G --cpus=4 --no-mount\n",
	.options = options,
	.flags = COMMAND_CONF | COMMAND_SET_UP | COMMAND_PROBE | COMMAND_VM_OPTIONS | COMMAND_JSON,
	.run = run,
};
