/* SPDX-License-Identifier: GPL-2.0-only */
/* The agent, as build/tests/vexvm-agent, on one end of a socket pair. */
#ifndef TESTS_LIB_AGENT_H
#define TESTS_LIB_AGENT_H

#include <glib.h>

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

#endif /* TESTS_LIB_AGENT_H */
