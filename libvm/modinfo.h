/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a .ko says of itself: the "key=value" strings of its .modinfo section
 * (include/linux/moduleparam.h) and, where those lack the name, struct module
 * in .gnu.linkonce.this_module; what it was linked against, from __versions (both
 * include/linux/module.h). The file is hostile.
 */
#ifndef LIBVM_MODINFO_H
#define LIBVM_MODINFO_H

#include <glib.h>
#include <stdbool.h>

#define MODINFO_NAME_MAX 55	/* MODULE_NAME_LEN - 1 on 64-bit kernels */

/* A symbol of the kernel's or another module's that it uses, and the sum of its type. */
struct modinfo_version {
	char symbol[56];
	guint32 crc;
};

struct modinfo {
	char *name;		/* as /proc/modules shows it */
	char *vermagic;		/* begins with the kernel's release; may be NULL */
	char *version;		/* may be NULL */
	char *license;		/* may be NULL */
	char **depends;		/* names of modules; never NULL */
	char **aliases;		/* "fs-ext4", "pci:…"; never NULL */
	char **parameters;	/* names; never NULL */
	GArray *versions;	/* struct modinfo_version; empty where kernels do not check them */
};

/* LAB_ERROR_BUILD when @path is no kernel module. */
struct modinfo *modinfo_read(const char *path, GError **error);
void modinfo_free(struct modinfo *info);
typedef struct modinfo modinfo_owner;
G_DEFINE_AUTOPTR_CLEANUP_FUNC(modinfo_owner, modinfo_free)

/* The kernel release that @info was built for: vermagic's first word, or "". */
char *modinfo_release(const struct modinfo *info);

/* "my-mod.ko" and "my-mod" are loaded as "my_mod". */
char *modinfo_loaded_name(const char *file_name);

#endif /* LIBVM_MODINFO_H */
