// SPDX-License-Identifier: GPL-2.0-only
/*
 * An object in a debugged cache, as mm/slub.c lays it out:
 *	red_left_pad bytes	the left red zone: 0xcc while the object is in use
 *	inuse bytes		the object, and the right red zone
 *	8 bytes			the pointer to the next free object, where "offset" is there
 *	struct track		who allocated it; its stack is in the stack depot
 * Slabs are in their node's lists of partial and of full ones, and lie in the
 * kernel's map of all memory where their struct slab lies in that of all pages.
 */
#include "agent/slub.h"

#include <stdlib.h>
#include <string.h>

#include "agent/core.h"

#define SLAB_RED_ZONE 0x400u	/* include/linux/slab.h */
#define SLAB_STORE_USER 0x10000u
#define SLUB_RED_ACTIVE 0xcc	/* include/linux/poison.h */
#define STACK_ALIGN 16		/* of records in the depot: STACK_ALLOC_ALIGN */
#define STACK_FRAMES_MAX 64
#define PAGE_BYTES 4096
#define STRUCT_PAGE_BYTES 64
#define CACHES_MAX 2048
#define SLABS_MAX 100000	/* of one list: a damaged one may be a ring */
#define SLAB_BYTES_MAX (1u << 20)
#define KNOWN_STACKS_BITS 14
#define KNOWN_STACKS (1u << KNOWN_STACKS_BITS)
#define KNOWN_TRIES 8
#define MODULES_MAX 1024

struct cache {
	uint64_t address, node;
	uint32_t flags, size, inuse, offset, pad;
	char name[64];
};

struct range {
	uint64_t start, end;
};

/* A stack in the depot, by its handle, and what of it is wanted. */
struct stack {
	uint32_t handle;
	uint64_t origin;	/* 0 = all of its code is there */
};

struct slub {
	struct core core;
	struct slub_layout layout;
	uint64_t pages, memory, depot;	/* addresses: of struct pages, of what they stand for; of the depot's slabs */
	struct cache caches[CACHES_MAX];
	size_t nr_caches;
	struct range modules[MODULES_MAX];
	size_t nr_modules;
	struct stack stacks[KNOWN_STACKS];
	unsigned char slab[SLAB_BYTES_MAX];
};

static uint32_t byte_of(const struct slub *slub, enum slub_field field)
{
	return slub->layout.bit[field] / 8;
}

static bool read_pointer(const struct slub *slub, uint64_t address, uint64_t *ret)
{
	return core_read(&slub->core, address, ret, sizeof(*ret));
}

static bool read_u32(const struct slub *slub, uint64_t base, enum slub_field field, uint32_t *ret)
{
	return core_read(&slub->core, base + byte_of(slub, field), ret, sizeof(*ret));
}

/* A bit field of at most 32 bits in the 8 bytes that hold its first one. */
static uint32_t take_bits(const struct slub *slub, enum slub_field field, uint64_t word)
{
	uint32_t bit = slub->layout.bit[field], bits = slub->layout.bits[field];

	return (uint32_t)(word >> bit % 8) & (uint32_t)((1ull << bits) - 1);
}

/* Caches */

static bool read_cache(struct slub *slub, uint64_t address, struct cache *ret)
{
	uint64_t name;

	*ret = (struct cache){ .address = address };
	return read_u32(slub, address, CACHE_FLAGS, &ret->flags) &&
	       read_u32(slub, address, CACHE_SIZE, &ret->size) &&
	       read_u32(slub, address, CACHE_INUSE, &ret->inuse) &&
	       read_u32(slub, address, CACHE_OFFSET, &ret->offset) &&
	       read_u32(slub, address, CACHE_PAD, &ret->pad) &&
	       read_pointer(slub, address + byte_of(slub, CACHE_NODE), &ret->node) &&
	       read_pointer(slub, address + byte_of(slub, CACHE_NAME), &name) &&
	       core_read(&slub->core, name, ret->name, sizeof(ret->name) - 1);
}

static bool read_caches(struct slub *slub, uint64_t head)
{
	uint64_t at;

	if (!read_pointer(slub, head, &at))
		return false;
	while (at != head) {
		if (slub->nr_caches == CACHES_MAX ||
		    !read_cache(slub, at - byte_of(slub, CACHE_LIST), &slub->caches[slub->nr_caches]))
			return false;
		slub->nr_caches++;
		if (!read_pointer(slub, at, &at))
			return false;
	}
	return true;
}

/* "NAME SIZE USERS BY STATE 0xADDRESS …": the code that has names. */
static void read_modules(struct slub *slub, const char *root)
{
	FILE *in = audit_open(root, "/proc/modules");
	char *line = NULL;
	size_t size = 0;

	while (in && slub->nr_modules < MODULES_MAX && getline(&line, &size, in) > 0) {
		unsigned long long start, bytes;

		if (sscanf(line, "%*s %llu %*s %*s %*s %llx", &bytes, &start) == 2)
			slub->modules[slub->nr_modules++] = (struct range){ start, start + bytes };
	}
	free(line);
	if (in)
		fclose(in);
}

struct slub *slub_open(const struct audit *symbols, const char *root)
{
	const char *layout = audit_symbol_text(symbols, "slub layout");
	uint64_t caches = audit_symbol(symbols, "slab_caches");
	uint64_t pages = audit_symbol(symbols, "vmemmap_base");
	uint64_t memory = audit_symbol(symbols, "page_offset_base");
	struct slub *slub = layout && caches && pages && memory ? calloc(1, sizeof(*slub)) : NULL;

	if (!slub)
		return NULL;
	slub->depot = audit_symbol(symbols, "stack_slabs");
	read_modules(slub, root);
	if (core_open(&slub->core, root) && slub->depot && slub_parse_layout(layout, &slub->layout) &&
	    read_pointer(slub, pages, &slub->pages) && read_pointer(slub, memory, &slub->memory) &&
	    read_caches(slub, caches))
		return slub;
	slub_close(slub);
	return NULL;
}

void slub_close(struct slub *slub)
{
	if (!slub)
		return;
	core_close(&slub->core);
	free(slub);
}

/* Stacks */

static bool is_gone(const struct slub *slub, uint64_t address)
{
	if (!core_may_be_module(address))
		return false;
	for (size_t i = 0; i < slub->nr_modules; i++)
		if (address >= slub->modules[i].start && address < slub->modules[i].end)
			return false;
	return true;
}

static bool read_stack(const struct slub *slub, uint32_t handle, uint64_t *ret_origin)
{
	uint64_t word = handle, part, entries[STACK_FRAMES_MAX], record;
	uint32_t index = take_bits(slub, HANDLE_INDEX, word >> 8 * byte_of(slub, HANDLE_INDEX));
	uint32_t offset = take_bits(slub, HANDLE_OFFSET, word >> 8 * byte_of(slub, HANDLE_OFFSET));
	uint32_t nr;

	if (!read_pointer(slub, slub->depot + 8 * (uint64_t)index, &part))
		return false;
	record = part + (uint64_t)offset * STACK_ALIGN;
	if (!read_u32(slub, record, RECORD_SIZE, &nr) || nr > STACK_FRAMES_MAX ||
	    !core_read(&slub->core, record + byte_of(slub, RECORD_ENTRIES), entries, nr * sizeof(entries[0])))
		return false;
	*ret_origin = 0;
	for (uint32_t i = 0; i < nr && !*ret_origin; i++)
		if (is_gone(slub, entries[i]))
			*ret_origin = entries[i];
	return true;
}

/* The product's high bits: its low ones know nothing of the handle's high ones, where the offset is. */
static size_t bucket_of(uint32_t handle)
{
	return handle * 2654435761u >> (32 - KNOWN_STACKS_BITS);
}

/* Many objects have the same stack: those that were read are kept. */
static bool origin_of(struct slub *slub, uint32_t handle, uint64_t *ret_origin)
{
	size_t at = bucket_of(handle);

	for (size_t tries = 0; tries < KNOWN_TRIES; tries++, at = (at + 1) % KNOWN_STACKS) {
		struct stack *stack = &slub->stacks[at];

		if (stack->handle == handle) {
			*ret_origin = stack->origin;
			return true;
		}
		if (!stack->handle) {
			if (!read_stack(slub, handle, ret_origin))
				return false;
			*stack = (struct stack){ handle, *ret_origin };
			return true;
		}
	}
	return read_stack(slub, handle, ret_origin);
}

/* Objects */

static bool count_origin(struct slub_origin *origins, size_t *nr, uint64_t address)
{
	size_t i = 0;

	while (i < *nr && origins[i].address != address)
		i++;
	if (i == SLUB_ORIGINS_MAX)
		return false;
	if (i == *nr)
		origins[(*nr)++] = (struct slub_origin){ address, 0 };
	origins[i].count++;
	return true;
}

/* The object's part of @slub->slab, and the red zone in front of it. */
static bool take_object(struct slub *slub, const struct cache *cache, const unsigned char *object,
			struct slub_origin *ret, size_t *nr)
{
	const unsigned char *track = object + cache->inuse + (cache->offset >= cache->inuse ? 8 : 0);
	uint64_t address = 0, origin = 0;
	uint32_t handle = 0;

	if (object[-1] != SLUB_RED_ACTIVE)
		return true;
	memcpy(&handle, track + byte_of(slub, TRACK_HANDLE), sizeof(handle));
	memcpy(&address, track + byte_of(slub, TRACK_ADDRESS), sizeof(address));
	if (handle && !origin_of(slub, handle, &origin))
		return false;
	if (!handle && is_gone(slub, address))
		origin = address;
	return !origin || count_origin(ret, nr, origin);
}

static bool take_slab(struct slub *slub, const struct cache *cache, uint64_t slab,
		      struct slub_origin *ret, size_t *nr)
{
	uint64_t owner, word, address = slub->memory + (slab - slub->pages) / STRUCT_PAGE_BYTES * PAGE_BYTES;
	uint32_t objects, bytes;

	if (!read_pointer(slub, slab + byte_of(slub, SLAB_CACHE), &owner) || owner != cache->address ||
	    !read_pointer(slub, slab + byte_of(slub, SLAB_OBJECTS) / 8 * 8, &word))
		return false;
	objects = take_bits(slub, SLAB_OBJECTS, word >> 8 * (byte_of(slub, SLAB_OBJECTS) % 8));
	if (!objects || objects > SLAB_BYTES_MAX / cache->size)
		return false;
	bytes = objects * cache->size;
	if (!core_read(&slub->core, address, slub->slab, bytes))
		return false;
	for (uint32_t at = cache->pad; at < bytes; at += cache->size)
		if (!take_object(slub, cache, slub->slab + at, ret, nr))
			return false;
	return true;
}

static bool take_list(struct slub *slub, const struct cache *cache, uint64_t head,
		      struct slub_origin *ret, size_t *nr)
{
	uint64_t at;

	if (!read_pointer(slub, head, &at))
		return false;
	for (size_t n = 0; at != head; n++)
		if (n == SLABS_MAX || !take_slab(slub, cache, at - byte_of(slub, SLAB_LIST), ret, nr) ||
		    !read_pointer(slub, at, &at))
			return false;
	return true;
}

static const struct cache *find_cache(const struct slub *slub, const char *name)
{
	for (size_t i = 0; i < slub->nr_caches; i++)
		if (!strcmp(slub->caches[i].name, name))
			return &slub->caches[i];
	return NULL;
}

/* That the parts of an object are all within its size. */
static bool makes_sense(const struct slub *slub, const struct cache *cache)
{
	uint32_t address = byte_of(slub, TRACK_ADDRESS), handle = byte_of(slub, TRACK_HANDLE);
	uint64_t end = (uint64_t)cache->pad + cache->inuse + 8 + (address > handle ? address : handle) + 8;

	return (cache->flags & (SLAB_RED_ZONE | SLAB_STORE_USER)) == (SLAB_RED_ZONE | SLAB_STORE_USER) &&
	       cache->pad && cache->node && end <= cache->size && cache->size <= SLAB_BYTES_MAX;
}

static int by_address(const void *a, const void *b)
{
	uint64_t x = ((const struct slub_origin *)a)->address, y = ((const struct slub_origin *)b)->address;

	return (x > y) - (x < y);
}

bool slub_origins(struct slub *slub, const char *cache, struct slub_origin *ret, size_t *ret_nr)
{
	const struct cache *found = find_cache(slub, cache);

	*ret_nr = 0;
	if (!found || !makes_sense(slub, found) ||
	    !take_list(slub, found, found->node + byte_of(slub, NODE_PARTIAL), ret, ret_nr) ||
	    !take_list(slub, found, found->node + byte_of(slub, NODE_FULL), ret, ret_nr))
		return false;
	qsort(ret, *ret_nr, sizeof(*ret), by_address);
	return true;
}
