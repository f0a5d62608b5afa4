/* SPDX-License-Identifier: GPL-2.0-only */
/* del_timer_sync() became timer_delete_sync(). */
#ifndef TIMER_COMPAT_H
#define TIMER_COMPAT_H

#include <linux/timer.h>
#include <linux/version.h>

#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 2, 0)
#define timer_shutdown_compat timer_delete_sync
#else
#define timer_shutdown_compat del_timer_sync
#endif

#endif
