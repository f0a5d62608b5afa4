/* SPDX-License-Identifier: GPL-2.0-only */
/* Playing one end of the agent's protocol by hand. */
#ifndef TESTS_LIB_WIRE_H
#define TESTS_LIB_WIRE_H

#include <glib.h>

#include "agent/protocol.h"

#define WIRE_LIMIT (60 * G_USEC_PER_SEC)	/* no test comes near it */

/* WIRE_LIMIT from now. */
gint64 wire_soon(void);

/* Each writes all of it, or as much as a peer takes that hangs up. */
void wire_write(int fd, const void *data, gsize size);
void wire_write_zeros(int fd, gsize size);
void wire_write_frame(int fd, enum wire_type type, const void *payload, guint32 size);

/* Reads up to and with the next frame of @type; its payload, or NULL at the end. */
GBytes *wire_await(int fd, enum wire_type type);

#endif /* TESTS_LIB_WIRE_H */
