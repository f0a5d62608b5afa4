/* SPDX-License-Identifier: GPL-2.0-only */
/* A VM's status as people and programs read it, and as an exit status. */
#ifndef VEXVM_STATUS_H
#define VEXVM_STATUS_H

#include <json-glib/json-glib.h>

#include "libvm/conf.h"
#include "libvm/vm.h"

/* Some lines, the last one ended; to be freed. */
char *status_text(const struct conf *conf, const struct vm_status *status);

/* An object; to be freed with json_node_unref(). */
JsonNode *status_json(const struct conf *conf, const struct vm_status *status);

/*
 * 0 it runs, 3 it does not, 5 its kernel panicked, 8 QEMU does not answer or
 * has stopped the guest after an error of the host's.
 */
#define STATUS_NOT_RUNNING 3
int status_exit(const struct vm_status *status);

#endif /* VEXVM_STATUS_H */
