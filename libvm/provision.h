/* SPDX-License-Identifier: GPL-2.0-only */
/* A VM's first boot: what cloud-init reports, and what a guest must have. */
#ifndef LIBVM_PROVISION_H
#define LIBVM_PROVISION_H

#include <glib.h>
#include <stdbool.h>

/*
 * What cloud-init's /run/cloud-init/result.json says, both texts from the
 * guest and hostile. Returns true when it lists no errors. Otherwise
 * *@ret_why names the module and the line of @output (cloud-init-output.log)
 * that tells most: "bootcmd: install: cannot stat '…'". Pure.
 */
bool provision_verdict(const char *result, const char *output, char **ret_why);

/*
 * One line of cloud-init's output as a stage for people ("network", "packages
 * and scripts"), or NULL. Pure.
 */
const char *provision_stage(const char *line);

#endif /* LIBVM_PROVISION_H */
