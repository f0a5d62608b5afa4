/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Included before every source file: calls that have no place here become
 * errors of the compiler. Unbounded string functions, shells, and sleeps
 * (an event or a deadline is awaited instead: lib/fd.h, GLib sources).
 * scripts/check-banned finds what a poison cannot, such as names in headers.
 */
#ifndef LIB_BANNED_H
#define LIB_BANNED_H

#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#if __has_include(<glib.h>)
#include <glib.h>
#endif

#pragma GCC poison strcpy strcat sprintf vsprintf gets strtok
#pragma GCC poison atoi atol atoll
#pragma GCC poison system popen sleep usleep g_usleep

#endif /* LIB_BANNED_H */
