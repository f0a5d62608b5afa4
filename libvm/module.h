/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What is to be built, and what a build made. Where the module's makefile is,
 * is searched for; what its modules are called, modules.order tells, which
 * kbuild writes (Documentation/kbuild/modules.rst in the kernel's tree).
 */
#ifndef LIBVM_MODULE_H
#define LIBVM_MODULE_H

#include <glib.h>
#include <stdbool.h>

#include "libvm/conf.h"
#include "libvm/modinfo.h"

#define MODULE_MAX 64		/* .ko files of one build */

struct module {
	char *file;		/* the .ko on the host */
	char *base;		/* its name, "my-mod.ko" */
	struct modinfo *info;
};

void module_free(struct module *module);

/* Whether one of @modules (struct module; may be NULL) has that name, as /proc/modules shows it; none has NULL. */
bool module_is_among(const GPtrArray *modules, const char *name);

/*
 * The folder with the module's makefile: conf->module_path, else conf->source
 * if its Kbuild or Makefile has a line "obj-m …", else the one folder right
 * below it that has such a file. Absolute; LAB_ERROR_USAGE says what was looked
 * for, or which folders there are to choose from.
 */
char *module_find(const struct conf *conf, GError **error);

/*
 * Pure: the .ko files in a modules.order, relative to the module's folder,
 * which was @prefix during the build. LAB_ERROR_BUILD when there is none, or
 * one that lies elsewhere.
 */
char **module_order_parse(const char *text, const char *prefix, GError **error);

/*
 * Reads @files (host paths) and sorts them into the order in which they load:
 * a module after those it depends on. Elements are struct module.
 */
GPtrArray *module_load(const char *const *files, GError **error);

/* What they need beyond each other, first needed first; NULL-terminated. */
char **module_needs(const GPtrArray *modules);

/*
 * Which of @args ("name=value name=value …", may be NULL) are @index's: those
 * that it has a parameter for; the last module gets those that none has.
 * NULL-terminated.
 */
char **module_args(const GPtrArray *modules, guint index, const char *args, GError **error);

#endif /* LIBVM_MODULE_H */
