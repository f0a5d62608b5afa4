/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Modules that are broken on purpose, each to show that a detector lives: what they are
 * to be caught by, and whether a run's report has that. docs/dev/controls.md has the
 * format of the file. Only controls_read() and controls_folder() look at files.
 */
#ifndef LIBVM_CONTROL_H
#define LIBVM_CONTROL_H

#include <glib.h>
#include <stdbool.h>

#include "libvm/conf.h"
#include "libvm/report.h"

#define CONTROL_FILE "controls.conf"

/*
 * What says something of a module: a class of findings in the kernel's log ("finding
 * oops"), a kind of leak ("leak slab"), or a way of the lab's own to end a run
 * ("verdict hang").
 */
struct detector {
	char *name;
	GPtrArray *controls;	/* struct control, which have a part for it */
	char *without;		/* why there is none, where the file says; may be NULL */
};

/* What one detector has to say. */
struct control_part {
	char *detector;
	char *file;		/* base name of the source file with the marker; NULL = no marker */
	guint line;
};

struct control {
	char *name;
	char *folder;		/* its module's, which other controls may have too */
	GPtrArray *parts;	/* struct control_part; none: the run has to pass */
	char *text;		/* regular expression for what they say; may be NULL */
	int exit;		/* the run's exit status */
	guint timeout_s;
	char *fault;		/* what its load stage has fail on purpose: struct conf's; may be NULL */
	char **needs;		/* options that the kernel has to have; may be NULL */
	char **unless;		/* options by which it shows as something else; may be NULL */
};

/* A folder of controls. */
struct controls {
	char *folder;
	GPtrArray *all;		/* struct control, in the file's order */
	GPtrArray *detectors;	/* struct detector: all that there are */
};

/* Reads FOLDER/controls.conf and the sources' markers; LAB_ERROR_USAGE says what is wrong there. */
struct controls *controls_read(const char *folder, GError **error);
void controls_free(struct controls *controls);
typedef struct controls controls_owner;
G_DEFINE_AUTOPTR_CLEANUP_FUNC(controls_owner, controls_free)

/* The control of that name, or NULL. */
struct control *controls_find(const struct controls *controls, const char *name);

/*
 * Where they are: tests/controls beside the folder of this program in its source
 * tree, or ../share/vexvm/controls from an installed one. To be freed.
 */
char *controls_folder(GError **error);

/*
 * Why @control cannot show anything on this kernel, NULL if it can. @options are the
 * lines of its include/config/auto.conf ("CONFIG_DEBUG_LIST=y"), NULL = not known;
 * "sharp" in needs= is conf's key of that name.
 */
char *control_unarmed(const struct control *control, const char *options, const struct conf *conf);

/*
 * Pure: NULL when @report has all that @control is to be caught by; else what was
 * missing and what was there instead, in a line. To be freed.
 */
char *control_missed(const struct control *control, struct report *report);

#endif /* LIBVM_CONTROL_H */
