/* SPDX-License-Identifier: GPL-2.0-only */
/* Running gdb for a person or a script: shared by the commands gdb and crash. */
#ifndef VEXVM_DEBUGGER_H
#define VEXVM_DEBUGGER_H

#include <glib.h>
#include <json-glib/json-glib.h>
#include <stdbool.h>

#include "libvm/gdb.h"
#include "vexvm/command.h"

/*
 * A kernel with debug information: @given, or the image's or the host's
 * /usr/lib/debug/boot/vmlinux-RELEASE. NULL when there is none, which with its package
 * is noted; with an error when @given is not there. To be freed.
 */
char *debugger_vmlinux(const struct cli *cli, const char *given, const char *release, GError **error);

/* The .ko files in @folder, sorted, added to @files. */
void debugger_add_modules(GPtrArray *files, const char *folder);

/*
 * The folder that the modules of a run were built in, whose result.json is @result
 * (NULL = of the last run): --source may have named one outside of the project. To
 * be freed.
 */
char *debugger_source(const struct cli *cli, JsonObject *result);

/*
 * Runs gdb with @script and then @batch, a file of commands after which it ends
 * (NULL = it is the user's). Returns its exit status, 128 + a signal; -1 with an error.
 */
int debugger_run(const struct cli *cli, const char *script, const char *batch, GError **error);

#endif /* VEXVM_DEBUGGER_H */
