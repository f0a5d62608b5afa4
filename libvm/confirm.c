// SPDX-License-Identifier: GPL-2.0-only
/* The tests that failed are run again: whether each fails always, or sometimes. */
#include "libvm/farm.h"

static void repeat(struct farm *f, const GPtrArray *repeats, guint times)
{
	repeats_plan(f, repeats, times);
	progress_note(f->run->progress, "Repeating what failed: %u test%s, %u time%s each", repeats->len,
		      repeats->len == 1 ? "" : "s", times, times == 1 ? "" : "s");
	farm_work_on(f, "Repeating what failed");
	repeats_count(f, repeats);
}

void confirm(struct farm *f, guint times)
{
	g_autoptr(GPtrArray) repeats = NULL;
	gint64 began = g_get_monotonic_time();

	suspects_search(f);
	repeats = repeats_find(f);
	if (repeats->len && !f->broken)
		repeat(f, repeats, times);
	if (f->broken)
		progress_note(f->run->progress, "Not all that failed is repeated: %s", f->broken->message);
	if (repeats->len)
		report_time_stage(f->run->report, report_add_stage(f->run->report, "confirm"), began);
}
