/* SPDX-License-Identifier: GPL-2.0-only */
/* What agent.c (the connection) and agent-call.c (what is done over it) share. */
#ifndef LIBVM_AGENT_PRIVATE_H
#define LIBVM_AGENT_PRIVATE_H

#include <glib.h>
#include <stdbool.h>

#include "agent/protocol.h"
#include "lib/lock.h"
#include "libvm/agent.h"

#define AGENT_ANSWER_S 60	/* for what the agent does at once */

struct agent {
	int fd;
	struct lock *lock;	/* of the port; NULL for a bare descriptor */
	GByteArray *in;
	guint64 nonce;
	gint64 asked;		/* when HELLO was sent, monotonic */
	bool greeted;
	GError *failed;		/* why nothing can be said on this connection any more; NULL = it can */
	char *version, *kernel_release, *boot_id;
	guest_kmsg_fn kmsg;
	void *kmsg_data;
};

/*
 * Handles one frame from the guest. False ends the call; what a frame's
 * payload holds is the guest's word.
 */
typedef bool (*agent_frame_fn)(struct agent *agent, const struct wire_frame *frame, void *data,
			       GError **error);

/* Each marks the connection as failed, sets @error to why it first was, and returns false. */
bool agent_lost(struct agent *agent, GError **error);
bool agent_nonsense(struct agent *agent, GError **error);
bool agent_silent(struct agent *agent, GError **error);

/* Sends one frame, @length up to WIRE_PAYLOAD_MAX, reading what comes meanwhile. */
bool agent_send(struct agent *agent, enum wire_type type, const void *payload, gsize length,
		GError **error);

/* Reads once, without waiting. */
bool agent_fill(struct agent *agent, GError **error);

/* Handles what has been read until *@finished. Records and HELLOs never reach @handle. */
bool agent_take(struct agent *agent, agent_frame_fn handle, void *data, const bool *finished,
		GError **error);

/* The same, and reads on until *@finished or *@deadline, which @handle may move. */
bool agent_pump(struct agent *agent, agent_frame_fn handle, void *data, const bool *finished,
		const gint64 *deadline, GError **error);

#endif /* LIBVM_AGENT_PRIVATE_H */
