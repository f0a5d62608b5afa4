// SPDX-License-Identifier: GPL-2.0-only
#include "lib/starve.h"

/* "TIME-ON-CPU TIME-WAITING TIMESLICES", in nanoseconds. */
static gint64 read_wait(const char *folder, const char *thread)
{
	g_autofree char *path = g_build_filename(folder, thread, "schedstat", NULL);
	g_autofree char *text = NULL;
	char *second;

	if (!g_file_get_contents(path, &text, NULL, NULL))
		return 0;
	g_ascii_strtoull(text, &second, 10);
	return (gint64)(g_ascii_strtoull(second, NULL, 10) / 1000);
}

gint64 starve_us(int pid)
{
	g_autofree char *folder = g_strdup_printf("/proc/%d/task", pid);
	g_autoptr(GDir) dir = g_dir_open(folder, 0, NULL);
	const char *thread;
	gint64 longest = 0;

	while (dir && (thread = g_dir_read_name(dir))) {
		gint64 waited = read_wait(folder, thread);

		longest = MAX(longest, waited);
	}
	return longest;
}
