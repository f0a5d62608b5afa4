// SPDX-License-Identifier: GPL-2.0-only
/* Ending a VM, gently first; going back to its provisioned state; removing it. */
#include <errno.h>
#include <glib/gstdio.h>
#include <poll.h>
#include <signal.h>

#include "lib/clock.h"
#include "lib/fault.h"
#include "lib/fd.h"
#include "lib/folder.h"
#include "libvm/disk.h"
#include "libvm/agent.h"
#include "libvm/plan.h"
#include "libvm/clone.h"
#include "libvm/state.h"
#include "libvm/template.h"
#include "libvm/vm-private.h"
#include "libvm/vm.h"

#define POWEROFF_LIMIT_S 60	/* a Debian under emulation needs 5 to 15 */
#define QUIT_LIMIT_S 10
#define TERM_LIMIT_S 5
#define KILL_LIMIT_S 5
#define AGENT_LIMIT_S 3

/* Asks the guest itself, or presses its power button; true when it was asked. */
static bool ask_guest(const struct conf *conf, struct qmp *qmp)
{
	static const char *const argv[] = { "systemctl", "poweroff", "--no-block", NULL };
	const struct guest_exec exec = { .argv = argv, .timeout_s = AGENT_LIMIT_S, .watch_fd = -1 };
	g_autoptr(agent_owner) agent = agent_open(conf->runtime_dir, clock_in(AGENT_LIMIT_S), NULL);
	struct guest_result result = { 0 };
	bool asked = false;

	if (agent)
		asked = agent_exec(agent, &exec, &result, NULL) && result.status == 0;
	guest_result_clear(&result);
	return asked || qmp_call(qmp, "system_powerdown", NULL, clock_in(VM_QMP_LIMIT_S), NULL, NULL);
}

/* A guest that somebody paused goes on; one that an error stopped does not. */
static bool is_running(struct qmp *qmp)
{
	g_autoptr(JsonNode) answer = NULL;
	const char *word;

	if (!qmp_call(qmp, "query-status", NULL, clock_in(VM_QMP_LIMIT_S), &answer, NULL) ||
	    !JSON_NODE_HOLDS_OBJECT(answer))
		return false;
	word = state_string(json_node_get_object(answer), "status", "?");
	return g_str_equal(word, "running") ||
	       (g_str_equal(word, "paused") &&
		qmp_call(qmp, "cont", NULL, clock_in(VM_QMP_LIMIT_S), NULL, NULL));
}

static bool stop_gently(const struct conf *conf, int pid, const struct progress *progress)
{
	g_autoptr(qmp_owner) qmp = vm_qmp(conf, NULL);
	gint64 start = g_get_monotonic_time(), deadline = clock_in(POWEROFF_LIMIT_S);

	if (!qmp || vm_has_panicked(conf) || !is_running(qmp) || !ask_guest(conf, qmp))
		return false;
	/* The connection's end would hold QEMU back. */
	g_clear_pointer(&qmp, qmp_free);
	while (g_get_monotonic_time() < deadline) {
		guint64 done = (guint64)clock_since(start);

		progress_update(progress, "Shutting down", PROGRESS_SECONDS, done, POWEROFF_LIMIT_S);
		if (vm_await_end(pid, clock_in(1)))
			return true;
	}
	progress_note(progress, "The guest does not shut down: ending QEMU");
	return false;
}

static bool stop_qemu(const struct conf *conf, int pid)
{
	g_autoptr(qmp_owner) qmp = vm_qmp(conf, NULL);

	if (!qmp)
		return false;
	qmp_call(qmp, "quit", NULL, clock_in(QUIT_LIMIT_S), NULL, NULL);
	return vm_await_end(pid, clock_in(QUIT_LIMIT_S));
}

static bool stop_process(int pid, const struct progress *progress, GError **error)
{
	progress_note(progress, "QEMU does not answer: ending its process %d", pid);
	kill(pid, SIGTERM);
	if (vm_await_end(pid, clock_in(TERM_LIMIT_S)))
		return true;
	kill(pid, SIGKILL);
	if (vm_await_end(pid, clock_in(KILL_LIMIT_S)))
		return true;
	return fault_set(error, LAB_ERROR_LAB,
			 "QEMU (PID %d) cannot be killed; the host waits for a disk or hangs", pid);
}

/* Its vexvm was killed before it could write run.json. */
void vm_end_orphan(const struct conf *conf)
{
	g_autofree char *path = plan_runtime_path(conf, "qmp");
	auto_fd fd = fd_connect_unix(path);
	g_autoptr(qmp_owner) qmp = NULL;
	gint64 deadline = clock_in(VM_QMP_LIMIT_S);

	if (fd < 0)
		return;
	qmp = qmp_new(fd_steal(&fd), deadline, NULL);
	if (!qmp)
		return;
	qmp_call(qmp, "quit", NULL, deadline, NULL, NULL);
	while (fd_wait(qmp_fd(qmp), POLLIN, deadline) > 0) {
		g_autoptr(JsonObject) event = qmp_event(qmp, deadline, NULL);

		if (!event)
			return;
	}
}

static bool stop_locked(const struct conf *conf, bool force, const struct progress *progress,
			GError **error)
{
	g_autoptr(JsonObject) run = state_load(conf, STATE_RUN, NULL);
	int pid = vm_pid(run);
	gint64 start = g_get_monotonic_time();

	/* The disk of a copy goes with it. */
	force |= state_bool(run, "from_template", false);
	if (pid && (force || !stop_gently(conf, pid, progress)) && !stop_qemu(conf, pid) &&
	    !stop_process(pid, progress, error))
		return false;
	if (!pid)
		vm_end_orphan(conf);
	vm_forget_run(conf);
	if (pid)
		progress_done(progress, "Stopped", clock_since(start));
	return true;
}

bool vm_stop(const struct conf *conf, bool force, const struct progress *progress, GError **error)
{
	g_autoptr(lock_owner) lock = vm_lock(conf, "stopping it", error);

	return lock && stop_locked(conf, force, progress, error);
}

bool vm_reset(const struct conf *conf, const struct progress *progress, GError **error)
{
	g_autoptr(lock_owner) lock = vm_lock(conf, "resetting it", error);
	g_autoptr(JsonObject) vm = lock ? state_load(conf, STATE_VM, error) : NULL;

	if (!lock || (error && *error))
		return false;
	if (!state_bool(vm, "provisioned", false))
		return fault_set(error, LAB_ERROR_LAB,
				 "VM '%s' has no provisioned state yet; run 'vexvm setup'", conf->name);
	/* What the guest has not written is thrown away anyway. */
	return stop_locked(conf, true, progress, error) && disk_reset(conf, error);
}

bool vm_remove(const struct conf *conf, const struct progress *progress, GError **error)
{
	g_autoptr(lock_owner) lock = vm_lock(conf, "removing it", error);

	if (!lock || !stop_locked(conf, true, progress, error))
		return false;
	template_remove(conf);
	clone_sweep(conf, true);
	return folder_remove(conf->runtime_dir, error) &&
	       folder_remove(conf->state_dir, error);
}
