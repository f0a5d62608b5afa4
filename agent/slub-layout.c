// SPDX-License-Identifier: GPL-2.0-only
#include "agent/btf.h"
#include "agent/slub.h"

#include <stdlib.h>
#include <string.h>

/* mm/slab.h, mm/slub.c and lib/stackdepot.c, with the names that they have from 5.19 to 6.2. */
static const struct {
	const char *type, *member;
} fields[SLUB_FIELDS] = {
	[CACHE_LIST] = { "kmem_cache", "list" },
	[CACHE_FLAGS] = { "kmem_cache", "flags" },
	[CACHE_SIZE] = { "kmem_cache", "size" },
	[CACHE_INUSE] = { "kmem_cache", "inuse" },
	[CACHE_OFFSET] = { "kmem_cache", "offset" },
	[CACHE_PAD] = { "kmem_cache", "red_left_pad" },
	[CACHE_NAME] = { "kmem_cache", "name" },
	[CACHE_NODE] = { "kmem_cache", "node" },
	[NODE_PARTIAL] = { "kmem_cache_node", "partial" },
	[NODE_FULL] = { "kmem_cache_node", "full" },
	[SLAB_LIST] = { "slab", "slab_list" },
	[SLAB_CACHE] = { "slab", "slab_cache" },
	[SLAB_OBJECTS] = { "slab", "objects" },
	[TRACK_ADDRESS] = { "track", "addr" },
	[TRACK_HANDLE] = { "track", "handle" },
	[HANDLE_INDEX] = { "handle_parts", "slabindex" },
	[HANDLE_OFFSET] = { "handle_parts", "offset" },
	[RECORD_SIZE] = { "stack_record", "size" },
	[RECORD_ENTRIES] = { "stack_record", "entries" },
};

#define STRUCT_BITS_MAX (8u * 65536)	/* of the structures: these have some hundred bytes */

/* Whether the bit field that is @at bits into a word of @word bits ends in it, and in 32 bits. */
static bool ends_within(uint32_t at, uint32_t bits, uint32_t word)
{
	return bits && bits <= 32 && at < word && bits <= word - at;
}

/* What agent/slub.c takes for granted of the fields. */
static bool makes_sense(const struct slub_layout *layout)
{
	for (size_t i = 0; i < SLUB_FIELDS; i++)
		if (layout->bit[i] >= STRUCT_BITS_MAX)
			return false;
	return ends_within(layout->bit[SLAB_OBJECTS] % 64, layout->bits[SLAB_OBJECTS], 64) &&
	       ends_within(layout->bit[HANDLE_INDEX], layout->bits[HANDLE_INDEX], 32) &&
	       ends_within(layout->bit[HANDLE_OFFSET], layout->bits[HANDLE_OFFSET], 32);
}

static bool find_layout(const struct btf *btf, struct slub_layout *ret)
{
	for (size_t i = 0; i < SLUB_FIELDS; i++) {
		struct btf_field field;

		if (!btf_find(btf, fields[i].type, fields[i].member, &field))
			return false;
		ret->bit[i] = field.bit;
		ret->bits[i] = field.bits;
	}
	return btf_size(btf, "page") == 64 && btf_size(btf, "slab") == 64 && makes_sense(ret);
}

void slub_add_layout(struct audit *audit, const char *root)
{
	struct btf *btf = btf_open(root);
	struct slub_layout layout;
	char text[AUDIT_NAME_MAX];
	size_t n = 0;

	if (btf && find_layout(btf, &layout)) {
		for (size_t i = 0; i < SLUB_FIELDS && n < sizeof(text); i++)
			n += (size_t)snprintf(text + n, sizeof(text) - n, "%x:%x ", layout.bit[i],
					      layout.bits[i]);
		if (n < sizeof(text))
			audit_add(audit, "symbol", "slub layout", text, 1);
	}
	btf_free(btf);
}

bool slub_parse_layout(const char *text, struct slub_layout *ret)
{
	for (size_t i = 0; i < SLUB_FIELDS; i++) {
		char *end;

		ret->bit[i] = (uint32_t)strtoul(text, &end, 16);
		if (end == text || *end != ':')
			return false;
		text = end + 1;
		ret->bits[i] = (uint32_t)strtoul(text, &end, 16);
		if (end == text || *end != ' ')
			return false;
		text = end + 1;
	}
	return !*text && makes_sense(ret);
}
