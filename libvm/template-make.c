// SPDX-License-Identifier: GPL-2.0-only
/* Booting the VM once more, quiet and warm, and saving it. */
#include <errno.h>
#include <glib/gstdio.h>
#include <json-glib/json-glib.h>

#include "lib/clock.h"
#include "lib/fault.h"
#include "lib/folder.h"
#include "lib/limit.h"
#include "lib/program.h"
#include "libvm/disk.h"
#include "libvm/guest.h"
#include "libvm/launch.h"
#include "libvm/snapshot.h"
#include "libvm/stage.h"
#include "libvm/state.h"
#include "libvm/store.h"
#include "libvm/template-private.h"
#include "libvm/vm-private.h"
#include "libvm/vm.h"

#define GREETING_LIMIT_S 60
#define OPEN_LIMIT_S 60
#define WARM_LIMIT_S 300
#define SAVE_LIMIT_S 300
#define ROOM_NEEDED (512ull << 20)	/* bytes for what the boot writes to the disk, and the state */

/*
 * What every test needs lies in memory then: modules, and the programs that
 * suites and the lab itself run, each of which is run once. A tool that the
 * image does not have is no loss.
 */
static const char warm_script[] =
	"exec 3>&1 >/dev/null 2>&1\n"
	"for module in 9p 9pnet_virtio loop; do modprobe $module; done\n"
	"for tool in insmod rmmod modprobe modinfo lsmod mount umount losetup dmesg mkdir rm cat cp mv \\\n"
	"	dd tar stat find grep sed awk sort cmp head tail seq timeout truncate sync mknod ps; do\n"
	"	$tool --version; $tool -V\n"
	"done\n"
	"losetup -f\n"
	"mountpoint -q /\n"
	"bash -c :\n"
	"mkdir -p " STAGE_SCRATCH "\n"
	/*
	 * The processors' modules come late. A change that is told of waits behind what
	 * is still to be done for the device, which settle alone does not see.
	 */
	"udevadm trigger --action=change --subsystem-match=cpu --settle\n"
	"udevadm settle\n"
	"sync\n"
	STAGE_AGENT " --audit save " STAGE_AUDIT "\n"
	"exec >&3\n"
	"cat /proc/sys/kernel/tainted\n";

struct making {
	const struct conf *conf;	/* with state_dir in the template's folder */
	const struct progress *progress;
	struct launch launch;
	struct qmp *qmp;
	guint64 taint;
	struct kallsyms symbols;
};

/* The files that make the folder a VM's: its boot is told by the same functions. */
static bool lay_out(const struct conf *conf, const struct conf *here, bool ram_on_disk, GError **error)
{
	guint64 needed = ROOM_NEEDED + (ram_on_disk ? (guint64)conf->memory_mib << 20 : 0);
	g_autofree char *provisioned = plan_state_path(conf, DISK_PROVISIONED);
	g_autofree char *disk = plan_state_path(here, DISK_FILE);
	g_autofree char *scratch = plan_state_path(here, DISK_SCRATCH);
	g_autoptr(JsonObject) vm = state_load(conf, STATE_VM, error);

	return vm && store_check_room(here->state_dir, needed, "Making the template", error) &&
	       disk_overlay(disk, provisioned, error) && disk_scratch(scratch, error) &&
	       state_save(here, STATE_VM, vm, error) && conf_make_runtime_dir(here, error);
}

static bool boot(struct making *m, GError **error)
{
	const struct vm_start start = { .headless = true };

	if (!launch_run(&m->launch, error))
		return false;
	m->qmp = launch_greet(&m->launch, GREETING_LIMIT_S, error);
	if (!m->qmp)
		return false;
	/* It takes one client at a time. */
	g_clear_pointer(&m->qmp, qmp_free);
	return vm_wait_ready(m->conf, &start, m->progress, error);
}

static bool in_time(void *limit)
{
	return !limit_passed(limit);
}

/* A command that ends within its limit, or is ended; false: the guest is gone. */
static bool run_limited(struct making *m, struct guest *guest, const char *script, struct guest_result *ret,
			GError **error)
{
	const char *const argv[] = { "sh", "-c", script, NULL };
	struct limit limit;
	struct guest_exec exec = { .argv = argv, .interrupt = in_time, .data = &limit };
	bool ok = limit_init(&limit, m->launch.pid, WARM_LIMIT_S) ||
		  fault_set_errno(error, LAB_ERROR_LAB, errno, "cannot set a time limit");

	exec.watch_fd = limit.fd;
	ok = ok && guest_exec(guest, &exec, ret, error);
	limit_clear(&limit);
	return ok;
}

static bool warm(struct making *m, GError **error)
{
	gint64 deadline = clock_in(OPEN_LIMIT_S);
	g_autofree char *script = g_strconcat(stage_prepare, warm_script, NULL);
	g_autoptr(guest_owner) guest = guest_open(m->conf, deadline, error);
	struct guest_result result = { 0 };
	bool ok = guest && run_limited(m, guest, script, &result, error);

	if (ok && result.timed_out)
		ok = fault_set(error, LAB_ERROR_TIMEOUT, "the guest is not ready to be saved after %d s",
			       WARM_LIMIT_S);
	/* Its last command does not fail: it has not come so far. */
	if (ok && (result.status || result.signal))
		ok = fault_set(error, LAB_ERROR_LAB, "the guest cannot be made ready to be saved: %s",
			       g_strchomp(result.err->str));
	if (ok) {
		m->taint = g_ascii_strtoull(result.out->str, NULL, 10);
		/* Without them modules are not found in a broken clone's memory, and that is all. */
		kallsyms_ask(guest, &m->symbols, NULL);
	}
	guest_result_clear(&result);
	return ok;
}

static bool freeze(struct making *m, const char *state, GError **error)
{
	gint64 deadline = clock_in(SAVE_LIMIT_S);

	m->qmp = vm_qmp(m->conf, error);
	if (!m->qmp || !snapshot_save(m->qmp, state, deadline, error))
		return false;
	qmp_call(m->qmp, "quit", NULL, deadline, NULL, NULL);
	return vm_await_end(m->launch.pid, deadline) ||
	       fault_set(error, LAB_ERROR_LAB, "QEMU does not end after the state was saved");
}

/*
 * What clones begin with, and nothing changes any more. QEMU opens the memory for
 * writing even where its pages are private, so that has to be allowed.
 */
static bool seal(struct making *m, const char *state, const char *ram, GError **error)
{
	g_autofree char *disk = plan_state_path(m->conf, DISK_FILE);
	g_autofree char *clone = plan_state_path(m->conf, DISK_CLONE);
	const struct { const char *path; int mode; } files[] = {
		{ disk, 0400 }, { clone, 0400 }, { state, 0400 }, { ram, 0600 },
	};

	if (!disk_overlay(clone, disk, error))
		return false;
	for (guint i = 0; i < G_N_ELEMENTS(files); i++)
		if (g_chmod(files[i].path, files[i].mode) < 0)
			return fault_set_errno(error, LAB_ERROR_LAB, errno, "cannot seal %s", files[i].path);
	return true;
}

static void remove_leftovers(const struct conf *here)
{
	static const char *const names[] = { DISK_SCRATCH, STATE_RUN, "lock", "qemu.log" };

	for (guint i = 0; i < G_N_ELEMENTS(names); i++) {
		g_autofree char *path = plan_state_path(here, names[i]);

		unlink(path);
	}
	folder_remove(here->runtime_dir, NULL);
}

bool template_make(const struct conf *conf, const struct probe *probe, const struct image *image,
		   const char *folder, const char *ram, struct template *ret,
		   const struct progress *progress, GError **error)
{
	g_autofree char *state = g_build_filename(folder, "state", NULL);
	struct conf here;
	struct making m = { .conf = &here, .progress = progress };
	bool ok;

	conf_at(conf, folder, &here);
	launch_init(&m.launch, progress);
	template_plan(&here, probe, image, PLAN_MEMORY_SAVED, ram, &m.launch.plan);
	m.launch.wanted = LAUNCH_SHARE_EMPTY;
	m.launch.tied = true;
	ok = lay_out(conf, &here, g_str_has_prefix(ram, folder), error) && boot(&m, error) && warm(&m, error) &&
	     freeze(&m, state, error) && seal(&m, state, ram, error);
	ret->taint = m.taint;
	ret->symbols = m.symbols;
	qmp_free(m.qmp);
	if (!ok)
		vm_stop(&here, true, NULL, NULL);
	launch_clear(&m.launch);
	remove_leftovers(&here);
	conf_at_clear(&here);
	return ok;
}
