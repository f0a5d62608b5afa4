// SPDX-License-Identifier: GPL-2.0-only
#include "lib/limit.h"

#include <sys/timerfd.h>
#include <unistd.h>

#include "lib/fd.h"
#include "lib/starve.h"

#define LITTLE_US (50 * 1000)	/* a rest that is not worth waiting for */

static bool wait_for(struct limit *limit, gint64 us)
{
	const struct itimerspec rest = { .it_value = { .tv_sec = us / G_USEC_PER_SEC,
						       .tv_nsec = us % G_USEC_PER_SEC * 1000 } };

	return timerfd_settime(limit->fd, 0, &rest, NULL) == 0;
}

bool limit_init(struct limit *limit, int pid, guint seconds)
{
	gint64 us = (gint64)seconds * G_USEC_PER_SEC;

	*limit = (struct limit){ .pid = pid, .starved = starve_us(pid) };
	limit->end = g_get_monotonic_time() + us * LIMIT_STRETCH;
	limit->fd = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
	return limit->fd >= 0 && wait_for(limit, us);
}

void limit_clear(struct limit *limit)
{
	fd_close(&limit->fd);
}

gint64 limit_rest(gint64 kept, gint64 left)
{
	gint64 rest = MIN(kept, left);

	return rest < LITTLE_US ? 0 : rest;
}

bool limit_passed(struct limit *limit)
{
	guint64 ticks;
	gint64 rest;

	if (read(limit->fd, &ticks, sizeof(ticks)) != sizeof(ticks))
		return false;
	rest = limit_rest(starve_us(limit->pid) - limit->starved, limit->end - g_get_monotonic_time());
	limit->starved += rest;
	return !rest || !wait_for(limit, rest);
}
