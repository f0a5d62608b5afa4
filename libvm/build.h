/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A module's build by kbuild, always as
 *	make -C /lib/modules/RELEASE/build M=FOLDER modules
 * which works for every folder with a Kbuild or an obj-m Makefile, whatever
 * default goal its Makefile has for people. Either natively on the host inside
 * the image's own user land, or in the guest. The source is seen at
 * CONF_MOUNT_POINT in both, so that make in one goes on where the other ended.
 */
#ifndef LIBVM_BUILD_H
#define LIBVM_BUILD_H

#include <glib.h>
#include <stdbool.h>

#include "lib/progress.h"
#include "libvm/conf.h"
#include "libvm/guest.h"
#include "libvm/image.h"
#include "libvm/sandbox.h"

/* Where a source that is not shared with the guest is copied to in it. */
#define BUILD_GUEST_COPY "/run/vexvm/source"

enum build_place {
	BUILD_AUTO,		/* in the sysroot where there is one that can be entered, else in the guest */
	BUILD_SYSROOT,
	BUILD_GUEST,
};

/* "sysroot", "guest" or "auto"; LAB_ERROR_USAGE for anything else. */
bool build_place_parse(const char *text, enum build_place *ret, GError **error);

/* Where the source lies and is built. */
struct build_tree {
	char *host;		/* the host's folder that is bound to … */
	char *inside;		/* … this path where the build runs */
	char *module;		/* the module's folder below both; "" = it itself */
	char *original;		/* what the user knows @host as; differs for a copy */
	bool copied;
};

/*
 * Decides it for the module in @module_dir (absolute): conf->root in place when
 * it holds the source and can be written, else a copy of conf->source below
 * conf->state_dir, brought up to date with only what has changed.
 */
bool build_tree_init(struct build_tree *tree, const struct conf *conf, const char *module_dir,
		     GError **error);
void build_tree_clear(struct build_tree *tree);

/* The module's folder on the host, and where the build runs. To be freed. */
char *build_tree_host_dir(const struct build_tree *tree);
char *build_tree_inside_dir(const struct build_tree *tree);

struct build {
	const struct conf *conf;
	const struct build_tree *tree;
	const char *release;	/* of the kernel that is built for */
	const char *kernel;	/* host folder to build against; NULL = the headers in the user land */
	const char *log;	/* the file that gets all that was said */
	const char *out_dir;	/* the folder that gets the .ko files */
	guint limit_s;
	const struct progress *progress;
	enum sandbox_kind sandbox;	/* for build_native() */
};

/* How @sysroot can be entered on this host; LAB_ERROR_LAB when it cannot. */
bool build_choose_sandbox(const struct build_tree *tree, const char *sysroot,
			  enum sandbox_kind *ret, GError **error);

/*
 * Both return the .ko files' paths in out_dir, NULL-terminated. LAB_ERROR_BUILD
 * with the compiler's first error when it does not build.
 */
char **build_native(const struct build *build, const char *sysroot, GError **error);
char **build_in_guest(const struct build *build, struct guest *guest, GError **error);

/* The kernel release with headers in @sysroot: @wanted (may be NULL), or the only one. */
char *build_release(const char *sysroot, const char *wanted, GError **error);

/* The host's path of the headers for @release in @sysroot. To be freed. */
char *build_headers(const char *sysroot, const char *release);

/*
 * Pure: make's argument vector. @kernel is the folder that modules are built against
 * and @dir the module's, both inside; @jobs is a number.
 */
char **build_argv(const char *kernel, const char *dir, guint jobs, char **extra);

/* Pure: @line with its paths below tree->inside as the user knows them. */
char *build_map_line(const struct build_tree *tree, const char *line);

/* Pure: the line of a build's log that says best why it failed; "" for none. */
char *build_first_error(const char *log);
/* Pure: the log from that line on, at most @max lines, each with its newline. To be freed. */
char *build_errors(const char *log, guint max);

/* The folder where compilers' output is kept for later builds; to be freed. */
char *build_ccache(const struct conf *conf);

#endif /* LIBVM_BUILD_H */
