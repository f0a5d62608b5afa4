/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The host's side of the agent's protocol (docs/dev/wire-protocol.md) on a
 * descriptor. What comes from the guest is hostile: every length is bounded
 * by the frame, and a frame that makes no sense ends the session.
 */
#ifndef LIBVM_AGENT_H
#define LIBVM_AGENT_H

#include <glib.h>
#include <stdbool.h>

#include "libvm/guest.h"

struct agent;

/*
 * Takes over @fd and awaits the agent's answer to HELLO until @deadline
 * (monotonic, microseconds). LAB_ERROR_TIMEOUT when none comes,
 * LAB_ERROR_LAB when the connection ends.
 */
struct agent *agent_new(int fd, gint64 deadline, GError **error);

/* The first port below @runtime_dir that no other process uses. */
struct agent *agent_open(const char *runtime_dir, gint64 deadline, GError **error);

/*
 * The same in two steps, for who has more to watch meanwhile: agent_greet()
 * sends HELLO, agent_greeted() handles what has come in and is true once the
 * answer is there; agent_fd() is for poll(2).
 */
struct agent *agent_greet(const char *runtime_dir, GError **error);
bool agent_greeted(struct agent *agent, GError **error);
int agent_fd(const struct agent *agent);

void agent_free(struct agent *agent);
typedef struct agent agent_owner;
G_DEFINE_AUTOPTR_CLEANUP_FUNC(agent_owner, agent_free)

/* Whether nothing can be said on the connection any more: each call fails as the first that did. */
bool agent_has_failed(const struct agent *agent);

/* What HELLO told. */
const char *agent_version(const struct agent *agent);
const char *agent_kernel_release(const struct agent *agent);
const char *agent_boot_id(const struct agent *agent);

/* As the functions of the same names in libvm/guest.h. */
bool agent_exec(struct agent *agent, const struct guest_exec *exec,
		struct guest_result *ret, GError **error);
bool agent_put(struct agent *agent, const char *host_path, const char *guest_path, guint mode,
	       GError **error);
bool agent_get(struct agent *agent, const char *guest_path, const char *host_path,
	       guint64 max_size, GError **error);
bool agent_kmsg_follow(struct agent *agent, guint64 since_seq, guest_kmsg_fn fn, void *data,
		       GError **error);
bool agent_poll(struct agent *agent, gint64 deadline, GError **error);
bool agent_set_clock(struct agent *agent, GError **error);

/* Gives the guest's kernel random bytes of the host's, from which it starts anew. */
bool agent_reseed(struct agent *agent, GError **error);

#endif /* LIBVM_AGENT_H */
