/* SPDX-License-Identifier: GPL-2.0-only */
/* The agent, as build/tests/vexvm-agent, on one end of a socket pair. */
#ifndef TESTS_LIB_AGENT_H
#define TESTS_LIB_AGENT_H

#include <glib.h>

#include "libvm/agent.h"

struct served {
	int fd;			/* the host's end; -1 = handed over */
	GPid pid;
};

/* Starts it on a new socket pair. */
void served_init(struct served *served);

/* Starts it on @fd, which it takes; returns its PID. */
GPid served_start(int fd);

/*
 * Closes what is left of the host's end and fails the test unless the agent
 * ends by itself with status 0: the sanitizers' findings are in it.
 */
void served_clear(struct served *served);
#define auto_served __attribute__((cleanup(served_clear))) struct served

/* The agent, its client, and an empty folder: a fixture for g_test_add(). */
struct agentbox {
	struct served served;
	struct agent *agent;
	char *dir;
};

void agentbox_set_up(struct agentbox *box, gconstpointer data);
void agentbox_tear_down(struct agentbox *box, gconstpointer data);

/* @name in its folder; to be freed. */
char *agentbox_path(const struct agentbox *box, const char *name);

/* Runs shell text for @timeout_s at most (0: without end); the result is the caller's. */
void agentbox_run(struct agentbox *box, const char *script, guint timeout_s, struct guest_result *ret);
#define auto_result __attribute__((cleanup(guest_result_clear))) struct guest_result

/* Fails the test unless shell text ends with @status and prints @out. */
void agentbox_check(struct agentbox *box, const char *script, int status, const char *out);

#endif /* TESTS_LIB_AGENT_H */
