/* SPDX-License-Identifier: GPL-2.0-only */
/* Running gdb for a person or a script: shared by the commands gdb and crash. */
#ifndef VEXVM_DEBUGGER_H
#define VEXVM_DEBUGGER_H

#include <glib.h>
#include <stdbool.h>

#include "libvm/gdb.h"
#include "vexvm/command.h"

/*
 * A kernel with debug information: @given, or the image's or the host's
 * usr/lib/debug/boot/vmlinux-RELEASE. NULL when there is none, which with its package
 * is noted; with an error when @given is not there. To be freed.
 */
char *debugger_vmlinux(const struct cli *cli, const char *given, const char *release, GError **error);

/* The .ko files in @folder, sorted, added to @files. */
void debugger_add_modules(GPtrArray *files, const char *folder);

/* Where the debug information's paths lie on the host. */
void debugger_map_source(const struct cli *cli, struct gdb_script *script);

/*
 * Runs gdb with @script and then @batch, a file of commands after which it ends
 * (NULL = it is the user's). Returns its exit status, 128 + a signal; -1 with an error.
 */
int debugger_run(const struct cli *cli, const char *script, const char *batch, GError **error);

#endif /* VEXVM_DEBUGGER_H */
