/* SPDX-License-Identifier: GPL-2.0-only */
/* Loading modules while the kernel lets an allocation fail. */
#ifndef AGENT_INJECT_H
#define AGENT_INJECT_H

#include <stdbool.h>

#define INJECT_ROUNDS_MAX 2000	/* allocations of one load that are failed in turn */

/*
 * For each of NAME FILE ARGUMENTS ...: loads the module with its first allocation
 * failing, then with its second, and so on until a load has no more of them; what
 * loads nevertheless is unloaded, but the modules before it stay meanwhile. It may
 * refuse with any errno once an allocation has failed. What the kernel allocates
 * before the module's init is not the same in each load: those of the init are
 * counted from there, and one that is not met is told. Prints "NAME: N failing
 * allocations". Needs Linux's CONFIG_FAILSLAB
 * (Documentation/fault-injection/fault-injection.rst: fail-nth). The exit status,
 * with a line on stderr when it is not 0.
 */
int inject_main(int argc, char **argv);

/* Writes @text to a file of the kernel's, which takes it or does not. */
bool inject_put(const char *path, const char *text);

/* A load that came to the module's init. All 0: it did not, or nothing is known of it. */
struct inject_load {
	unsigned long module, init;	/* addresses of its struct module and of its init function */
	/* Allocations that can be made to fail: before its init, and in it. */
	unsigned int before, own;
};

/*
 * From inject_watch() on the kernel tells of what this thread loads, if it can
 * (CONFIG_KPROBE_EVENTS). inject_watched() says what has been seen since inject_watch_anew().
 */
void inject_watch(void);
void inject_watch_anew(void);
struct inject_load inject_watched(void);
void inject_watch_end(void);

/*
 * Where the code of loads was that failed. places_failed() is called after each of them;
 * places_tell() after audit_loaded() has written to @file where the sections of @module are, which
 * @known is the load of: it appends the same lines of those with code, one set for each of the
 * loads that failed since the last call.
 */
void places_failed(const struct inject_load *load);
void places_tell(const char *file, const char *module, const struct inject_load *known);

#endif /* AGENT_INJECT_H */
