// SPDX-License-Identifier: GPL-2.0-only
/*
 * A whole snapshot. What takes its time is the kernel's: it looks up the name of
 * each address in each trace of what slabs hold. So the parts are shared among
 * the CPUs.
 */
#include "agent/audit.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct take {
	const struct audit *symbols;
	const char *root;
	bool late;
	char *slabs[AUDIT_SLABS_MAX];
	size_t nr_slabs;
	atomic_size_t next;	/* the part that nobody has begun */
};

/* One of the threads, and what it has found. */
struct taker {
	struct take *take;
	struct audit found;
	pthread_t thread;
};

/* The largest first. */
enum { PART_TREES, PART_TABLES, PART_TIMERS, PART_SLABS };

static void take_part(struct take *take, size_t part, struct audit *found)
{
	switch (part) {
	case PART_TREES:
		return audit_take_trees(found, take->root);
	case PART_TABLES:
		return audit_take_tables(found, take->root);
	case PART_TIMERS:
		return audit_take_timers(found, take->symbols, take->root);
	default:
		return audit_take_slab(found, take->root, take->slabs[part - PART_SLABS]);
	}
}

static void *take_parts(void *data)
{
	struct taker *taker = data;
	struct take *take = taker->take;
	size_t part;

	taker->found.late = take->late;
	while ((part = atomic_fetch_add(&take->next, 1)) < PART_SLABS + take->nr_slabs)
		take_part(take, part, &taker->found);
	return NULL;
}

static size_t count_takers(void)
{
	long cpus = sysconf(_SC_NPROCESSORS_ONLN);

	return cpus < 1 ? 1 : cpus > AUDIT_THREADS_MAX ? AUDIT_THREADS_MAX : (size_t)cpus;
}

/* This thread is the first taker; the parts of those that could not be made are the others'. */
static void share_parts(struct audit *audit, struct take *take)
{
	struct taker takers[AUDIT_THREADS_MAX] = { 0 };
	size_t wanted = count_takers(), nr = 1;

	takers[0].take = take;
	for (; nr < wanted; nr++) {
		takers[nr].take = take;
		if (pthread_create(&takers[nr].thread, NULL, take_parts, &takers[nr]))
			break;
	}
	take_parts(&takers[0]);
	for (size_t i = 0; i < nr; i++) {
		if (i)
			pthread_join(takers[i].thread, NULL);
		audit_move(audit, &takers[i].found);
	}
}

void audit_take(struct audit *audit, const struct audit *symbols, const char *root)
{
	struct take *take = calloc(1, sizeof(*take));

	if (!take)
		return;
	take->symbols = symbols;
	take->root = root;
	take->late = audit->late;
	take->nr_slabs = audit_list_slabs(root, take->slabs);
	if (audit->late)
		take->nr_slabs = audit_filter_slabs(audit, symbols, root, take->slabs, take->nr_slabs);
	share_parts(audit, take);
	/* They are the same for as long as the kernel runs. */
	for (size_t i = 0; i < symbols->nr; i++)
		if (!strncmp(symbols->lines[i].text, "symbol\t", 7))
			audit_add_text(audit, symbols->lines[i].text, strlen(symbols->lines[i].text), 1);
	audit_sort(audit);
	if (!audit->late) {
		audit_prove_slabs(audit, root, take->slabs, take->nr_slabs);
		audit_sort(audit);
	}
	for (size_t i = 0; i < take->nr_slabs; i++)
		free(take->slabs[i]);
	free(take);
}
