// SPDX-License-Identifier: GPL-2.0-only
#include "lib/clock.h"

gint64 clock_in(guint seconds)
{
	return g_get_monotonic_time() + (gint64)seconds * G_USEC_PER_SEC;
}

double clock_since(gint64 began)
{
	return (double)(g_get_monotonic_time() - began) / G_USEC_PER_SEC;
}
