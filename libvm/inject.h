/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Which error a suite's scratch disk is to give, and when. Pure; the disk that does
 * it is libvm/inject-disk.h. A rule is written as words with colons between:
 *	eio:OP[:n=N][:at=A..B][:keep=K]	OP = read, write or flush: it fails
 *	torn[:n=N][:at=A..B][:keep=K]	a write that is said to be done, but is cut off
 *	slow:ms=M[:OP][:at=A..B]	every request takes M ms longer
 */
#ifndef LIBVM_INJECT_H
#define LIBVM_INJECT_H

#include <glib.h>
#include <stdbool.h>

#define INJECT_SECTOR 512u	/* bytes: the unit of at= and keep=, as Linux counts */
#define INJECT_N_MAX 1000000u
#define INJECT_MS_MAX 10000u
#define INJECT_SWEEP_MAX 1000u	/* runs of a suite by a rule whose n= has no end */

enum inject_kind { INJECT_EIO, INJECT_TORN, INJECT_SLOW };

enum inject_op {		/* bits */
	INJECT_READ = 1,
	INJECT_WRITE = 2,
	INJECT_FLUSH = 4,
};

struct inject_rule {
	enum inject_kind kind;
	guint ops;		/* of the requests that count: enum inject_op */
	guint n;		/* the request that fails, from 1 on; 0 = each one */
	guint last;		/* the suite is run again with the next n up to this one */
	bool open;		/* last is the lab's limit, not the user's */
	guint64 first_sector, last_sector;	/* of the requests that count: all that touch them */
	guint keep;		/* sectors of a write that reach the disk all the same */
	guint ms;
};

/* LAB_ERROR_USAGE for what is no rule, with what would be one. */
bool inject_parse(const char *text, struct inject_rule *ret, GError **error);

/* The rule for its present n alone, as inject_parse() reads it: "eio:read:n=3"; to be freed. */
char *inject_text(const struct inject_rule *rule);

/*
 * Whether it counts a request of @bytes from @offset on. What is too short to be torn is
 * not counted by INJECT_TORN; flushes have no place, and every range has them.
 */
bool inject_counts(const struct inject_rule *rule, enum inject_op op, guint64 offset, guint64 bytes);

/* Whether it acts on the @nth request that it counts, from 1 on. */
bool inject_hits(const struct inject_rule *rule, guint64 nth);

/* Whether the suite is to be run again with the next n when this one's request came. */
bool inject_is_sweep(const struct inject_rule *rule);

#endif /* LIBVM_INJECT_H */
