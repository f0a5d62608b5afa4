// SPDX-License-Identifier: GPL-2.0-only
/* From a stopped VM to a QEMU process that can be spoken to. */
#include <glib/gstdio.h>
#include <signal.h>

#include "lib/clock.h"
#include "lib/fault.h"
#include "libvm/disk.h"
#include "libvm/kernel.h"
#include "libvm/launch.h"
#include "libvm/port.h"
#include "libvm/state.h"
#include "libvm/template.h"
#include "libvm/vm-private.h"
#include "libvm/vm.h"
#include "libvm/wake.h"

#define GREETING_LIMIT_S 60	/* QEMU maps its memory and opens its disks */
#define END_LIMIT_S 10		/* of one that was killed */

static bool choose_ports(struct plan_input *plan, GError **error)
{
	const struct conf *c = plan->conf;

	plan->ssh_port = c->ssh_port;
	plan->monitor_port = c->monitor_port;
	plan->vnc_port = plan->headless ? c->vnc_port : 0;
	if (!c->auto_ports)
		return port_check(plan->ssh_port, "--ssh-port", error) &&
		       port_check(plan->monitor_port, "--monitor-port", error) &&
		       (!plan->vnc_port || port_check(plan->vnc_port, "--vnc-port", error));
	plan->ssh_port = port_next_free(c->ssh_port, NULL, 0);
	plan->monitor_port = port_next_free(c->monitor_port, &plan->ssh_port, 1);
	if (plan->vnc_port) {
		const guint taken[] = { plan->ssh_port, plan->monitor_port };

		plan->vnc_port = port_next_free(c->vnc_port, taken, 2);
	}
	if (plan->ssh_port && plan->monitor_port && (plan->vnc_port || !plan->headless))
		return true;
	return fault_set(error, LAB_ERROR_LAB, "no free ports above the wanted ones on 127.0.0.1");
}

/* A scratch disk that somebody removed is no reason not to start. */
static bool keep_scratch(const struct conf *conf, GError **error)
{
	g_autofree char *path = plan_state_path(conf, DISK_SCRATCH);

	return g_access(path, F_OK) == 0 || disk_scratch(path, error);
}

/* QEMU's own words for it would name a file that nobody has heard of. */
static bool check_provisioned(const struct conf *conf, JsonObject *vm, GError **error)
{
	g_autofree char *path = plan_state_path(conf, DISK_PROVISIONED);

	return !state_bool(vm, "provisioned", false) || g_access(path, F_OK) == 0 ||
	       fault_set(error, LAB_ERROR_LAB,
			 "VM '%s' has lost its disk %s; 'vexvm clean --vm' and 'vexvm setup' make it anew",
			 conf->name, path);
}

/* Its image, when the VM is there and may be started; to be freed. */
static struct image *startable(const struct plan_input *plan, GError **error)
{
	const struct conf *conf = plan->conf;
	g_autoptr(JsonObject) vm = state_load(conf, STATE_VM, error);
	g_autoptr(JsonObject) run = vm ? state_load(conf, STATE_RUN, NULL) : NULL;

	if (!vm && !(error && *error))
		fault_set(error, LAB_ERROR_LAB, "there is no VM '%s' yet; run 'vexvm setup'", conf->name);
	else if (vm && vm_pid(run))
		fault_set(error, LAB_ERROR_LAB,
			  "VM '%s' runs already (PID %d); 'vexvm status' shows how to reach it",
			  conf->name, vm_pid(run));
	else if (vm && check_provisioned(conf, vm, error))
		/* It is set up with its own kernel, whatever it runs later. */
		return plan->seed ? image_load(conf, state_string(vm, "image_id", ""), error) :
				    kernel_image_load(conf, state_string(vm, "image_id", ""), error);
	return NULL;
}

static guint greeting_limit(const struct vm_start *start)
{
	guint limit = start->boot_timeout_s;

	return limit ? MIN(limit, GREETING_LIMIT_S) : GREETING_LIMIT_S;
}

/* With the VM's lock: has QEMU run, on its own disks or, with @t, on the template's. */
static bool launch_locked(struct launch *l, struct image *image, const struct template *t,
			  GError **error)
{
	const struct conf *conf = l->plan.conf;

	if (!conf_make_runtime_dir(conf, error))
		return false;
	vm_end_orphan(conf);
	vm_forget_run(conf);
	if (t ? !wake_lay_out(conf, t, DISK_CLONE, DISK_CLONE_SCRATCH, error) : !keep_scratch(conf, error))
		return false;
	l->plan.image = image;
	return choose_ports(&l->plan, error) && launch_run(l, error);
}

static bool boot_locked(struct launch *l, const struct vm_start *start, GError **error)
{
	g_autoptr(image_owner) image = startable(&l->plan, error);
	g_autoptr(qmp_owner) qmp = NULL;

	if (!image || !launch_locked(l, image, NULL, error))
		return false;
	qmp = launch_greet(l, greeting_limit(start), error);
	return qmp != NULL;
}

static void plan(struct launch *l, const struct conf *conf, const struct probe *probe,
		 const struct vm_start *start, const struct progress *progress)
{
	launch_init(l, progress);
	l->plan = (struct plan_input){ .conf = conf, .probe = probe, .headless = start->headless,
				       .seed = start->provisioning };
	l->wanted = start->provisioning ? LAUNCH_SHARE_NONE : LAUNCH_SHARE;
}

static bool boot(const struct conf *conf, const struct probe *probe, const struct vm_start *start,
		 const struct progress *progress, GError **error)
{
	struct lock *lock = vm_lock(conf, "starting it", error);
	struct launch l;
	bool ok;

	plan(&l, conf, probe, start, progress);
	ok = lock && boot_locked(&l, start, error);
	if (!ok && l.pid && (l.ended || vm_process_start(l.pid) == 0))
		vm_forget_run(conf);
	launch_clear(&l);
	lock_free(lock);
	return ok && (start->no_wait || vm_wait_ready(conf, start, progress, error));
}

/* With the VM's lock. Its own disks are not touched: what is done to the copy ends with it. */
static bool wake_locked(struct launch *l, const struct template *t, bool *woken,
			const struct progress *progress, GError **error)
{
	g_autoptr(image_owner) image = startable(&l->plan, error);
	g_autoptr(guest_owner) guest = NULL;
	bool mounted;

	l->plan.memory = PLAN_MEMORY_COPY;
	l->plan.ram = t->ram;
	l->plan.disk = DISK_CLONE;
	l->plan.scratch = DISK_CLONE_SCRATCH;
	if (!image || !launch_locked(l, image, t, error))
		return false;
	*woken = wake_run(l, t, error);
	if (*woken)
		guest = wake_enter(l->plan.conf, &mounted, progress, error);
	return guest != NULL;
}

static bool start_from_template(const struct conf *conf, const struct probe *probe,
				const struct vm_start *start, const struct progress *progress,
				GError **error)
{
	gint64 began = g_get_monotonic_time();
	g_autoptr(template_owner) t = template_ensure(conf, probe, progress, error);
	g_autoptr(lock_owner) lock = t ? vm_lock(conf, "starting it", error) : NULL;
	bool ok, woken = false;
	struct launch l;

	plan(&l, conf, probe, start, progress);
	/* The devices are the template's, whatever they export. */
	if (!conf->mount)
		l.wanted = LAUNCH_SHARE_EMPTY;
	ok = lock && wake_locked(&l, t, &woken, progress, error);
	if (ok)
		progress_done(progress, "Cloned", clock_since(began));
	if (!ok && l.pid && !l.ended) {
		kill(l.pid, SIGKILL);
		vm_await_end(l.pid, clock_in(END_LIMIT_S));
	}
	if (!ok && l.pid)
		vm_forget_run(conf);
	/* QEMU did not take it: it may be what is wrong. */
	if (!ok && l.pid && !woken)
		template_remove(conf);
	launch_clear(&l);
	return ok;
}

bool vm_start(const struct conf *conf, const struct probe *probe, const struct vm_start *start,
	      const struct progress *progress, GError **error)
{
	g_autoptr(GError) cause = NULL;

	if (start->from_template) {
		if (start_from_template(conf, probe, start, progress, &cause))
			return true;
		progress_note(progress, "Booting the VM instead of cloning it: %s", cause->message);
	}
	return boot(conf, probe, start, progress, error);
}
