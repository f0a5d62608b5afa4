// SPDX-License-Identifier: GPL-2.0-only
#include "libvm/wake.h"

#include "lib/clock.h"
#include "lib/fault.h"
#include "lib/file.h"
#include "libvm/agent.h"
#include "libvm/disk.h"
#include "libvm/plan.h"
#include "libvm/share.h"
#include "libvm/snapshot.h"
#include "libvm/stage.h"
#include "libvm/state.h"
#include "libvm/vm-private.h"

#define LIMIT_S 30		/* a tenth of a second on a machine that is not busy */

bool wake_lay_out(const struct conf *conf, const struct template *t, const char *disk,
		  const char *scratch, GError **error)
{
	g_autofree char *overlay = plan_state_path(conf, disk);
	g_autofree char *empty = plan_state_path(conf, scratch);

	return conf_make_runtime_dir(conf, error) && file_copy(t->overlay, overlay, LAB_ERROR_LAB, error) &&
	       disk_scratch(empty, error);
}

bool wake_run(struct launch *l, const struct template *t, GError **error)
{
	gint64 deadline = clock_in(LIMIT_S);
	g_autoptr(qmp_owner) qmp = launch_greet(l, LIMIT_S, error);
	g_autofree char *said = NULL;

	if (!qmp)
		return false;
	if (snapshot_load(qmp, t->state, deadline, error))
		return true;
	said = vm_qemu_said(l->plan.conf);
	g_prefix_error(error, "QEMU said \"%s\": ", said);
	return false;
}

static bool mount_all(const struct conf *conf, struct guest *guest, bool *ret_mounted,
		      const struct progress *progress, GError **error)
{
	g_autoptr(GError) cause = NULL;

	*ret_mounted = share_mount_saved(guest, conf->mount, STAGE_FILES, &cause);
	if (*ret_mounted)
		return true;
	if (guest_is_lost(guest)) {
		g_propagate_error(error, g_steal_pointer(&cause));
		return false;
	}
	/* Step by step, and what cannot be mounted is copied. */
	return !conf->mount || share_mount(conf, guest, progress, error);
}

/* What became of it is in the words of QEMU, or the last of its console. One that is silent hangs, as @cause says. */
static struct guest *lost(const struct conf *conf, const GError *cause, GError **error)
{
	g_autofree char *console = plan_state_path(conf, "console.log");
	g_autofree char *words = console_last_words(console, cause->message);
	g_autofree char *said = vm_qemu_said(conf);

	fault_set(error, (enum lab_error)fault_exit_status(cause),
		  "the clone was lost while it was woken: %s (QEMU: %s)", words, said);
	return NULL;
}

static struct guest *open_guest(const struct conf *conf, GError **error)
{
	gint64 deadline = clock_in(LIMIT_S);
	g_autoptr(agent_owner) agent = agent_open(conf->runtime_dir, deadline, error);

	if (!agent || !agent_set_clock(agent, error) || !agent_reseed(agent, error))
		return NULL;
	return guest_new_agent(conf, g_steal_pointer(&agent));
}

struct guest *wake_enter(const struct conf *conf, bool *ret_mounted, const struct progress *progress,
			 GError **error)
{
	g_autoptr(GError) cause = NULL;
	g_autoptr(guest_owner) guest = open_guest(conf, &cause);

	if (guest && mount_all(conf, guest, ret_mounted, progress, &cause) &&
	    state_set_bool(conf, STATE_RUN, "ready", true, &cause))
		return g_steal_pointer(&guest);
	if (!guest || guest_is_lost(guest))
		return lost(conf, cause, error);
	g_propagate_error(error, g_steal_pointer(&cause));
	return NULL;
}
