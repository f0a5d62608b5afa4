// SPDX-License-Identifier: GPL-2.0-only
/*
 * What is done with a kernel that panics. panic() prints why, then calls its
 * notifiers, of which one writes to the pvpanic device: QEMU lets the guest stand
 * still there and tells us. Behind it come the kernel's offset, what other CPUs
 * kept from being printed (console_flush_on_panic()) and a last line. So the memory is kept at
 * once, while it is sure to be there, and the guest then goes on to that line.
 */
#include <glib/gstdio.h>
#include <poll.h>

#include "lib/clock.h"
#include "libvm/alarm.h"
#include "libvm/memory.h"
#include "libvm/plan.h"
#include "libvm/stage.h"
#include "libvm/state.h"
#include "libvm/vm-private.h"
#include "libvm/vmcore.h"

#define PRINT_LIMIT_S 10	/* for all of a panic */
#define PAUSES_MAX 3	/* a guest may write to the device as often as it likes */
#define REGISTERS_FILE "registers.txt"
#define DUMP_LIMIT_S 120	/* a GiB that is in use takes some seconds */

const char *stage_folder(const struct stage *stage)
{
	return stage->kept_in ? stage->kept_in : stage->report->folder;
}

static bool tell(struct stage *stage, const char *command)
{
	return stage->alarms &&
	       qmp_call(stage->alarms, command, NULL, clock_in(VM_QMP_LIMIT_S), NULL, NULL);
}

GPtrArray *stage_find_modules(struct stage *stage)
{
	g_autoptr(GPtrArray) files = g_ptr_array_new();

	for (guint i = 0; stage->modules && i < stage->modules->len; i++)
		g_ptr_array_add(files, ((struct module *)stage->modules->pdata[i])->file);
	g_ptr_array_add(files, NULL);
	return memory_find_modules(stage->alarms, &stage->symbols, (const char *const *)files->pdata,
				   stage->conf->runtime_dir);
}

static void about(struct stage *stage, const struct vmcore *core, const char *what)
{
	g_autofree char *folder = g_strdup(stage_folder(stage));
	struct conf here = { .state_dir = folder };
	g_autoptr(JsonObject) object = json_object_new();
	g_autoptr(GDateTime) now = g_date_time_new_now_utc();
	g_autofree char *time = g_date_time_format_iso8601(now);
	g_autoptr(GPtrArray) modules = stage_find_modules(stage);

	json_object_set_string_member(object, "time", time);
	kallsyms_put(object, &stage->symbols);
	json_object_set_array_member(object, "modules", placed_array(modules));
	json_object_set_string_member(object, "kernel", stage->report->kernel ? stage->report->kernel : "");
	json_object_set_string_member(object, "what", what);
	json_object_set_string_member(object, "format", core->format);
	json_object_set_int_member(object, "bytes", (gint64)core->bytes);
	json_object_set_double_member(object, "seconds", core->seconds);
	state_save(&here, VMCORE_ABOUT, object, NULL);
}

void stage_dump(struct stage *stage, const char *what)
{
	g_autofree char *path = g_build_filename(stage_folder(stage), VMCORE_FILE, NULL);
	g_autoptr(GError) cause = NULL;
	struct vmcore core;

	if (!stage->alarms || !stage->conf->crash_keep || g_file_test(path, G_FILE_TEST_EXISTS))
		return;
	if (!vmcore_dump(stage->conf, stage->alarms, path, clock_in(DUMP_LIMIT_S), &core, &cause)) {
		progress_note(stage->progress, "The guest's memory is not kept: %s", cause->message);
		return;
	}
	if (core.bytes > (guint64)stage->conf->crash_total_mib << 20) {
		progress_note(stage->progress, "The guest's memory is not kept: it takes %" G_GUINT64_FORMAT " MiB, more "
			      "than total= in [crash] of vexvm.conf", core.bytes >> 20);
		g_unlink(path);
		return;
	}
	about(stage, &core, what);
	progress_detail(stage->progress, "The guest's memory is kept: %s (%s)", path, core.format);
}

/* Waits for more of the console or QEMU's next words; false at @deadline. */
static bool await_news(const struct stage *stage, gint64 deadline)
{
	struct pollfd p[] = { { .fd = console_fd(stage->console), .events = POLLIN },
			      { .fd = stage->alarms ? qmp_fd(stage->alarms) : -1, .events = POLLIN } };
	gint64 left = deadline - g_get_monotonic_time();

	return left > 0 && poll(p, G_N_ELEMENTS(p), (int)(left / 1000 + 1)) >= 0;
}

static void read_console(struct stage *stage)
{
	char *verdict;

	while ((verdict = console_read(stage->console)))
		g_free(verdict);
}

char *stage_registers(struct stage *stage)
{
	g_autofree char *path = g_build_filename(stage->report->folder, REGISTERS_FILE, NULL);
	char *text = NULL;

	if (!stage->alarms ||
	    !qmp_human(stage->alarms, "info registers -a", clock_in(VM_QMP_LIMIT_S), &text, NULL))
		return g_strdup("");
	g_file_set_contents(path, text, -1, NULL);
	return text;
}

void stage_panic(struct stage *stage, bool paused, const char *what)
{
	g_autofree char *path = plan_state_path(stage->conf, "console.log");
	gint64 deadline = clock_in(PRINT_LIMIT_S);
	enum alarm alarm = paused ? ALARM_PANIC : ALARM_NONE;
	guint pauses = 0;

	for (;;) {
		if (alarm == ALARM_PANIC) {
			if (++pauses > PAUSES_MAX)
				break;
			g_free(stage_registers(stage));
			stage_dump(stage, what);
			tell(stage, "cont");
			deadline = clock_in(PRINT_LIMIT_S);
		}
		read_console(stage);
		/* Before waiting: QEMU's word may have come together with an answer. */
		alarm = stage->alarms ? alarm_next(stage->alarms, 0) : ALARM_NONE;
		if (alarm == ALARM_PANIC)
			continue;
		if (alarm || console_ends_in_panic(path) || !await_news(stage, deadline))
			break;
	}
	/* No pvpanic: the memory has not been kept yet. */
	tell(stage, "stop");
	if (!alarm)
		stage_dump(stage, what);
}
