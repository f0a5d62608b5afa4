/* SPDX-License-Identifier: GPL-2.0-only */
/* OpenSSH's client as the way into a guest: for people, and where no agent is. */
#ifndef LIBVM_SSH_H
#define LIBVM_SSH_H

#include <glib.h>
#include <stdbool.h>

#include "libvm/conf.h"
#include "libvm/guest.h"

/*
 * The argument vector for a login, or for @command (words joined by blanks,
 * as ssh does; NULL = a login shell). Pure but for reading the key's place
 * from @conf. @tty asks for a terminal in the guest.
 */
char **ssh_argv(const struct conf *conf, guint port, bool tty, const char *const *command);

/* ssh_config(5) text with one host, `vexvm`, for `ssh -F …` and editors. */
char *ssh_config_text(const struct conf *conf, guint port);

/*
 * Waits for sshd's banner on 127.0.0.1:@port until @deadline (monotonic,
 * microseconds). LAB_ERROR_TIMEOUT when there is none.
 */
bool ssh_await(guint port, gint64 deadline, GError **error);

/* Pure: the line for the guest's shell that does what @exec asks for, as root. */
char *ssh_remote_line(const struct guest_exec *exec);

/*
 * As guest_exec() and its like, run as root by sudo. Where SSH differs: what a
 * background child keeps open holds the result back until the time limit; a
 * command that is interrupted loses its output's reader, but may go on; its
 * status 129 to 192 is taken for a signal's.
 */
bool ssh_exec(const struct conf *conf, guint port, const struct guest_exec *exec,
	      struct guest_result *ret, GError **error);
bool ssh_put(const struct conf *conf, guint port, const char *host_path,
	     const char *guest_path, guint mode, GError **error);
bool ssh_get(const struct conf *conf, guint port, const char *guest_path,
	     const char *host_path, guint64 max_size, GError **error);

#endif /* LIBVM_SSH_H */
