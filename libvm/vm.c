// SPDX-License-Identifier: GPL-2.0-only
/* What a VM is and how it stands. */
#include "libvm/vm.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "lib/clock.h"
#include "lib/fault.h"
#include "lib/fd.h"
#include "lib/program.h"
#include "lib/text.h"
#include "libvm/agent.h"
#include "libvm/console.h"
#include "libvm/disk.h"
#include "libvm/plan.h"
#include "libvm/seed.h"
#include "libvm/ssh.h"
#include "libvm/state.h"
#include "libvm/vm-private.h"

#define AWAIT_MS 50
#define END_LIMIT_S 5	/* a killed QEMU gives back its memory after its sockets */
#define YOUNG_S 60	/* so long a QEMU that was just started may be too busy to answer */
/* How long `status` waits for the agent: of a guest that is booting, and that was up. */
#define LOOK_BOOTING_MS 1500
#define LOOK_UP_MS 10000

static const char *const phase_names[] = {
	[VM_ABSENT] = "absent",	  [VM_STOPPED] = "stopped",
	[VM_BOOTING] = "booting", [VM_READY] = "ready",
	[VM_PAUSED] = "paused",	  [VM_PANICKED] = "panicked",
	[VM_UNREACHABLE] = "unreachable",
};

const char *vm_phase_name(enum vm_phase phase)
{
	return phase_names[phase];
}

struct lock *vm_lock(const struct conf *conf, const char *purpose, GError **error)
{
	g_autofree char *path = plan_state_path(conf, "lock");
	struct lock *lock = lock_try(path, purpose, LAB_ERROR_LAB, error);

	if (!lock)
		g_prefix_error(error, "VM '%s' is ", conf->name);
	return lock;
}

guint64 vm_process_start(int pid)
{
	g_autofree char *path = g_strdup_printf("/proc/%d/stat", pid);
	g_autofree char *text = NULL;
	char *after;
	unsigned long long start;
	char state;

	/* proc(5): the name in parentheses may hold anything; field 22 is the start. */
	if (pid <= 0 || !g_file_get_contents(path, &text, NULL, NULL) ||
	    !(after = strrchr(text, ')')) ||
	    sscanf(after + 1, " %c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %*u %*u %*d %*d "
		   "%*d %*d %*d %*d %llu", &state, &start) != 2 || state == 'Z' || state == 'X')
		return 0;
	return start;
}

int vm_pid(JsonObject *run)
{
	int pid = (int)state_int(run, "pid", 0);
	guint64 start = (guint64)state_int(run, "pid_start", 0);

	return run && start && vm_process_start(pid) == start ? pid : 0;
}

bool vm_await_end(int pid, gint64 deadline)
{
	auto_fd fd = (int)syscall(SYS_pidfd_open, pid, 0);
	bool ended = fd < 0 ? errno == ESRCH : fd_wait(fd, POLLIN, deadline) != 0;

	/* No descriptor to be had: it is looked up until then. */
	while (fd < 0 && !ended && g_get_monotonic_time() < deadline) {
		poll(NULL, 0, AWAIT_MS);
		ended = vm_process_start(pid) == 0;
	}

	/* Where it is our own child, it is to be buried too. */
	if (ended)
		waitpid(pid, NULL, WNOHANG);
	return ended;
}

struct qmp *vm_qmp(const struct conf *conf, GError **error)
{
	g_autofree char *path = plan_runtime_path(conf, "qmp");

	return qmp_open(path, clock_in(VM_QMP_LIMIT_S), error);
}

void vm_forget_run(const struct conf *conf)
{
	static const char *const names[] = { "qmp", PLAN_EVENTS, "console", "agent.0", "agent.1", "agent.2",
					     "agent.3", "ssh", "gdb" };
	g_autofree char *clone = plan_state_path(conf, DISK_CLONE);
	g_autofree char *clone_scratch = plan_state_path(conf, DISK_CLONE_SCRATCH);

	for (guint i = 0; i < G_N_ELEMENTS(names); i++) {
		g_autofree char *path = plan_runtime_path(conf, names[i]);

		unlink(path);
	}
	state_remove(conf, STATE_RUN);
	unlink(clone);
	unlink(clone_scratch);
}

char *vm_qemu_said(const struct conf *conf)
{
	g_autofree char *path = plan_state_path(conf, "qemu.log");
	g_autofree char *tail = console_tail(path, 10);
	g_autofree char *last = program_last_line(tail);

	return g_strdup(*last ? last : "it said nothing");
}

/* One that was not provisioned to the end counts as none. */
static bool check_absent(const struct conf *conf, GError **error)
{
	g_autoptr(JsonObject) vm = state_load(conf, STATE_VM, NULL);
	g_autoptr(JsonObject) run = state_load(conf, STATE_RUN, NULL);

	if (vm_pid(run))
		return fault_set(error, LAB_ERROR_LAB, "VM '%s' runs (PID %d); end it with 'vexvm stop'",
				 conf->name, vm_pid(run));
	if (state_bool(vm, "provisioned", false))
		return fault_set(error, LAB_ERROR_LAB,
				 "there is a VM '%s' already; 'vexvm clean --vm' removes it", conf->name);
	return true;
}

/* Nothing of ours is the project's. */
static void ignore_in_git(const struct conf *conf)
{
	g_autofree char *path = g_build_filename(conf->root, CONF_STATE, ".gitignore", NULL);

	if (access(path, F_OK) < 0)
		g_file_set_contents(path, "*\n", -1, NULL);
}

bool vm_create(const struct conf *conf, const struct image *image, GError **error)
{
	g_autoptr(lock_owner) lock = vm_lock(conf, "making it", error);
	g_autoptr(JsonObject) vm = json_object_new();

	if (!lock || !check_absent(conf, error))
		return false;
	ignore_in_git(conf);
	if (!seed_write(conf, image, error) || !disk_create(conf, image, error))
		return false;
	json_object_set_string_member(vm, "image", image->name);
	json_object_set_string_member(vm, "image_id", image->id);
	json_object_set_boolean_member(vm, "provisioned", FALSE);
	json_object_set_boolean_member(vm, "agent", TRUE);
	/* vm.json is written last: a VM without it is none, and is made anew. */
	return state_save(conf, STATE_VM, vm, error);
}

void vm_status_clear(struct vm_status *status)
{
	g_clear_pointer(&status->detail, g_free);
	g_clear_pointer(&status->accel, g_free);
	g_clear_pointer(&status->image, g_free);
}

static enum vm_phase phase_of(const char *word)
{
	if (g_str_equal(word, "guest-panicked"))
		return VM_PANICKED;
	if (g_str_equal(word, "running") || g_str_equal(word, "prelaunch"))
		return VM_BOOTING;
	return VM_PAUSED;
}

static const char panicked[] = "the guest's kernel panicked; see 'vexvm log'";

static const char *pause_reason(const char *word)
{
	if (g_str_equal(word, "io-error"))
		return "io-error: a disk of the guest could not be written (is the host's disk full?)";
	return g_str_equal(word, "guest-panicked") ? panicked : word;
}

static bool guest_answers(const struct conf *conf, JsonObject *vm, guint ssh_port, bool was_up)
{
	gint64 limit_ms = was_up ? LOOK_UP_MS : LOOK_BOOTING_MS;
	gint64 deadline = g_get_monotonic_time() + limit_ms * 1000;

	if (state_bool(vm, "agent", true)) {
		g_autoptr(agent_owner) agent = agent_open(conf->runtime_dir, deadline, NULL);

		return agent;
	}
	return ssh_await(ssh_port, deadline, NULL);
}

bool vm_has_panicked(const struct conf *conf)
{
	g_autofree char *path = plan_state_path(conf, "console.log");

	return console_ends_in_panic(path);
}

static void set_detail(struct vm_status *status, const char *text)
{
	g_free(status->detail);
	status->detail = g_strdup(text);
}

/* A guest whose QEMU says that it runs. */
static void ask_guest(const struct conf *conf, JsonObject *vm, bool was_up, struct vm_status *ret)
{
	if (guest_answers(conf, vm, ret->ssh_port, was_up)) {
		ret->phase = VM_READY;
	} else if (vm_has_panicked(conf)) {
		ret->phase = VM_PANICKED;
		set_detail(ret, panicked);
	} else if (was_up) {
		set_detail(ret, "it was up and does not answer: it reboots or hangs");
	}
}

/* Asks QEMU; a process that does not answer, and does not end, is unreachable. */
static void ask_qemu(const struct conf *conf, JsonObject *vm, bool was_up, struct vm_status *ret)
{
	g_autoptr(GError) cause = NULL;
	g_autoptr(qmp_owner) qmp = vm_qmp(conf, &cause);
	g_autoptr(JsonNode) answer = NULL;
	const char *word;

	ret->phase = VM_UNREACHABLE;
	if (!qmp || !qmp_call(qmp, "query-status", NULL,
			      clock_in(VM_QMP_LIMIT_S), &answer, &cause)) {
		if (!was_up && ret->uptime_s < YOUNG_S)
			ret->phase = VM_BOOTING;
		if (vm_await_end(ret->pid, clock_in(END_LIMIT_S))) {
			ret->phase = VM_STOPPED;
			ret->pid = 0;
			return;
		}
		ret->detail = g_strdup(cause->message);
		return;
	}
	word = JSON_NODE_HOLDS_OBJECT(answer) ?
		       state_string(json_node_get_object(answer), "status", "?") : "?";
	ret->phase = phase_of(word);
	ret->detail = g_strdup(pause_reason(word));
	if (ret->phase == VM_BOOTING) {
		ask_guest(conf, vm, was_up, ret);
	} else if (g_str_equal(word, "paused") && vm_has_panicked(conf)) {
		ret->phase = VM_PANICKED;
		set_detail(ret, panicked);
	}
}

bool vm_status(const struct conf *conf, struct vm_status *ret, GError **error)
{
	g_autoptr(GError) cause = NULL;
	g_autoptr(JsonObject) vm = state_load(conf, STATE_VM, &cause);
	g_autoptr(JsonObject) run = NULL;

	*ret = (struct vm_status){ .phase = VM_ABSENT };
	if (!vm) {
		if (!cause)
			return true;
		g_propagate_error(error, g_steal_pointer(&cause));
		return false;
	}
	ret->image = g_strdup(state_string(vm, "image", "?"));
	ret->provisioned = state_bool(vm, "provisioned", false);
	ret->phase = VM_STOPPED;
	run = state_load(conf, STATE_RUN, NULL);
	ret->pid = vm_pid(run);
	if (!ret->pid)
		return true;
	ret->ssh_port = (guint)state_int(run, "ssh_port", 0);
	ret->vnc_port = (guint)state_int(run, "vnc_port", 0);
	ret->monitor_port = (guint)state_int(run, "monitor_port", 0);
	ret->headless = state_bool(run, "headless", true);
	ret->from_template = state_bool(run, "from_template", false);
	ret->accel = g_strdup(state_string(run, "accel", "?"));
	ret->uptime_s = (double)(g_get_real_time() / G_USEC_PER_SEC - state_int(run, "started", 0));
	ret->made_ready = state_bool(run, "ready", false);
	ask_qemu(conf, vm, ret->made_ready, ret);
	return true;
}
