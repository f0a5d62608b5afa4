/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What other programs of the host took from one: a limit on the clock is meant for what hangs,
 * and not for what is kept from its work.
 */
#ifndef LIB_STARVE_H
#define LIB_STARVE_H

#include <glib.h>

/*
 * The microseconds for which that thread of @pid that had to wait longest was ready to run, and no
 * processor was free for it (Documentation/scheduler/sched-stats.rst: /proc/PID/schedstat). 0
 * where there is no such process, or the host's kernel does not tell.
 */
gint64 starve_us(int pid);

#endif /* LIB_STARVE_H */
