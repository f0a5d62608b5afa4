/* SPDX-License-Identifier: GPL-2.0-only */
/* Deadlines and durations on the monotonic clock, g_get_monotonic_time(). */
#ifndef LIB_CLOCK_H
#define LIB_CLOCK_H

#include <glib.h>

/* The monotonic time @seconds from now, in microseconds: a deadline as fd_wait() takes it. */
gint64 clock_in(guint seconds);

/* The seconds that have passed since @began, a monotonic time in microseconds. */
double clock_since(gint64 began);

#endif /* LIB_CLOCK_H */
