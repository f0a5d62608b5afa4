// SPDX-License-Identifier: GPL-2.0-only
/*
 * Timers that are to fire, read from the kernel's memory (/proc/kcore), since no
 * file lists those of the timer wheel. Layouts are those of kernel/time/timer.c since
 * 4.8 without lock debugging:
 *	struct timer_base: unsigned int cpu at 32, then the bits of 576 vectors
 *	at 40, and the vectors, each the first timer of a list, at 112
 *	struct timer_list: next timer at 0, function at 24
 *	struct delayed_work: work's function 8 bytes before the timer
 * They are held to what they have in common with the truth: a base knows its CPU,
 * and a vector with a timer its bit. Where that fails nothing is said of timers.
 */
#include "agent/audit.h"
#include "agent/core.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define BASE_CPU 32
#define BASE_BITS 40
#define VECTORS 576
#define BASE_VECTORS (BASE_BITS + VECTORS / 8)
#define BASE_SIZE (BASE_VECTORS + 8 * VECTORS)
#define BASE_ALIGN 64		/* ____cacheline_aligned */
#define BASES 2			/* NO_HZ_COMMON */
#define TIMER_FUNCTION 24
#define CPUS_MAX 256
#define TIMERS_MAX 10000	/* of one base: a list may be a ring */

struct base {
	uint32_t cpu;
	uint64_t bits[VECTORS / 64], vectors[VECTORS];
};

static bool base_read(const struct core *core, uint64_t address, uint32_t cpu, struct base *ret)
{
	unsigned char bytes[BASE_SIZE];

	if (!core_read(core, address, bytes, sizeof(bytes)))
		return false;
	memcpy(&ret->cpu, bytes + BASE_CPU, sizeof(ret->cpu));
	memcpy(ret->bits, bytes + BASE_BITS, sizeof(ret->bits));
	memcpy(ret->vectors, bytes + BASE_VECTORS, sizeof(ret->vectors));
	if (ret->cpu != cpu)
		return false;
	/* A bit may stay for a while when its vector is empty. */
	for (size_t i = 0; i < VECTORS; i++)
		if (ret->vectors[i] && !(ret->bits[i / 64] >> (i % 64) & 1))
			return false;
	return true;
}

static void take_timer(struct audit *audit, const char *what, uint64_t address)
{
	char text[32];

	if (!core_may_be_module(address))
		return;
	snprintf(text, sizeof(text), "0x%llx", (unsigned long long)address);
	audit_add(audit, "timer", text, what, 1);
}

/*
 * What a timer runs; and where the timer itself is, for one in a module's data, whose
 * memory is gone. What lies there is told by those who read it.
 */
static void take_list(struct audit *audit, const struct core *core, uint64_t at)
{
	for (size_t i = 0; at && i < TIMERS_MAX; i++) {
		uint64_t timer[4], work;

		take_timer(audit, "timer itself", at);
		if (!core_read(core, at, timer, sizeof(timer)))
			return;
		take_timer(audit, "timer", timer[TIMER_FUNCTION / 8]);
		if (core_read(core, at - 8, &work, sizeof(work)))
			take_timer(audit, "delayed work", work);
		at = timer[0];
	}
}

static void take_base(struct audit *audit, const struct core *core, const struct base *base)
{
	for (size_t i = 0; i < VECTORS; i++)
		take_list(audit, core, base->vectors[i]);
}

static void take_bases(struct audit *audit, const struct core *core, uint64_t bases, uint64_t offsets)
{
	const uint64_t step = (BASE_SIZE + BASE_ALIGN - 1) / BASE_ALIGN * BASE_ALIGN;
	struct base base;

	for (uint32_t cpu = 0; cpu < CPUS_MAX; cpu++) {
		uint64_t offset;

		if (!core_read(core, offsets + 8 * (uint64_t)cpu, &offset, sizeof(offset)))
			return;
		for (uint64_t i = 0; i < BASES; i++) {
			/* The first CPU that there is not. */
			if (!base_read(core, offset + bases + i * step, cpu, &base))
				return;
			take_base(audit, core, &base);
		}
	}
}

void audit_take_timers(struct audit *audit, const struct audit *symbols, const char *root)
{
	uint64_t bases = audit_symbol(symbols, "timer_bases");
	uint64_t offsets = audit_symbol(symbols, "__per_cpu_offset");
	struct core *core = bases && offsets ? malloc(sizeof(*core)) : NULL;

	if (!core)
		return;
	if (core_open(core, root))
		take_bases(audit, core, bases, offsets);
	core_close(core);
	free(core);
}
