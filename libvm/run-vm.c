// SPDX-License-Identifier: GPL-2.0-only
/* Testing in the VM itself, which is booted for it and goes on running. */
#include "lib/clock.h"
#include "lib/fault.h"
#include "libvm/kernel.h"
#include "libvm/run-private.h"
#include "libvm/state.h"
#include "libvm/suite.h"
#include "libvm/vm-private.h"
#include "libvm/vm.h"

#define OPEN_LIMIT_S 60		/* of a guest that is ready */

/* Whether the VM that runs was started with another kernel than is asked for. */
static bool runs_another_kernel(const struct run *r)
{
	g_autoptr(JsonObject) run = state_load(r->conf, STATE_RUN, NULL);
	const char *wanted = r->image && r->image->built ? r->image->built->id : "";

	return !g_str_equal(state_string(run, "kernel", ""), wanted);
}

bool run_set_up_vm(struct run *r, bool start_it, GError **error)
{
	const struct vm_start start = { .headless = true, .no_wait = true };
	struct vm_status status;
	bool ok = true;

	if (!r->probe)
		r->probe = probe_new(r->conf, r->progress, error);
	if (!r->probe || !vm_status(r->conf, &status, error))
		return false;
	if (status.phase == VM_ABSENT || !status.provisioned)
		ok = vm_setup(r->conf, r->probe, r->progress, error);
	if (!start_it || !ok) {
		vm_status_clear(&status);
		return ok;
	}
	if ((status.phase == VM_READY || status.phase == VM_BOOTING) && runs_another_kernel(r)) {
		progress_note(r->progress, "The VM runs another kernel: starting it anew");
		ok = vm_stop(r->conf, false, r->progress, error);
		status.phase = VM_STOPPED;
	}
	if (ok && status.phase >= VM_PAUSED) {
		progress_note(r->progress, "The VM is %s (%s): starting it anew", vm_phase_name(status.phase),
			      status.detail ? status.detail : "?");
		ok = vm_stop(r->conf, true, r->progress, error);
	}
	if (ok && status.phase != VM_READY && status.phase != VM_BOOTING)
		r->started = ok = vm_start(r->conf, r->probe, &start, r->progress, error);
	/* The agent answers before the guest is ready. */
	r->booting = status.phase != VM_READY || !status.made_ready;
	vm_status_clear(&status);
	return ok;
}

static bool await_vm(struct run *r, GError **error)
{
	const struct vm_start start = { .headless = true };
	gint64 began = g_get_monotonic_time();
	g_autoptr(qmp_owner) qmp = NULL;
	struct report_stage *entry;

	if (!r->booting)
		return true;
	if (!vm_wait_ready(r->conf, &start, r->progress, error)) {
		/* QEMU has ended, or another vexvm waits for the guest: it is not ours to be ended. */
		r->started = false;
		qmp = vm_qmp(r->conf, NULL);
		if (qmp)
			stage_unready(&r->stage, "booting", error);
		return false;
	}
	r->booting = false;
	entry = report_add_stage(r->report, "boot");
	entry->outcome = OUTCOME_PASS;
	report_time_stage(r->report, entry, began);
	return true;
}

static void describe_vm(struct run *r)
{
	struct vm_status status;

	if (!vm_status(r->conf, &status, NULL))
		return;
	g_free(r->report->accel);
	r->report->accel = g_strdup(status.accel);
	g_free(r->report->image);
	r->report->image = g_strdup(status.image);
	if (r->probe && !r->report->qemu)
		r->report->qemu = g_strdup(r->probe->version_text);
	vm_status_clear(&status);
}

bool run_open_guest(struct run *r, GError **error)
{
	if (r->stage.guest)
		return true;
	if (!await_vm(r, error))
		return false;
	describe_vm(r);
	/* The host may have been suspended since the last run. */
	return stage_open(&r->stage, clock_in(OPEN_LIMIT_S), error) &&
	       guest_set_clock(r->stage.guest, error);
}

/* A guest from which an earlier run's module does not go away is started anew. */
static bool restart_vm(struct run *r, GError **error)
{
	progress_note(r->progress, "The guest still has the module from an earlier run and cannot unload it: "
		      "starting the VM anew");
	stage_close(&r->stage);
	r->stage.lost = false;
	return vm_stop(r->conf, true, r->progress, error) && run_set_up_vm(r, true, error) &&
	       run_open_guest(r, error);
}

static bool prepare(struct run *r, const GPtrArray *refs)
{
	g_autoptr(GError) error = NULL;
	bool ok = run_set_up_vm(r, true, &error) && run_open_guest(r, &error);

	if (ok && !run_check_release(&r->stage))
		return false;
	ok = ok && stage_deliver(&r->stage);
	if (ok && !stage_clear(&r->stage))
		ok = restart_vm(r, &error) && stage_deliver(&r->stage);
	if (ok && refs && refs->len)
		ok = run_place_source(&r->stage, &error);
	if (error)
		run_fail(r, g_steal_pointer(&error));
	return ok;
}

/* Of what run_stages() worked on, which is the caller's. */
static void note_broken(struct run *r)
{
	const struct suite_ref *ref = r->stage.broken;

	if (!ref)
		return;
	r->broken_suite = suite_ref_name(r->stage.all_suites, ref);
	r->broken_test = g_strdup(ref->test);
	r->stage.broken = NULL;
}

void run_in_vm(struct run *r, bool checks, const GPtrArray *refs)
{
	if (prepare(r, refs)) {
		run_stages(&r->stage, checks, refs);
		note_broken(r);
	} else if (r->stage.guest && !r->stage.lost) {
		stage_check_taint(&r->stage);
	}
}

void run_leave_vm(struct run *r)
{
	bool broken = r->stage.lost || stage_is_fatal(&r->stage);
	g_autoptr(GError) error = NULL;

	if (r->stage.console)
		run_keep_console(&r->stage);
	stage_close(&r->stage);
	if (broken && r->options->keep) {
		progress_note(r->progress, "The guest is broken and left as it is; 'vexvm stop --force' ends it");
		return;
	}
	if (!broken && !r->options->stop) {
		if (r->started)
			progress_note(r->progress, "The VM goes on running, for the next test: 'vexvm stop' stops it");
		return;
	}
	if (!vm_stop(r->conf, broken, r->progress, &error))
		progress_note(r->progress, "The VM could not be stopped: %s", error->message);
	else if (broken)
		progress_note(r->progress, "The guest cannot be used again: its VM was ended, the next run boots it afresh");
}
