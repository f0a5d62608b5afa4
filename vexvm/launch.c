// SPDX-License-Identifier: GPL-2.0-only
#include "vexvm/launch.h"

#include "lib/fault.h"

static void note_no_window(struct cli *cli)
{
	if (!probe_screen())
		progress_note(cli->progress,
			      "No display here: the VM starts without a window, see it by VNC");
	else
		progress_note(cli->progress, "QEMU has no window here (install qemu-system-gui): "
					     "the VM starts without one, see it by VNC");
}

bool launch(struct cli *cli, const struct vm_start *wanted, GError **error)
{
	struct vm_start start = *wanted;

	if (cli->status.phase != VM_STOPPED)
		return fault_set(error, LAB_ERROR_LAB,
				 "VM '%s' runs already (%s); see 'vexvm status', end it with 'vexvm stop'",
				 cli->conf->name, vm_phase_name(cli->status.phase));
	if (!start.headless && !cli->probe->display) {
		note_no_window(cli);
		start.headless = true;
	}
	if (!vm_start(cli->conf, cli->probe, &start, cli->progress, error))
		return false;
	vm_status_clear(&cli->status);
	return vm_status(cli->conf, &cli->status, error);
}
