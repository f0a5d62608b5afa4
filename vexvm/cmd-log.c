// SPDX-License-Identifier: GPL-2.0-only
#include <sys/stat.h>

#include "lib/clock.h"
#include "lib/fault.h"
#include "libvm/guest.h"
#include "libvm/plan.h"
#include "lib/text.h"
#include "vexvm/command.h"
#include "vexvm/follow.h"
#include "vexvm/interrupt.h"
#include "vexvm/options.h"
#include "vexvm/terminal.h"

#define OPEN_LIMIT_S 60
/* More of a console log than this is not shown: its end counts. */
#define CONSOLE_MAX (64 * 1024 * 1024)
#define RECORDS_MAX 100000

static gboolean follow;
static int lines;

static const GOptionEntry options[] = {
	OPTION_FLAG("follow", 'f', &follow, "Go on showing what is added, until Ctrl-C"),
	OPTION_INT("lines", 'n', &lines, "N", "Only the last N lines (default: all)"),
	{ NULL }
};

/* Where the part to be shown begins: all of it, or its last lines. */
static off_t console_start(const char *path, GError **error)
{
	g_autoptr(GMappedFile) file = g_mapped_file_new(path, FALSE, NULL);
	const char *bytes;
	gsize size, skip;

	if (!file) {
		fault_set(error, LAB_ERROR_LAB, "there is no console log yet; start the VM first");
		return -1;
	}
	bytes = g_mapped_file_get_contents(file);
	size = g_mapped_file_get_length(file);
	skip = size - MIN(size, CONSOLE_MAX);
	if (!lines || !size)
		return (off_t)skip;
	return (off_t)(skip + text_tail_offset(bytes + skip, size - skip, (guint)lines));
}

static int show_console(struct cli *cli, GError **error)
{
	g_autofree char *path = plan_state_path(cli->conf, "console.log");
	off_t start = console_start(path, error);

	if (start < 0)
		return -1;
	/* With no process to wait for it ends at the end of the file. */
	return follow_file(path, start, follow ? cli->status.pid : 0, error) ? 0 : -1;
}

/* "[   12.345678] text", coloured by how bad it is (linux/kern_levels.h). */
static void print_record(const struct kmsg_record *record)
{
	g_autofree char *text = text_escape(record->text, -1);
	enum terminal_style style = STYLE_PLAIN;

	if (record->level <= 3)
		style = STYLE_BAD;
	else if (record->level == 4)
		style = STYLE_WARN;
	terminal_print("%s[%5" G_GUINT64_FORMAT ".%06" G_GUINT64_FORMAT "]%s %s%s%s\n",
		       terminal_style(STYLE_DIM), record->usec / G_USEC_PER_SEC,
		       record->usec % G_USEC_PER_SEC, terminal_style(STYLE_PLAIN),
		       terminal_style(style), text, terminal_style(STYLE_PLAIN));
}

static void print_record_json(const struct kmsg_record *record)
{
	g_autoptr(JsonBuilder) builder = json_builder_new();
	g_autofree char *text = g_utf8_make_valid(record->text, -1);

	json_builder_begin_object(builder);
	json_builder_set_member_name(builder, "seq");
	json_builder_add_int_value(builder, (gint64)record->seq);
	json_builder_set_member_name(builder, "usec");
	json_builder_add_int_value(builder, (gint64)record->usec);
	json_builder_set_member_name(builder, "level");
	json_builder_add_int_value(builder, record->level);
	json_builder_set_member_name(builder, "facility");
	json_builder_add_int_value(builder, record->facility);
	json_builder_set_member_name(builder, "text");
	json_builder_add_string_value(builder, text);
	json_builder_end_object(builder);
	terminal_print_json_line(json_builder_get_root(builder));
}

struct records {
	bool json;
	GQueue kept;		/* struct kmsg_record, the last ones; until they are printed */
	bool live;		/* print as they come */
};

static void record_free(struct kmsg_record *record)
{
	g_free(record->text);
	g_free(record);
}

static void record_print(const struct records *records, const struct kmsg_record *record)
{
	if (records->json)
		print_record_json(record);
	else
		print_record(record);
}

static void on_record(void *data, const struct kmsg_record *record)
{
	guint most = lines ? MIN((guint)lines, RECORDS_MAX) : RECORDS_MAX;
	struct records *records = data;
	struct kmsg_record *copy;

	if (records->live) {
		record_print(records, record);
		return;
	}
	copy = g_memdup2(record, sizeof(*record));
	copy->text = g_strdup(record->text);
	g_queue_push_tail(&records->kept, copy);
	if (records->kept.length > most)
		record_free(g_queue_pop_head(&records->kept));
}

static void records_release(struct records *records)
{
	struct kmsg_record *record;

	while ((record = g_queue_pop_head(&records->kept))) {
		record_print(records, record);
		record_free(record);
	}
	records->live = true;
}

/*
 * The ring buffer as it is, then what is added. A command that does nothing
 * marks the end of what was there: its answer comes after those records.
 */
static bool stream_kernel(struct guest *guest, struct records *records, GError **error)
{
	static const char *const nothing[] = { "true", NULL };
	const struct guest_exec exec = { .argv = nothing, .timeout_s = OPEN_LIMIT_S,
					 .watch_fd = -1 };
	struct guest_result result = { 0 };
	bool streams = guest_kmsg_follow(guest, 0, on_record, records, error);
	bool ok = !*error && guest_exec(guest, &exec, &result, error);

	guest_result_clear(&result);
	records_release(records);
	if (ok && follow && !streams)
		return fault_set(error, LAB_ERROR_LAB,
				 "this guest has no agent to follow its log; use 'vexvm ssh sudo dmesg -w'");
	while (ok && follow)
		ok = guest_poll(guest, clock_in(1), error);
	return ok;
}

static int show_kernel(struct cli *cli, GError **error)
{
	gint64 deadline = clock_in(OPEN_LIMIT_S);
	struct records records = { .json = cli->json, .kept = G_QUEUE_INIT };
	struct guest *guest;
	bool ok;

	if (cli->status.phase == VM_STOPPED) {
		fault_set(error, LAB_ERROR_LAB,
			  "VM '%s' is not running; 'vexvm log console' has its last console",
			  cli->conf->name);
		return -1;
	}
	guest = guest_open(cli->conf, deadline, error);
	if (!guest)
		return -1;
	ok = stream_kernel(guest, &records, error);
	guest_free(guest);
	return ok ? 0 : -1;
}

static int run(struct cli *cli, GError **error)
{
	const char *which = cli->n_args ? cli->args[0] : "console";
	bool kernel = g_str_equal(which, "kernel");

	if (lines < 0) {
		fault_set(error, LAB_ERROR_USAGE, "--lines: give a number above 0");
		return -1;
	}
	if (!kernel && !g_str_equal(which, "console")) {
		fault_set(error, LAB_ERROR_USAGE, "log: '%s' is neither console nor kernel", which);
		return -1;
	}
	if (!kernel && cli->json) {
		fault_set(error, LAB_ERROR_USAGE, "log: only 'log kernel' has JSON output");
		return -1;
	}
	return kernel ? show_kernel(cli, error) : show_console(cli, error);
}

const struct command cmd_log = {
	.name = "log",
	.args = "[console|kernel]",
	.summary = "Show the VM's console or its kernel's messages",
	.description =
		"console (the default) is what the serial console has shown since the last start,\n"
		"also when the VM has stopped or its kernel has died. kernel is the ring buffer of\n"
		"the running guest. On a terminal control characters are shown as \\xNN.\n"
		"With --json each kernel message is one object a line: seq, usec, level, facility,\n"
		"text.",
	.examples =
		"  vexvm log -n 50\n"
		"  vexvm log kernel --follow\n"
		"  vexvm log kernel --json\n",
	.options = options,
	.flags = COMMAND_CLONE | COMMAND_CONF | COMMAND_SET_UP | COMMAND_JSON,
	.max_args = 1,
	.run = run,
};
