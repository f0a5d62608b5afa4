/* SPDX-License-Identifier: GPL-2.0-only */
/* Starting the VM as a person asked for it, window or not. */
#ifndef VEXVM_LAUNCH_H
#define VEXVM_LAUNCH_H

#include "libvm/vm.h"
#include "vexvm/command.h"

/*
 * Starts cli->conf's VM and refreshes cli->status. A window that cannot be
 * had is noted and done without. A VM that runs already is an error.
 */
bool launch(struct cli *cli, const struct vm_start *wanted, GError **error);

#endif /* VEXVM_LAUNCH_H */
