/* SPDX-License-Identifier: GPL-2.0-only */
/* What cloud-init tells of a VM's first boot. Pure; the texts are the guest's and hostile. */
#ifndef LIBVM_CLOUD_INIT_H
#define LIBVM_CLOUD_INIT_H

#include <glib.h>
#include <stdbool.h>

/*
 * What @result, /run/cloud-init/result.json, says: true when it lists no errors.
 * Otherwise *@ret_why, to be freed and safe to show, names the module and the line of
 * @output (cloud-init-output.log) that tells most: "bootcmd: install: cannot stat '…'".
 */
bool cloud_init_verdict(const char *result, const char *output, char **ret_why);

/*
 * One line of cloud-init's output as a stage for people ("network", "packages
 * and scripts"), or NULL.
 */
const char *cloud_init_stage(const char *line);

#endif /* LIBVM_CLOUD_INIT_H */
