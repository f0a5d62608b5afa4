/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A time limit to poll for, whose clock stands still while a process waits for a processor of
 * the host (lib/starve.h).
 */
#ifndef LIB_LIMIT_H
#define LIB_LIMIT_H

#include <glib.h>
#include <stdbool.h>

/* So many times as long it is at most: a host that leaves less than a fifth is no place to wait on. */
#define LIMIT_STRETCH 5

struct limit {
	int fd;			/* readable when limit_passed() may be true */
	int pid;
	gint64 starved;		/* starve_us() of it that @fd knows of */
	gint64 end;		/* it has passed by then */
};

/*
 * @seconds from now (0 = it never passes), of @pid's; 0 = nobody's: then it is the clock alone.
 * False with errno.
 */
bool limit_init(struct limit *limit, int pid, guint seconds);
void limit_clear(struct limit *limit);

/* Whether they have passed. Told once; where the process was kept waiting, the rest begins. */
bool limit_passed(struct limit *limit);

/* What comes on top for a process that was kept waiting for @kept, where @left is left at most, in microseconds. */
gint64 limit_rest(gint64 kept, gint64 left);

#endif /* LIB_LIMIT_H */
