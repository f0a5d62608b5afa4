// SPDX-License-Identifier: GPL-2.0-only
#include "tests/ffi/arena.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#define PAGE 4096ul
#define ROOM (1ul << 20)	/* for bytes, before the guard page */
#define GAP_BYTE 0xa5

static struct {
	uint8_t *base;
	size_t used;		/* bytes before its end, whole pages */
} maps[ARENA_COPIES];
static unsigned int in_use;
static bool frozen;

static void die(const char *what)
{
	perror(what);
	exit(1);
}

static uint8_t *take(size_t used)
{
	uint8_t *base;

	if (in_use == ARENA_COPIES)
		abort();
	base = maps[in_use].base;
	if (!base) {
		base = mmap(NULL, ROOM + PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
		if (base == MAP_FAILED || mprotect(base + ROOM, PAGE, PROT_NONE) < 0)
			die("mmap");
		maps[in_use].base = base;
	}
	maps[in_use++].used = used;
	return base;
}

const void *arena_copy(const void *bytes, size_t size, size_t gap)
{
	size_t used = (size + gap + PAGE - 1) / PAGE * PAGE;
	uint8_t *end;

	if (used > ROOM)
		abort();
	end = take(used) + ROOM;
	memset(end - gap, GAP_BYTE, gap);
	if (size)
		memcpy(end - gap - size, bytes, size);
	return end - gap - size;
}

static void protect(int rights)
{
	for (unsigned int i = 0; i < in_use; i++)
		if (maps[i].used &&
		    mprotect(maps[i].base + ROOM - maps[i].used, maps[i].used, rights) < 0)
			die("mprotect");
}

void arena_freeze(void)
{
	protect(PROT_READ);
	frozen = true;
}

void arena_reset(void)
{
	if (frozen)
		protect(PROT_READ | PROT_WRITE);
	frozen = false;
	in_use = 0;
}
