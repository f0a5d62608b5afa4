/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A VM that vexvm believes in: state files, a process that stands for QEMU,
 * and scripted peers on its QMP socket and its ports. No guest, no QEMU.
 */
#ifndef TESTS_LIB_FAKEVM_H
#define TESTS_LIB_FAKEVM_H

#include <glib.h>

#include "tests/lib/cli.h"

struct fakevm;

/* A VM of @box's project that was set up and is stopped. */
void fakevm_set_up(const struct box *box);

/*
 * And one that runs; QEMU says @state ("running", "paused", …) when asked; NULL
 * = nobody answers. QMP's `quit` ends its process, a command of the human
 * monitor is answered by "HMP: " and the command, "frob…" by a refusal.
 */
struct fakevm *fakevm_start(const struct box *box, const char *state);

/* Appends to its console log. */
void fakevm_console(const struct fakevm *vm, const char *text);

/* Ends its process as a power-off does. */
void fakevm_power_off(struct fakevm *vm);

/* The port of its SSH server, which says its banner and hangs up. */
guint fakevm_ssh_port(const struct fakevm *vm);

void fakevm_free(struct fakevm *vm);

#endif /* TESTS_LIB_FAKEVM_H */
