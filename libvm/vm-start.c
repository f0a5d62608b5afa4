// SPDX-License-Identifier: GPL-2.0-only
/* From a stopped VM to a QEMU process that can be spoken to. */
#include <glib/gstdio.h>

#include "lib/fault.h"
#include "libvm/disk.h"
#include "libvm/launch.h"
#include "libvm/port.h"
#include "libvm/state.h"
#include "libvm/vm-private.h"
#include "libvm/vm.h"

#define GREETING_LIMIT_S 60	/* QEMU maps its memory and opens its disks */

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
static struct image *startable(const struct conf *conf, GError **error)
{
	g_autoptr(JsonObject) vm = state_load(conf, STATE_VM, error);
	g_autoptr(JsonObject) run = vm ? state_load(conf, STATE_RUN, NULL) : NULL;

	if (!vm && !(error && *error))
		fault_set(error, LAB_ERROR_LAB, "there is no VM '%s' yet; run 'vexvm setup'", conf->name);
	else if (vm && vm_pid(run))
		fault_set(error, LAB_ERROR_LAB,
			  "VM '%s' runs already (PID %d); 'vexvm status' shows how to reach it",
			  conf->name, vm_pid(run));
	else if (vm && check_provisioned(conf, vm, error))
		return image_load(conf, state_string(vm, "image_id", ""), error);
	return NULL;
}

static guint greeting_limit(const struct vm_start *start)
{
	guint limit = start->boot_timeout_s;

	return limit ? MIN(limit, GREETING_LIMIT_S) : GREETING_LIMIT_S;
}

/* With the VM's lock. */
static bool start_locked(struct launch *l, const struct vm_start *start, GError **error)
{
	const struct conf *conf = l->plan.conf;
	g_autoptr(image_owner) image = startable(conf, error);
	g_autoptr(qmp_owner) qmp = NULL;

	if (!image || !conf_make_runtime_dir(conf, error) || !keep_scratch(conf, error))
		return false;
	vm_end_orphan(conf);
	vm_forget_run(conf);
	l->plan.image = image;
	if (!choose_ports(&l->plan, error) || !launch_run(l, error))
		return false;
	qmp = launch_greet(l, greeting_limit(start), error);
	return qmp != NULL;
}

bool vm_start(const struct conf *conf, const struct probe *probe, const struct vm_start *start,
	      const struct progress *progress, GError **error)
{
	struct lock *lock = vm_lock(conf, "starting it", error);
	struct launch l;
	bool ok;

	launch_init(&l, progress);
	l.plan = (struct plan_input){ .conf = conf, .probe = probe, .headless = start->headless,
				      .seed = start->provisioning };
	l.wanted = start->provisioning ? LAUNCH_SHARE_NONE : LAUNCH_SHARE;
	ok = lock && start_locked(&l, start, error);
	if (!ok && l.pid && vm_process_start(l.pid) == 0)
		vm_forget_run(conf);
	launch_clear(&l);
	lock_free(lock);
	return ok && (start->no_wait || vm_wait_ready(conf, start, progress, error));
}
