/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Names of Rust functions as people write them, by binutils' libiberty: the
 * manglings "legacy" (_ZN…17h…E) and "v0" (_R…, RFC 2603). A name is hostile.
 */
#ifndef LIBVM_DEMANGLE_H
#define LIBVM_DEMANGLE_H

#include <glib.h>

#define DEMANGLE_MANGLED_MAX 511	/* bytes; KSYM_NAME_LEN - 1 of include/linux/kallsyms.h */
#define DEMANGLE_MAX 1024		/* bytes of a name for people */

/*
 * Pure: "vexfs_core::tree::find" from "_RNvNtCs…_10vexfs_core4tree4find", to be
 * freed. NULL when @name is no mangled name, is longer than DEMANGLE_MANGLED_MAX,
 * or would become longer than DEMANGLE_MAX.
 */
char *demangle(const char *name);

/* The same, and @name as it is where that gives NULL. To be freed. */
char *demangle_or_name(const char *name);

#endif /* LIBVM_DEMANGLE_H */
