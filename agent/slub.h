/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The objects that slab caches with slub_debug=ZU hold, read from the kernel's
 * memory. The kernel's own list of them (alloc_traces) is text with the name of
 * each address; this tells at a fraction of its cost which caches' lists are worth
 * reading.
 */
#ifndef AGENT_SLUB_H
#define AGENT_SLUB_H

#include "agent/audit.h"

#include <stdint.h>

/* Where things lie, by the kernel's own description (agent/btf.h). */
enum slub_field {
	CACHE_LIST, CACHE_FLAGS, CACHE_SIZE, CACHE_INUSE, CACHE_OFFSET, CACHE_PAD, CACHE_NAME, CACHE_NODE,
	NODE_PARTIAL, NODE_FULL,
	SLAB_LIST, SLAB_CACHE, SLAB_OBJECTS,
	TRACK_ADDRESS, TRACK_HANDLE,
	HANDLE_INDEX, HANDLE_OFFSET,
	RECORD_SIZE, RECORD_ENTRIES,
	SLUB_FIELDS
};

struct slub_layout {
	uint32_t bit[SLUB_FIELDS], bits[SLUB_FIELDS];
};

/* Adds the layout as a line "symbol"; none where the kernel does not describe itself, or is another kind. */
void slub_add_layout(struct audit *audit, const char *root);

/* Of the line that slub_add_layout() made; false when it is no such line, or no kernel's layout. */
bool slub_parse_layout(const char *text, struct slub_layout *ret);

/* Objects whose allocation passed through code that is no more. */
struct slub_origin {
	uint64_t address;	/* the innermost one of that code */
	unsigned long count;
};

#define SLUB_ORIGINS_MAX 4096	/* of one cache */

struct slub;

/* By the lines "symbol" of @symbols; NULL when one is missing, or the memory cannot be read. */
struct slub *slub_open(const struct audit *symbols, const char *root);
void slub_close(struct slub *slub);

/*
 * The origins in @cache, by address, into @ret, which has room for SLUB_ORIGINS_MAX, and
 * how many there are. False when there are more, the cache is not found or has no record
 * of them, or what is read makes no sense, as when it changes meanwhile.
 */
bool slub_origins(struct slub *slub, const char *cache, struct slub_origin *ret, size_t *ret_nr);

#endif /* AGENT_SLUB_H */
