// SPDX-License-Identifier: GPL-2.0-only
#include "lib/progress.h"

void progress_update(const struct progress *p, const char *what,
		     enum progress_unit unit, guint64 done, guint64 total)
{
	if (p && p->update)
		p->update(p->data, what, unit, done, total);
}

void progress_done(const struct progress *p, const char *what, double seconds)
{
	if (p && p->done)
		p->done(p->data, what, seconds);
}

void progress_note(const struct progress *p, const char *format, ...)
{
	g_autofree char *text = NULL;
	va_list args;

	if (!p || !p->note)
		return;
	va_start(args, format);
	text = g_strdup_vprintf(format, args);
	va_end(args);
	p->note(p->data, text);
}

void progress_detail(const struct progress *p, const char *format, ...)
{
	g_autofree char *text = NULL;
	va_list args;

	if (!p || !p->detail)
		return;
	va_start(args, format);
	text = g_strdup_vprintf(format, args);
	va_end(args);
	p->detail(p->data, text);
}
