/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Commands run on the host inside an image's own user land, at full speed:
 * its tree read-only as /, the source writable at the path it has in the
 * guest, no network, nothing else of the host. By bubblewrap; where that is not to
 * be had, by a mount namespace and chroot of our own, which keeps mistakes in but
 * not malice: the host's /dev and /proc are seen there, and root stays root. No
 * mount outlives the command.
 */
#ifndef LIBVM_SANDBOX_H
#define LIBVM_SANDBOX_H

#include <glib.h>
#include <stdbool.h>

#define SANDBOX_KERNEL "/tmp/kernel"

enum sandbox_kind { SANDBOX_BWRAP, SANDBOX_CHROOT };

struct sandbox {
	enum sandbox_kind kind;
	const char *root;	/* the unpacked user land */
	const char *source;	/* host folder … */
	const char *target;	/* … and where it is seen: "/mnt/NAME" */
	const char *cwd;	/* as seen inside */
	/*
	 * A host folder where the user land's ccache, if it has one, may keep
	 * what compilers made; NULL = compilers are called directly.
	 */
	const char *ccache;
	const char *kernel;	/* a host folder that is seen, read-only, at SANDBOX_KERNEL; or NULL */
};

/*
 * Pure: the argument vector that starts @command (NULL-terminated) in
 * @sandbox; for SANDBOX_CHROOT @command itself.
 */
char **sandbox_argv(const struct sandbox *sandbox, const char *const *command);

/* Pure: what the command finds in its environment, "NAME=value"; g_strfreev(). */
char **sandbox_environment(const struct sandbox *sandbox);

/*
 * Runs true(1) in it, in either way, and sets @sandbox->kind to the one that
 * works. LAB_ERROR_LAB with both reasons when none does.
 */
bool sandbox_choose(struct sandbox *sandbox, GError **error);

typedef void (*sandbox_sink)(void *data, const char *bytes, gsize size);

/*
 * Runs @command and hands stdout and stderr to @sink as they come. True when
 * it ran to its end, with its exit status (128 + signal) in *@ret_status;
 * LAB_ERROR_TIMEOUT after @limit_s, LAB_ERROR_LAB when it could not start.
 */
bool sandbox_run(const struct sandbox *sandbox, const char *const *command, guint limit_s,
		 sandbox_sink sink, void *data, int *ret_status, GError **error);

#endif /* LIBVM_SANDBOX_H */
