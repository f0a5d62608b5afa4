// SPDX-License-Identifier: GPL-2.0-only
/*
 * The kernel's clocks, to tell when something was made: alloc_traces has ages in ticks,
 * whose length no file states, and the log is stamped by a clock that began a little
 * before the others. kernel/sched/debug.c shows all of them, in ms with six decimals.
 */
#include "agent/audit.h"

#include <stdlib.h>
#include <string.h>

#define CLOCKS "/sys/kernel/debug/sched/debug"
#define LINES_MAX 16		/* behind them all tasks follow */
#define FIRST_TICK (1ll << 32)	/* 300 s after boot: INITIAL_JIFFIES, include/linux/jiffies.h */
#define FIRST_TICK_US 300000000ll
#define OFF_MAX_S 2		/* an emulated machine loses ticks while it boots: 0.2 s were seen */

/* "cpu_clk      : 52346.123456" */
static long long take_us(const char *line, const char *name, long long before)
{
	size_t length = strlen(name);
	double ms;

	if (strncmp(line, name, length) || sscanf(line + length, " : %lf", &ms) != 1)
		return before;
	return (long long)(ms * 1000);
}

static long long take_ticks(const char *line, long long before)
{
	long long ticks;

	return sscanf(line, "jiffies : %lld", &ticks) == 1 ? ticks : before;
}

/* The rate at which there are so many ticks @us after boot; where several do, none is told. */
static long find_tick(long long us, long long ticks)
{
	static const int rates[] = { 100, 250, 300, 1000 };	/* kernel/Kconfig.hz */
	long found = 0;

	for (size_t i = 0; i < sizeof(rates) / sizeof(rates[0]); i++) {
		long long wanted = FIRST_TICK + rates[i] * (us - FIRST_TICK_US) / 1000000;

		if (llabs(wanted - ticks) > OFF_MAX_S * rates[i])
			continue;
		if (found)
			return 0;
		found = 1000000 / rates[i];
	}
	return found;
}

bool audit_read_clock(const char *root, struct audit_clock *ret)
{
	FILE *in = audit_open(root, CLOCKS);
	long long time = 0, ticks = 0;
	char *line = NULL;
	size_t size = 0;

	*ret = (struct audit_clock){ 0 };
	for (int i = 0; in && i < LINES_MAX && getline(&line, &size, in) > 0; i++) {
		time = take_us(line, "ktime", time);
		ret->now_us = take_us(line, "cpu_clk", ret->now_us);
		ticks = take_ticks(line, ticks);
	}
	free(line);
	if (in)
		fclose(in);
	ret->tick_us = time > 0 && ticks > 0 ? find_tick(time, ticks) : 0;
	return ret->tick_us > 0 && ret->now_us > 0;
}

long long audit_clock_before(const struct audit_clock *clock, unsigned long ticks)
{
	long long most = clock->now_us / clock->tick_us;

	return (long long)ticks < most ? clock->now_us - (long long)ticks * clock->tick_us : 0;
}
