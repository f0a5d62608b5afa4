/* SPDX-License-Identifier: GPL-2.0-only */
/* The agent's program as a tool of scripts. */
#ifndef AGENT_TOOL_H
#define AGENT_TOOL_H

/*
 *	--insmod FILE [ARG=VALUE...]
 *	--rmmod NAME
 *	--reload ROUNDS [NAME FILE ARGUMENTS]...
 *	--inject [NAME FILE ARGUMENTS]... (agent/inject.h)
 *	--mount SOURCE FOLDER TYPE OPTIONS [and so on]
 *	--audit WORDS (agent/audit.h)
 * A module is looked at before it goes when $VEXVM_AUDIT names the file for it.
 * The exit status, 0 or 1 with a line on stderr; -1 when the words are none of these.
 */
int tool_main(int argc, char **argv);

#endif /* AGENT_TOOL_H */
