/* SPDX-License-Identifier: GPL-2.0-only */
/* TCP ports on 127.0.0.1: whether one is free, and if not who has it. */
#ifndef LIBVM_PORT_H
#define LIBVM_PORT_H

#include <glib.h>
#include <stdbool.h>

/* Whether a server could listen on 127.0.0.1:@port (1..65535) now. */
bool port_is_free(guint port);

/*
 * "NAME (PID n)" of the process that listens on @port, as far as the caller
 * may see it; "a process of another user" where not.
 */
char *port_holder(guint port);

/*
 * LAB_ERROR_LAB with the holder and the way out when @port is taken; @option
 * is the flag that chooses another ("--ssh-port").
 */
bool port_check(guint port, const char *option, GError **error);

/*
 * @wanted when it is free and none of @taken, else the next higher free one.
 * 0 when there is none below 65536.
 */
guint port_next_free(guint wanted, const guint *taken, gsize n_taken);

#endif /* LIBVM_PORT_H */
