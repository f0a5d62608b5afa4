// SPDX-License-Identifier: GPL-2.0-only
/*
 * Which caches' lists have to be read: those that hold other objects of code that
 * is no more than they did before. That is told by agent/slub.c, once it has told
 * the truth on this kernel: a snapshot from before has the lists of all caches.
 */
#include "agent/audit.h"
#include "agent/slub.h"

#include <stdlib.h>
#include <string.h>

#define PROVEN "slub proven"
#define PROOFS_MIN 4		/* caches that have such objects */

struct origins {
	struct slub_origin list[SLUB_ORIGINS_MAX];
	size_t nr;
};

/* The first of @lines, which are sorted, that is not before @text. */
static size_t find_line(const struct audit *lines, const char *text)
{
	size_t low = 0, high = lines->nr;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (strcmp(lines->lines[middle].text, text) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

/* The lines "slab" of @cache, of which the first is returned and their number in @ret_nr. */
static size_t lines_of(const struct audit *lines, const char *cache, size_t *ret_nr)
{
	char wanted[AUDIT_NAME_MAX];
	size_t length = (size_t)snprintf(wanted, sizeof(wanted), "slab\t%s\t", cache);
	size_t at = find_line(lines, wanted), end = at;

	while (end < lines->nr && !strncmp(lines->lines[end].text, wanted, length))
		end++;
	*ret_nr = end - at;
	return at;
}

/* "slab CACHE 0xADDRESS VIA SIZE", sorted: equal addresses follow each other. */
static bool add_line(struct origins *o, const struct audit_line *line)
{
	uint64_t address = strtoull(strrchr(line->text, '\t') + 1, NULL, 16);

	if (!o->nr || o->list[o->nr - 1].address != address) {
		if (o->nr == SLUB_ORIGINS_MAX)
			return false;
		o->list[o->nr++] = (struct slub_origin){ address, 0 };
	}
	o->list[o->nr - 1].count += line->count;
	return true;
}

/* What @lines say of @cache. */
static bool origins_by_lines(const struct audit *lines, const char *cache, struct origins *ret)
{
	size_t nr, at = lines_of(lines, cache, &nr);

	ret->nr = 0;
	for (size_t i = 0; i < nr; i++)
		if (!add_line(ret, &lines->lines[at + i]))
			return false;
	return true;
}

/* Whether @slub sees in @cache what @lines, which are sorted, say of it. */
static bool agrees(struct slub *slub, const struct audit *lines, const char *cache, struct origins *room)
{
	struct origins *told = &room[0], *seen = &room[1];

	if (!origins_by_lines(lines, cache, told) || !slub_origins(slub, cache, seen->list, &seen->nr) ||
	    told->nr != seen->nr)
		return false;
	for (size_t i = 0; i < told->nr; i++)
		if (told->list[i].address != seen->list[i].address || told->list[i].count != seen->list[i].count)
			return false;
	return true;
}

void audit_prove_slabs(struct audit *audit, const char *root, char **slabs, size_t nr)
{
	struct origins *room = calloc(2, sizeof(*room));
	struct slub *slub = room ? slub_open(audit, root) : NULL;
	size_t proofs = 0, disagree = 0;

	for (size_t i = 0; slub && i < nr; i++) {
		if (!agrees(slub, audit, slabs[i], room))
			disagree++;
		else
			proofs += room[0].nr > 0;
	}
	/* The kernel goes on working meanwhile. */
	if (proofs >= PROOFS_MIN && disagree <= nr / 8)
		audit_add(audit, "symbol", PROVEN, "", 1);
	slub_close(slub);
	free(room);
}

static void add_lines(struct audit *audit, const struct audit *before, const char *cache)
{
	size_t nr, at = lines_of(before, cache, &nr);

	for (size_t i = at; i < at + nr; i++)
		audit_add_text(audit, before->lines[i].text, strlen(before->lines[i].text),
			       before->lines[i].count);
}

size_t audit_filter_slabs(struct audit *audit, const struct audit *before, const char *root, char **slabs,
			  size_t nr)
{
	bool proven = audit_symbol_text(before, PROVEN);
	struct origins *room = proven ? calloc(2, sizeof(*room)) : NULL;
	struct slub *slub = room ? slub_open(before, root) : NULL;
	size_t kept = 0;

	for (size_t i = 0; i < nr; i++) {
		if (!slub || !agrees(slub, before, slabs[i], room)) {
			slabs[kept++] = slabs[i];
			continue;
		}
		add_lines(audit, before, slabs[i]);
		free(slabs[i]);
	}
	slub_close(slub);
	free(room);
	return kept;
}
