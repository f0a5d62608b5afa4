/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * gdb on a guest: a script for it, made of what is known of the kernel and the
 * modules, and QEMU's own server for it (QEMU: docs/system/gdb.rst), which is
 * started for one session on a socket in conf->runtime_dir and ended after it.
 */
#ifndef LIBVM_GDB_H
#define LIBVM_GDB_H

#include <glib.h>
#include <stdbool.h>

#include "libvm/conf.h"
#include "libvm/kallsyms.h"

struct gdb_script {
	const char *target;	/* the server's socket; or */
	const char *core;	/* a file for gdb's "core-file" */
	const char *vmlinux;	/* with debug information; NULL = none */
	gint64 vmlinux_offset;	/* how far the kernel lies from where it was linked (KASLR) */
	const GPtrArray *placed;	/* struct placed: modules that are loaded */
	const char *waits_for;	/* a module's file: goes on until it is loaded, before its init */
	guint64 do_init_module;	/* for that */
	char **breaks;		/* functions, or FILE:LINE; may be NULL */
	const char *source;	/* the folder here that the guest's share was when the modules were built */
};

/*
 * Pure but for reading the modules' files: the script's text. LAB_ERROR_USAGE for a
 * name that gdb's language has no way to write, LAB_ERROR_BUILD for a file that is
 * no module.
 */
char *gdb_script(const struct gdb_script *script, GError **error);

/*
 * How far the kernel lies from where @vmlinux was linked, by @symbols. LAB_ERROR_LAB
 * when it is no kernel with symbols, or not known where the guest's is.
 */
bool gdb_kernel_offset(const char *vmlinux, const struct kallsyms *symbols, gint64 *ret, GError **error);

/* The socket of QEMU's server; to be freed. */
char *gdb_socket(const struct conf *conf);

/* Has QEMU serve gdb there. The guest stands still from when gdb connects. */
bool gdb_serve(const struct conf *conf, GError **error);

/*
 * Ends that: what gdb left behind in the guest, breakpoints above all, is taken away,
 * however gdb ended; the guest runs again if @run.
 */
bool gdb_leave(const struct conf *conf, bool run, GError **error);

#endif /* LIBVM_GDB_H */
