/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Doing things inside a running guest, whoever carries the words: the agent
 * on its virtio-serial port, or SSH where a stranger's image has no agent.
 * Commands run as root. One guest handle serves one command at a time; any
 * number of vexvm processes may each hold one.
 */
#ifndef LIBVM_GUEST_H
#define LIBVM_GUEST_H

#include <glib.h>
#include <stdbool.h>

#include "libvm/conf.h"

struct guest;

struct guest_exec {
	const char *const *argv;	/* NULL-terminated, argv[0] found in the guest's PATH */
	const char *const *env;		/* "NAME=value", added to a fixed small set; may be NULL */
	const char *cwd;		/* NULL = / */
	guint timeout_s;		/* 0 = none */
	gsize max_output;		/* bytes kept of each stream when no sink, 0 = 1 MiB */
	/* Called with bytes as they come; fd is 1 or 2. NULL: kept in the result. */
	void (*sink)(void *data, int fd, const char *bytes, gsize size);
	void *data;
	/*
	 * Polled for readability while waiting, and @interrupt called when it
	 * is; returning false ends the command. -1 = none.
	 */
	int watch_fd;
	bool (*interrupt)(void *data);
	guint kill_s;		/* how long it may take to end then; 0 = 60 */
	/* May be NULL. True after @interrupt: nobody there answers, so nothing is waited for. */
	const bool *lost;
};

struct guest_result {
	int status;		/* exit status 0..255, meaningful when signal == 0 */
	int signal;		/* it died from this signal */
	bool timed_out;		/* ended at its time limit, or by interrupt */
	bool stuck;		/* and could not be killed: it hangs in the kernel */
	bool truncated;		/* output beyond max_output was dropped */
	GString *out, *err;	/* when there was no sink */
	double seconds;
};

/* A kernel log record, from /dev/kmsg. */
struct kmsg_record {
	guint64 seq;
	guint64 usec;		/* guest's monotonic clock */
	guint level;		/* 0..7 */
	guint facility;
	char *text;		/* first line, control characters escaped by the kernel */
};
typedef void (*guest_kmsg_fn)(void *data, const struct kmsg_record *record);

/*
 * Connects to the running VM of @conf. Prefers the agent and waits for its
 * answer until @deadline (monotonic, microseconds); an image known to have no
 * agent goes by SSH at once. LAB_ERROR_LAB when neither answers, saying which
 * were tried and where the console log is.
 */
struct guest *guest_open(const struct conf *conf, gint64 deadline, GError **error);
void guest_free(struct guest *guest);
typedef struct guest guest_owner;
G_DEFINE_AUTOPTR_CLEANUP_FUNC(guest_owner, guest_free)

/* A handle on an agent that has greeted; takes it over. */
struct agent;
struct guest *guest_new_agent(const struct conf *conf, struct agent *agent);

/* "agent" or "ssh". */
const char *guest_carrier(const struct guest *guest);

/*
 * Whether its agent was lost, so that whatever is asked of it fails as the first thing
 * did; false over SSH, where each command has its own connection.
 */
bool guest_is_lost(const struct guest *guest);

/* The kernel's release, where the agent told it; else NULL. */
const char *guest_release(const struct guest *guest);

/* Whether the guest runs the agent that was built together with this program. */
bool guest_agent_is_ours(const struct guest *guest);

/*
 * Runs a command. True when it ran, whatever its status; false when the
 * carrier failed or (LAB_ERROR_LAB) the guest went away.
 */
bool guest_exec(struct guest *guest, const struct guest_exec *exec,
		struct guest_result *ret, GError **error);
void guest_result_clear(struct guest_result *result);

/* Host file to guest file (mode 0..07777), by tmp + rename. Parents are made. */
bool guest_put(struct guest *guest, const char *host_path, const char *guest_path,
	       guint mode, GError **error);
bool guest_get(struct guest *guest, const char *guest_path, const char *host_path,
	       guint64 max_size, GError **error);

/*
 * Asks for kernel log records from @since_seq on (0 = all that is kept,
 * G_MAXUINT64 = only new ones); @fn is called for them from within
 * guest_exec() and guest_poll(). SSH cannot stream: it asks after each command.
 */
bool guest_kmsg_follow(struct guest *guest, guint64 since_seq, guest_kmsg_fn fn,
		       void *data, GError **error);

/*
 * Handles what arrives until @deadline (monotonic, microseconds); with one that
 * has passed, what is there. Over SSH asks once.
 */
bool guest_poll(struct guest *guest, gint64 deadline, GError **error);

/* Sets the guest's clock to the host's. */
bool guest_set_clock(struct guest *guest, GError **error);

#endif /* LIBVM_GUEST_H */
