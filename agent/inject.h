/* SPDX-License-Identifier: GPL-2.0-only */
/* Loading modules while the kernel lets an allocation fail. */
#ifndef AGENT_INJECT_H
#define AGENT_INJECT_H

#define INJECT_ROUNDS_MAX 2000	/* allocations of one load that are failed in turn */

/*
 * For each of NAME FILE ARGUMENTS ...: loads the module with its first allocation
 * failing, then with its second, and so on until a load has no more of them; what
 * loads nevertheless is unloaded. Those before it are loaded meanwhile. It may refuse
 * with any errno once an allocation has failed. Prints "NAME: N failing allocations".
 * Needs Linux's CONFIG_FAILSLAB (Documentation/fault-injection/fault-injection.rst:
 * fail-nth). The exit status, with a line on stderr when it is not 0.
 */
int inject_main(int argc, char **argv);

#endif /* AGENT_INJECT_H */
