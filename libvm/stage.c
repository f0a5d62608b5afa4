// SPDX-License-Identifier: GPL-2.0-only
/* What stages share: beginning, end, the kernel's log, the way a guest dies. */
#include "libvm/stage.h"

#include <fcntl.h>
#include <sys/stat.h>

#include "lib/clock.h"
#include "lib/fault.h"
#include "lib/text.h"
#include "lib/fd.h"
#include "lib/program.h"
#include "libvm/alarm.h"
#include "libvm/plan.h"
#include "libvm/vm.h"

#define SETTLE_LIMIT_US (3 * G_USEC_PER_SEC)
#define SETTLE_STEP_US (20 * 1000)
#define CONSOLE_MAX (4 * 1024 * 1024)	/* bytes of the console that are looked at */

/* From Documentation/admin-guide/tainted-kernels.rst: bits that only a fault sets. */
static const struct {
	guint bit;
	const char *what;
	bool fatal;
} taints[] = {
	{ 4, "a machine check (M)", true },
	{ 5, "a bad page (B)", true },
	{ 7, "an oops or BUG (D)", true },
	{ 9, "a warning (W)", false },
	{ 14, "a soft lockup (L)", true },
};

const char stage_prepare[] =
	"mkdir -p " STAGE_DIR " || exit 1\n"
	"mountpoint -q " STAGE_DIR " || mount -t tmpfs -o mode=0755,nosuid,nodev,size=50% vexvm "
	STAGE_DIR " || exit 1\n"
	/* The lab asks by the keyboard when nothing else answers. */
	"echo 1 2>/dev/null >/proc/sys/kernel/sysrq\n"
	"mkdir -p " STAGE_FILES "\n"
	"set_if() { [ ! -e \"$2\" ] || echo \"$1\" >\"$2\"; }\n"
	"set_if 60 /proc/sys/kernel/hung_task_timeout_secs\n"
	"set_if 60 /sys/module/rcupdate/parameters/rcu_cpu_stall_timeout\n";

static const char look_script[] =
	"rm -f " STAGE_AUDIT " " STAGE_AUDIT_LOADED "\n"
	"uname -r\n"
	"cat /proc/sys/kernel/tainted\n";

guint64 stage_console_size(const struct conf *conf)
{
	g_autofree char *path = plan_state_path(conf, "console.log");
	struct stat st;

	return stat(path, &st) == 0 ? (guint64)st.st_size : 0;
}

static bool prepare(struct stage *stage, GError **error)
{
	g_autofree char *script = g_strconcat(stage_prepare, look_script, NULL);
	const char *const argv[] = { "sh", "-c", script, NULL };
	const struct guest_exec exec = { .argv = argv, .timeout_s = STAGE_LIMIT_S, .watch_fd = -1 };
	struct guest_result result = { 0 };
	g_auto(GStrv) lines = NULL;
	bool ok = guest_exec(stage->guest, &exec, &result, error);

	if (ok && (result.status || result.signal))
		ok = fault_set(error, LAB_ERROR_LAB, "cannot prepare " STAGE_DIR " in the guest: %s",
			       g_strchomp(result.err->str));
	lines = ok ? g_strsplit(result.out->str, "\n", 3) : NULL;
	if (ok && g_strv_length(lines) < 2)
		ok = fault_set(error, LAB_ERROR_LAB, "the guest does not tell what kernel it runs");
	if (ok) {
		stage->report->kernel = text_escape(lines[0], (gssize)MIN(strlen(lines[0]), 64));
		stage->taint = g_ascii_strtoull(lines[1], NULL, 10);
	}
	guest_result_clear(&result);
	return ok;
}

bool stage_open(struct stage *stage, gint64 deadline, GError **error)
{
	g_autofree char *console = plan_state_path(stage->conf, "console.log");

	stage->console_from = stage_console_size(stage->conf);
	stage->console = console_new(console, stage->console_from);
	stage->alarms = alarm_open(stage->conf);
	if (!stage->guest)
		stage->guest = guest_open(stage->conf, deadline, error);
	kmsg_begin(stage->kmsg);
	if (!stage->guest ||
	    !guest_kmsg_follow(stage->guest, G_MAXUINT64, kmsg_take, stage->kmsg, error))
		return false;
	g_clear_pointer(&stage->report->kernel, g_free);
	if (!stage->saved)
		return prepare(stage, error);
	stage->report->kernel = g_strdup(guest_release(stage->guest));
	return true;
}

void stage_close(struct stage *stage)
{
	g_clear_pointer(&stage->guest, guest_free);
	g_clear_pointer(&stage->console, console_free);
	g_clear_pointer(&stage->alarms, qmp_free);
}

void stage_begin(struct stage *stage, const char *name)
{
	stage->entry = report_add_stage(stage->report, name);
	stage->began = g_get_monotonic_time();
	stage->mark = kmsg_mark(stage->kmsg);
	kmsg_set_stage(stage->kmsg, name, NULL);
}

void stage_end(struct stage *stage, enum outcome outcome)
{
	double seconds;

	report_time_stage(stage->report, stage->entry, stage->began);
	seconds = stage->entry->seconds;
	stage->entry->outcome = outcome;
	if (outcome == OUTCOME_FAIL)
		progress_note(stage->progress, "%s: failed after %.0f s", stage->entry->name, seconds);
	else
		progress_done(stage->progress, stage->entry->name, seconds);
	kmsg_set_stage(stage->kmsg, NULL, NULL);
}

struct log_range stage_log_range(const struct stage *stage, guint64 mark)
{
	guint64 now = kmsg_mark(stage->kmsg);
	struct log_range range = { 0 };

	if (now > mark)
		range = (struct log_range){ .first = mark + 1, .last = now };
	log_range_shift(&range, stage->log_before);
	return range;
}

static char *marker_text(const struct stage *stage)
{
	return g_strdup_printf("vexvm: %s %u %08x", stage->entry ? stage->entry->name : "run",
			       stage->markers, stage->token);
}

/* <6> is KERN_INFO: it does not reach the console. */
char *stage_marker(struct stage *stage)
{
	g_autofree char *text = NULL;

	stage->markers++;
	stage->token = g_random_int();
	text = marker_text(stage);
	return g_strconcat("<6>", text, NULL);
}

void stage_settle(struct stage *stage)
{
	gint64 deadline = g_get_monotonic_time() + SETTLE_LIMIT_US;
	g_autofree char *text = marker_text(stage);

	while (!kmsg_has(stage->kmsg, stage->mark, text) && g_get_monotonic_time() < deadline)
		if (!guest_poll(stage->guest, g_get_monotonic_time() + SETTLE_STEP_US, NULL))
			break;
	stage_check_log(stage);
}

void stage_check_log(struct stage *stage)
{
	guint64 lost = kmsg_lost(stage->kmsg) - stage->log_lost;
	const char *suite = stage->report->running;

	if (!lost)
		return;
	stage->log_lost += lost;
	report_fail(stage->report, LAB_ERROR_LAB, "%s%s%" G_GUINT64_FORMAT " records of the kernel's log were lost: "
		    "they came faster than they could be read, and what the kernel reported in them is not known; have "
		    "the module say less, or give the log room: append=log_buf_len=16M in [vm] of vexvm.conf",
		    suite ? suite : "", suite ? ": " : "", lost);
}

bool stage_is_fatal(const struct stage *stage)
{
	GPtrArray *findings = kmsg_findings(stage->kmsg);

	for (guint i = 0; i < findings->len; i++)
		if (((struct finding *)findings->pdata[i])->fatal)
			return true;
	return false;
}

bool stage_is_broken(const struct stage *stage)
{
	GPtrArray *findings = kmsg_findings(stage->kmsg);

	for (guint i = 0; i < findings->len; i++) {
		const struct finding *f = findings->pdata[i];

		if (f->fatal && f->code == LAB_ERROR_KERNEL)
			return true;
	}
	return false;
}

/* This run's part of the console, at most its last CONSOLE_MAX bytes. */
static char *console_text(const struct stage *stage)
{
	g_autofree char *path = plan_state_path(stage->conf, "console.log");
	guint64 size = stage_console_size(stage->conf);
	guint64 from = MIN(stage->console_from, size);
	auto_fd fd = open(path, O_RDONLY | O_CLOEXEC);
	char *text;
	ssize_t n;

	if (size - from > CONSOLE_MAX)
		from = size - CONSOLE_MAX;
	text = g_malloc0(size - from + 1);
	n = fd < 0 ? 0 : pread(fd, text, size - from, (off_t)from);
	text[MAX(n, 0)] = '\0';
	return text;
}

/* What became of QEMU, for a guest that went away without a word; "" = it runs. */
static char *qemu_words(const struct stage *stage)
{
	g_autofree char *path = plan_state_path(stage->conf, "qemu.log");
	g_autofree char *text = NULL, *last = NULL;
	struct vm_status status;
	char *words = NULL;

	if (!vm_status(stage->conf, &status, NULL))
		return g_strdup("");
	if (status.phase == VM_STOPPED && g_file_get_contents(path, &text, NULL, NULL)) {
		last = program_last_line(text);
		words = g_strdup_printf("; QEMU has ended: %s", *last ? last : "it said nothing");
	} else if (status.phase == VM_PAUSED || status.phase == VM_UNREACHABLE) {
		words = g_strdup_printf("; QEMU is %s: %s", vm_phase_name(status.phase),
					status.detail ? status.detail : "?");
	}
	vm_status_clear(&status);
	return words ? words : g_strdup("");
}

void stage_take_console(struct stage *stage)
{
	g_autofree char *text = console_text(stage);
	g_auto(GStrv) lines = g_strsplit(text, "\n", -1);

	for (guint i = 0; lines[i]; i++)
		kmsg_take_console(stage->kmsg, g_strchomp(lines[i]));
}

void stage_autopsy(struct stage *stage, const char *what, const GError *cause)
{
	GPtrArray *findings = kmsg_findings(stage->kmsg);
	guint before = findings->len;
	g_autofree char *words = NULL;

	stage->lost = true;
	stage_take_console(stage);
	if (findings->len > before || stage_is_fatal(stage))
		return;
	words = qemu_words(stage);
	report_fail(stage->report, cause ? (enum lab_error)fault_exit_status(cause) : LAB_ERROR_KERNEL,
		    "%s: %s%s", what, cause ? cause->message : "the guest died", words);
}

/* What the kernel's log tells anyway is not told again. */
static bool is_explained(const struct stage *stage)
{
	return kmsg_findings(stage->kmsg)->len > 0;
}

void stage_take_taint(struct stage *stage, GString *out)
{
	gsize line = strcspn(out->str, "\n");

	stage->taint_now = g_ascii_strtoull(out->str, NULL, 10);
	stage->taint_known = line > 0;
	g_string_erase(out, 0, (gssize)MIN(line + 1, out->len));
}

static bool look_at_taint(struct stage *stage)
{
	struct guest_result result = { 0 };

	if (stage->taint_known)
		return true;
	if (stage_sh(stage, "cat /proc/sys/kernel/tainted", STAGE_LIMIT_S, "reading the taint", &result))
		stage_take_taint(stage, result.out);
	guest_result_clear(&result);
	return stage->taint_known;
}

void stage_check_taint(struct stage *stage)
{
	guint64 added;

	if (!look_at_taint(stage))
		return;
	added = stage->taint_now & ~stage->taint;
	for (guint i = 0; i < G_N_ELEMENTS(taints) && !is_explained(stage); i++) {
		g_autofree char *title = NULL;
		struct finding *finding;

		if (!(added & (1ull << taints[i].bit)))
			continue;
		title = g_strdup_printf("the kernel became tainted by %s, and its log does not say why",
					taints[i].what);
		finding = finding_new("taint", LAB_ERROR_KERNEL, title);
		finding->fatal = taints[i].fatal;
		g_ptr_array_add(kmsg_findings(stage->kmsg), finding);
	}
}
