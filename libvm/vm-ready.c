// SPDX-License-Identifier: GPL-2.0-only
/*
 * Waiting for a guest to come up. Three things are watched together: the
 * agent's port, QEMU's events, and the console.
 */
#include <errno.h>
#include <poll.h>

#include "lib/clock.h"
#include "lib/fault.h"
#include "lib/fd.h"
#include "lib/limit.h"
#include "lib/starve.h"
#include "lib/text.h"
#include "libvm/agent.h"
#include "libvm/console.h"
#include "libvm/guest.h"
#include "libvm/kernel.h"
#include "libvm/plan.h"
#include "libvm/seed.h"
#include "libvm/share.h"
#include "libvm/ssh.h"
#include "libvm/state.h"
#include "libvm/vm-private.h"
#include "libvm/vm.h"

#define LIMIT_KVM_S 180
#define LIMIT_TCG_S 600
#define SETTLE_LIMIT_S 300
#define SETTLE_WORDS_S 30	/* behind the limit, to say what is waited for */
#define SETTLE_WORDS_MAX 1000	/* bytes */
#define SSH_TRY_S 2
/* A guest that lets one in by SSH, but has not had its agent started for so long, has none. */
#define SSH_EVERY_S 10
#define AGENT_LATE_S 120
#define RENEW_LIMIT_S 60

struct wait {
	const struct conf *conf;
	const struct progress *progress;
	gint64 start, deadline;	/* what the host kept from QEMU comes on top of that */
	int pid;		/* QEMU's */
	gint64 starved;		/* starve_us() of it at @start */
	double longest_s;	/* with all of that */
	guint64 expected_s;	/* the last boot's time; 0 = none yet */
	struct qmp *qmp;
	struct console *console;
	struct agent *agent;
	guint ssh_port;
	gint64 ssh_next, ssh_since;	/* when to try it; when it first answered, by own_time(); 0 = not yet */
	GError *failure;	/* why the guest will not come up */
};

static void wait_clear(struct wait *w)
{
	qmp_free(w->qmp);
	console_free(w->console);
	agent_free(w->agent);
	g_clear_error(&w->failure);
}

/* The clock as if it had stood still while QEMU waited for a processor of the host. */
static gint64 own_time(const struct wait *w)
{
	return g_get_monotonic_time() - (starve_us(w->pid) - w->starved);
}

static void show(struct wait *w)
{
	guint64 done = (guint64)clock_since(w->start);

	progress_update(w->progress, "Booting", PROGRESS_SECONDS, done, w->expected_s);
}

static bool failed(struct wait *w, const char *why)
{
	g_autofree char *path = plan_state_path(w->conf, "console.log");

	if (w->failure)
		return false;
	return fault_set(&w->failure, LAB_ERROR_LAB, "%s; its console: %s", why, path);
}

/* The same with what the console said last. */
static bool failed_there(struct wait *w, const char *why)
{
	g_autofree char *path = plan_state_path(w->conf, "console.log");
	g_autofree char *text = console_last_words(path, why);

	return failed(w, text);
}

static bool qemu_ended(struct wait *w)
{
	g_autofree char *said = vm_qemu_said(w->conf);
	g_autofree char *why = g_strdup_printf("QEMU ended while the guest was booting: %s", said);

	return failed(w, why);
}

/* False when an event says that the guest is gone or stands still. */
static bool events_ok(struct wait *w)
{
	for (;;) {
		g_autoptr(GError) cause = NULL;
		g_autoptr(JsonObject) event = qmp_event(w->qmp, 0, &cause);
		const char *name;

		if (cause)
			return qemu_ended(w);
		if (!event)
			return true;
		name = state_string(event, "event", "");
		if (g_str_equal(name, "GUEST_PANICKED"))
			return failed_there(w, "the guest's kernel panicked");
		if (g_str_equal(name, "SHUTDOWN"))
			return failed_there(w, "the guest shut itself down");
		if (g_str_equal(name, "BLOCK_IO_ERROR"))
			return failed(w, "a disk of the guest could not be written "
					 "(is the host's disk full?)");
	}
}

static bool console_ok(struct wait *w)
{
	g_autofree char *verdict = console_read(w->console);
	g_autofree char *why = NULL;

	if (!verdict)
		return true;
	why = g_strdup_printf("the guest does not boot: %s", verdict);
	return failed(w, why);
}

/* One round: false when it is over, one way or the other. */
static bool watch(struct wait *w, int extra_fd)
{
	struct pollfd p[] = { { .fd = qmp_fd(w->qmp), .events = POLLIN },
			      { .fd = console_fd(w->console), .events = POLLIN },
			      { .fd = extra_fd, .events = POLLIN } };

	show(w);
	/* At least once a second, to show that time passes. */
	if (poll(p, 3, 1000) < 0 && errno != EINTR)
		return failed(w, g_strerror(errno));
	if (!events_ok(w) || !console_ok(w))
		return false;
	if (g_get_monotonic_time() < w->deadline ||
	    (own_time(w) < w->deadline && clock_since(w->start) < w->longest_s))
		return true;
	fault_set(&w->failure, LAB_ERROR_TIMEOUT,
		  "the guest did not come up within %" G_GINT64_FORMAT
		  " s; look at 'vexvm log console', or give it longer with --timeout",
		  (w->deadline - w->start) / G_USEC_PER_SEC);
	return false;
}

/* The agent was lost. Most likely QEMU ended or the kernel panicked, which says more than @cause. */
static struct guest *agent_failed(struct wait *w, const GError *cause)
{
	gint64 soon = clock_in(1);

	if (fd_wait(qmp_fd(w->qmp), POLLIN, soon) > 0)
		events_ok(w);
	if (w->failure)
		return NULL;
	failed_there(w, cause->message);
	/* Of a silent one: a hang. */
	w->failure->code = fault_exit_status(cause);
	return NULL;
}

/* False when SSH has been answering for so long that the agent will not come. */
static bool agent_may_come(struct wait *w)
{
	gint64 now = g_get_monotonic_time();

	if (!w->ssh_since && now >= w->ssh_next) {
		if (ssh_await(w->ssh_port, now + SSH_TRY_S * G_USEC_PER_SEC, NULL))
			w->ssh_since = own_time(w);
		w->ssh_next = now + SSH_EVERY_S * G_USEC_PER_SEC;
	}
	if (!w->ssh_since || own_time(w) < w->ssh_since + AGENT_LATE_S * G_USEC_PER_SEC)
		return true;
	return fault_set(&w->failure, LAB_ERROR_TIMEOUT,
			 "the guest's agent does not answer, though SSH has for %d s; look there with "
			 "'vexvm ssh', or set the VM back with 'vexvm reset'", AGENT_LATE_S);
}

static struct guest *await_agent(struct wait *w)
{
	g_autoptr(GError) cause = NULL;

	w->agent = agent_greet(w->conf->runtime_dir, &cause);
	while (!cause && !agent_greeted(w->agent, &cause))
		if (!cause && (!watch(w, agent_fd(w->agent)) || !agent_may_come(w)))
			return NULL;
	return cause ? agent_failed(w, cause) :
		       guest_new_agent(w->conf, g_steal_pointer(&w->agent));
}

/* The VM was set up by another build of vexvm, and has its agent. */
static struct guest *renew_agent(struct wait *w, struct guest *guest)
{
	static const char *const argv[] = { "systemctl", "restart", "vexvm-agent.service", NULL };
	const struct guest_exec exec = { .argv = argv, .timeout_s = RENEW_LIMIT_S, .watch_fd = -1 };
	struct guest_result result = { 0 };
	bool ok;

	progress_note(w->progress, "The guest's agent is another build's: replacing it");
	ok = seed_deliver_agent(guest, &w->failure);
	/* Ends with the agent that carries it, whose goodbye is awaited here. */
	if (ok)
		guest_exec(guest, &exec, &result, NULL);
	guest_result_clear(&result);
	guest_free(guest);
	return ok ? await_agent(w) : NULL;
}

static struct guest *await_ssh(struct wait *w)
{
	for (;;) {
		gint64 soon = clock_in(SSH_TRY_S);

		if (ssh_await(w->ssh_port, soon, NULL))
			return guest_open(w->conf, w->deadline, &w->failure);
		if (!watch(w, -1))
			return NULL;
	}
}

static bool on_trouble(void *data)
{
	struct wait *w = data;

	return events_ok(w) && console_ok(w);
}

/*
 * systemd's own start-up; "degraded" (a unit failed) is named, not fatal, and neither are the
 * units that it still waits for at the limit.
 */
static const char settle_script[] =
	"command -v systemctl >/dev/null || exit 0\n"
	"timeout " G_STRINGIFY(SETTLE_LIMIT_S) " systemctl is-system-running --wait && exit\n"
	"[ $? = 124 ] || { systemctl --failed --plain --no-legend; exit; }\n"
	"echo late\n"
	"systemctl list-jobs --plain --no-legend | while read -r id unit type state; do\n"
	"	[ \"$state\" != running ] || echo \"$unit\"\n"
	"done\n";

static void note_settled(struct wait *w, const struct guest_result *result)
{
	g_autofree char *said = text_escape(result->out->str, (gssize)MIN(result->out->len, SETTLE_WORDS_MAX));

	g_strdelimit(g_strchomp(said), "\n", ' ');
	if (g_str_has_prefix(said, "late"))
		progress_note(w->progress, "The guest's own start-up did not end within %d s, going on; what it waits "
			      "for: %s", SETTLE_LIMIT_S, g_strstrip(said + strlen("late")));
	else if (result->timed_out)
		progress_note(w->progress, "The guest does not tell whether its own start-up has ended; going on");
	else if (g_str_has_prefix(said, "degraded"))
		progress_detail(w->progress, "Guest is up, but: %s", said);
}

static bool await_system(struct wait *w, struct guest *guest)
{
	static const char *const argv[] = { "sh", "-c", settle_script, NULL };
	const struct guest_exec exec = { .argv = argv, .timeout_s = SETTLE_LIMIT_S + SETTLE_WORDS_S,
					 .watch_fd = qmp_fd(w->qmp), .interrupt = on_trouble, .data = w };
	struct guest_result result = { 0 };
	g_autoptr(GError) cause = NULL;
	bool ok = guest_exec(guest, &exec, &result, &cause);

	/* What on_trouble() saw says more than that the guest is gone. */
	if (!ok && !w->failure)
		w->failure = g_steal_pointer(&cause);
	if (ok && !w->failure)
		note_settled(w, &result);
	guest_result_clear(&result);
	return ok && !w->failure;
}

static bool prepare(struct wait *w, struct guest *guest, bool mount, const struct vm_start *start,
		    GError **error)
{
	if (!guest_set_clock(guest, error) ||
	    (!start->provisioning && !kernel_deliver(w->conf, guest, error)))
		return false;
	return !mount || share_mount(w->conf, guest, w->progress, error);
}

static bool finish(struct wait *w, struct guest *guest, bool mount, const struct vm_start *start)
{
	g_autoptr(GError) cause = NULL;

	if (!start->provisioning && !await_system(w, guest))
		return false;
	if (prepare(w, guest, mount, start, &cause))
		return true;
	if (guest_is_lost(guest))
		agent_failed(w, cause);
	else
		w->failure = g_steal_pointer(&cause);
	return false;
}

static void remember(struct wait *w, JsonObject *vm, const struct vm_start *start)
{
	double seconds = clock_since(w->start);

	progress_done(w->progress, "Booted", seconds);
	state_set_bool(w->conf, STATE_RUN, "ready", true, NULL);
	if (start->provisioning)
		return;
	json_object_set_int_member(vm, "boot_seconds", (gint64)(seconds + 0.5));
	state_save(w->conf, STATE_VM, vm, NULL);
}

bool vm_wait_ready(const struct conf *conf, const struct vm_start *start,
		   const struct progress *progress, GError **error)
{
	g_autoptr(JsonObject) vm = state_load(conf, STATE_VM, NULL);
	g_autoptr(JsonObject) run = state_load(conf, STATE_RUN, NULL);
	g_autofree char *console = plan_state_path(conf, "console.log");
	struct wait w = { .conf = conf, .progress = progress, .start = g_get_monotonic_time() };
	bool by_agent = state_bool(vm, "agent", true);
	bool kvm = g_str_equal(state_string(run, "accel", "tcg"), "kvm");
	guint limit = start->boot_timeout_s ? start->boot_timeout_s :
		      conf->boot_timeout_s  ? conf->boot_timeout_s :
		      kvm		    ? LIMIT_KVM_S : LIMIT_TCG_S;
	g_autoptr(guest_owner) guest = NULL;
	bool ok = false;

	w.deadline = w.start + (gint64)limit * G_USEC_PER_SEC;
	w.longest_s = (double)limit * LIMIT_STRETCH;
	w.pid = vm_pid(run);
	w.starved = starve_us(w.pid);
	w.ssh_port = (guint)state_int(run, "ssh_port", 0);
	w.ssh_next = w.start + SSH_EVERY_S * G_USEC_PER_SEC;
	w.expected_s = start->provisioning ? 0 : (guint64)state_int(vm, "boot_seconds", 0);
	w.console = console_new(console, 0);
	w.qmp = vm_qmp(conf, &w.failure);
	if (w.qmp)
		guest = by_agent ? await_agent(&w) : await_ssh(&w);
	if (guest && by_agent && !guest_agent_is_ours(guest))
		guest = renew_agent(&w, g_steal_pointer(&guest));
	ok = guest && finish(&w, guest, state_bool(run, "mount", false), start);
	if (ok)
		remember(&w, vm, start);
	else
		g_propagate_error(error, g_steal_pointer(&w.failure));
	wait_clear(&w);
	return ok;
}
