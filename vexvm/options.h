/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Tables of options: GLib's GOptionEntry with the type of the target checked
 * by the compiler. Targets are static variables of the command's file:
 *
 *	static gboolean force;
 *	static const GOptionEntry options[] = {
 *		OPTION_FLAG("force", 'f', &force, "End QEMU at once"),
 *		{ NULL }
 *	};
 *
 * Strings are the bytes as they were typed. Option names and the names of
 * their arguments mean the same in all commands.
 */
#ifndef VEXVM_OPTIONS_H
#define VEXVM_OPTIONS_H

#include <glib.h>
#include <limits.h>
#include <stdbool.h>

#include "libvm/conf.h"

#define OPTION_FLAG(name, letter, target, help) \
	{ name, letter, 0, G_OPTION_ARG_NONE, _Generic((target), gboolean *: (target)), \
	  help, NULL }
#define OPTION_INT(name, letter, target, arg, help) \
	{ name, letter, 0, G_OPTION_ARG_INT, _Generic((target), int *: (target)), help, arg }
/* What the target of a number begins as, to tell that none was given. */
#define OPTION_UNSET INT_MIN
#define OPTION_STRING(name, letter, target, arg, help) \
	{ name, letter, 0, G_OPTION_ARG_FILENAME, _Generic((target), char **: (target)), \
	  help, arg }
/* May be given several times: a NULL-terminated vector, or NULL. */
#define OPTION_STRINGS(name, letter, target, arg, help) \
	{ name, letter, 0, G_OPTION_ARG_FILENAME_ARRAY, \
	  _Generic((target), char ***: (target)), help, arg }

/* Options that every command has. */
extern const GOptionEntry options_global[];
struct options_global {
	gboolean help, version, verbose, quiet, json;
	char *dir, *project, *name, *cache, *color;
};
extern struct options_global global;

/* Appends those that were given as words, for another vexvm. */
void options_vm_words(GPtrArray *words);

/* Options of all commands that may start a VM: the [vm] keys of vexvm.conf. */
extern const GOptionEntry options_vm[];
bool options_vm_apply(struct conf *conf, GError **error);

/* Whether so many clones at a time can be asked for, 0 being as many as fit. */
bool options_check_jobs(int jobs, GError **error);

/*
 * Takes the options of @tables (NULL-terminated) out of @argv (argv[0] is
 * skipped). With @tail nothing from the first argument on is looked at. A
 * leading "--" is taken off what is left. LAB_ERROR_USAGE, with the nearest
 * option's name for an unknown one.
 */
bool options_parse(const GOptionEntry *const *tables, bool tail, char ***argv, int *argc,
		   GError **error);

/* "  -f, --lines=N        the help text" lines for @table. */
void options_describe(GString *text, const GOptionEntry *table);

#endif /* VEXVM_OPTIONS_H */
