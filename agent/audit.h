/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the kernel of this guest holds, as lines of text; and what has come to
 * it since (libvm/audit.h judges that).
 */
#ifndef AGENT_AUDIT_H
#define AGENT_AUDIT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#define AUDIT_LINES_MAX 200000	/* more are not seen */
#define AUDIT_NAME_MAX 256	/* bytes of a name, escaped */

/*
 * Lines "KIND<TAB>NAME<TAB>DETAIL" and how often each came, sorted by
 * audit_sort(), after which equal ones are one.
 */
struct audit_line {
	const char *text;	/* without the count; lies in one of the audit's chunks */
	unsigned long count;
};

struct audit_chunk;

struct audit {
	struct audit_line *lines;
	size_t nr, room;
	struct audit_chunk *chunks;
	bool late;		/* afterwards: a module that is being loaded counts */
};

/*
 * Adds @count of a thing. Of @name and @detail control characters, backslashes
 * and what is not ASCII become \xNN; what is longer than AUDIT_NAME_MAX is cut.
 */
void audit_add(struct audit *audit, const char *kind, const char *name, const char *detail,
	       unsigned long count);

/* Adds the line that the @size bytes of @text are, as it is. */
void audit_add_text(struct audit *audit, const char *text, size_t size, unsigned long count);

/* All lines of @from become @audit's; @from is empty then. */
void audit_move(struct audit *audit, struct audit *from);
void audit_sort(struct audit *audit);
void audit_free(struct audit *audit);

/*
 * All that is looked at, below the folder @root ("" = this machine's own): the
 * trees (audit-tree.c), the tables (audit-table.c), the slabs (audit-slab.c), and with
 * the lines "symbol" of @symbols the timers (audit-timer.c). Sorted. As many
 * threads take part as there are CPUs, up to AUDIT_THREADS_MAX.
 */
#define AUDIT_THREADS_MAX 4
void audit_take(struct audit *audit, const struct audit *symbols, const char *root);
void audit_take_trees(struct audit *audit, const char *root);
void audit_take_tables(struct audit *audit, const char *root);

/*
 * The names of the caches that are looked into, AUDIT_SLABS_MAX at most, each to be
 * freed; returns how many. And the objects of one of them.
 */
#define AUDIT_SLABS_MAX 1024
size_t audit_list_slabs(const char *root, char **ret_names);
void audit_take_slab(struct audit *audit, const char *root, const char *cache);

/* What the clock of the kernel's log shows, and how long a tick is, in µs. */
struct audit_clock {
	long long now_us;
	long tick_us;
};

/*
 * False where the kernel does not tell. Where it does, a snapshot that is late has lines
 * "made" beside those of slabs: the times of the first and the last object that code made
 * which is gone.
 */
bool audit_read_clock(const char *root, struct audit_clock *ret);

/* What @clock showed @ticks before; 0: that was before it began. */
long long audit_clock_before(const struct audit_clock *clock, unsigned long ticks);

/*
 * Of the @nr caches in @slabs those whose objects have to be listed stay, and are
 * counted; of the others the names are freed, and their lines are @before's. All
 * stay where audit_prove_slabs() has not added its line to @before.
 */
size_t audit_filter_slabs(struct audit *audit, const struct audit *before, const char *root, char **slabs,
			  size_t nr);

/* Adds a line "symbol" when the kernel's memory says the same of @slabs as @audit, sorted, does. */
void audit_prove_slabs(struct audit *audit, const char *root, char **slabs, size_t nr);

/* Addresses and layouts in the kernel by which timers and objects are found: lines "symbol". */
void audit_take_symbols(struct audit *audit, const char *root);

/* The address that the line "symbol" @name of @symbols has; 0 without it. */
uint64_t audit_symbol(const struct audit *symbols, const char *name);

/* What the line "symbol" @name of @symbols says; NULL without it. */
const char *audit_symbol_text(const struct audit *symbols, const char *name);

/* The timers of the timer wheel, found by the lines of @symbols; none without them. */
void audit_take_timers(struct audit *audit, const struct audit *symbols, const char *root);

/* Opens ROOT/PATH for reading; NULL when it cannot be. */
FILE *audit_open(const char *root, const char *path);

/* Calls @fn for each kernel thread but the kernel's pools of workers. */
typedef void (*audit_thread_fn)(void *data, const char *root, const char *pid, const char *name);
void audit_each_thread(const char *root, audit_thread_fn fn, void *data);

/*
 * The program's words:
 *	--audit save FILE [ROOT]	writes "LINE<TAB>COUNT" of each into FILE
 *	--audit since FILE LOADED [ROOT]	prints "LINE<TAB>BEFORE<TAB>NOW" of what
 *			differs from FILE, then the lines of the file LOADED
 *	--audit loaded FILE NAME [ROOT]	appends to FILE where the sections of the
 *			module NAME lie, and which kernel threads run in it; to the
 *			kernel's log "vexvm: unloading NAME: SECTION ADDRESS …" of
 *			those with code and variables
 *	--audit init NAME [ROOT]	audit_note_init()
 *	--audit settle [ROOT]	has what RCU frees be freed
 *	--audit validate [ROOT]	audit_validate()
 * Returns the exit status, or -1 when the words are others.
 */
int audit_main(int argc, char **argv);

/* Has the kernel check the caches that modules allocate from; it reports to its log. */
bool audit_validate(const char *root);

/*
 * Appends what "loaded" does to @file, which may be missing; without @threads the
 * sections alone.
 */
bool audit_loaded(const char *file, const char *name, bool threads, const char *root);

/* To the kernel's log "vexvm: loaded NAME: SECTION ADDRESS …" of where the code of its init was. */
void audit_note_init(const char *name, const char *root);

#endif /* AGENT_AUDIT_H */
