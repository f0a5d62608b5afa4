// SPDX-License-Identifier: GPL-2.0-only
#include "libvm/clone.h"

#include <errno.h>
#include <glib/gstdio.h>
#include <json-glib/json-glib.h>
#include <signal.h>

#include "lib/clock.h"
#include "lib/fault.h"
#include "lib/file.h"
#include "lib/folder.h"
#include "lib/lock.h"
#include "libvm/disk.h"
#include "libvm/launch.h"
#include "libvm/state.h"
#include "libvm/vm-private.h"
#include "libvm/wake.h"

#define LOCK "clone.lock"
#define CLONES_MAX (2 * CONF_JOBS_MAX)	/* of one process: for each job one, and a spare */
#define END_LIMIT_S 30

struct clone {
	struct conf conf;	/* its own folders */
	const struct template *template;
	struct lock *lock;	/* as long as it is ours */
	struct launch launch;
	struct inject_disk *disk;	/* NULL: QEMU opens it itself */
	bool mounted, keep;
};

/* Folders */

/* A folder below clones/ that nobody else has, and its lock. */
static bool make_folder(struct clone *c, const struct conf *conf, GError **error)
{
	g_autofree char *parent = g_build_filename(conf->state_dir, CONF_CLONES, NULL);
	g_autofree char *folder = NULL, *lock = NULL;
	int status;

	if (g_mkdir_with_parents(parent, 0755) < 0)
		return fault_set_errno(error, LAB_ERROR_LAB, errno, "cannot make %s", parent);
	do {
		g_free(folder);
		folder = g_strdup_printf("%s/%06x", parent, g_random_int() & 0xffffff);
		status = g_mkdir(folder, 0700);
	} while (status < 0 && errno == EEXIST);
	if (status < 0)
		return fault_set_errno(error, LAB_ERROR_LAB, errno, "cannot make %s", folder);
	conf_at(conf, folder, &c->conf);
	lock = g_build_filename(folder, LOCK, NULL);
	c->lock = lock_try(lock, "running a clone", LAB_ERROR_LAB, error);
	return c->lock != NULL;
}

static bool lay_out(struct clone *c, const struct conf *conf, GError **error)
{
	g_autofree char *vm = plan_state_path(conf, STATE_VM);
	g_autofree char *own_vm = plan_state_path(&c->conf, STATE_VM);

	return wake_lay_out(&c->conf, c->template, DISK_FILE, DISK_SCRATCH, error) &&
	       file_copy(vm, own_vm, LAB_ERROR_LAB, error);
}

static bool serve_disk(struct clone *c, GError **error)
{
	g_autofree char *image = plan_state_path(&c->conf, DISK_SCRATCH);
	g_autofree char *path = plan_runtime_path(&c->conf, PLAN_SERVED);

	c->disk = inject_disk_new(image, path, error);
	return c->disk;
}

/* Ends the QEMU that @conf's run.json tells of, and removes the folders. */
static void remove_folders(const struct conf *conf)
{
	g_autoptr(JsonObject) run = state_load(conf, STATE_RUN, NULL);
	int pid = vm_pid(run);

	if (pid) {
		kill(pid, SIGKILL);
		vm_await_end(pid, clock_in(END_LIMIT_S));
	} else {
		vm_end_orphan(conf);
	}
	folder_remove(conf->runtime_dir, NULL);
	folder_remove(conf->state_dir, NULL);
}

/* It was left on purpose, and runs. */
static bool is_kept(const struct conf *conf)
{
	g_autoptr(JsonObject) run = state_load(conf, STATE_RUN, NULL);

	return state_bool(run, "kept", false) && vm_pid(run);
}

void clone_sweep(const struct conf *conf, bool all)
{
	g_autofree char *parent = g_build_filename(conf->state_dir, CONF_CLONES, NULL);
	g_autoptr(GDir) dir = g_dir_open(parent, 0, NULL);
	const char *name;

	while (dir && (name = g_dir_read_name(dir))) {
		g_autofree char *folder = g_build_filename(parent, name, NULL);
		g_autofree char *path = g_build_filename(folder, LOCK, NULL);
		g_autoptr(lock_owner) lock = lock_try(path, "removing a clone", LAB_ERROR_LAB, NULL);
		struct conf left;

		if (!lock)
			continue;
		conf_at(conf, folder, &left);
		if (all || !is_kept(&left))
			remove_folders(&left);
		conf_at_clear(&left);
	}
}

/* QEMUs that would outlive this process */

static int untied[CLONES_MAX];	/* PIDs; 0 = free */

static void note_untied(int from, int to)
{
	for (guint i = 0; i < CLONES_MAX; i++)
		if (g_atomic_int_compare_and_exchange(&untied[i], from, to))
			return;
}

void clone_kill_untied(void)
{
	for (guint i = 0; i < CLONES_MAX; i++) {
		int pid = g_atomic_int_get(&untied[i]);

		if (pid)
			kill(pid, SIGKILL);
	}
}

/* QEMU */

struct clone *clone_new(const struct conf *conf, const struct probe *probe, const struct template *t,
			bool outlives, bool injects, GError **error)
{
	struct clone *c = g_new0(struct clone, 1);
	bool ok;

	c->template = t;
	launch_init(&c->launch, NULL);
	ok = make_folder(c, conf, error) && lay_out(c, conf, error) && (!injects || serve_disk(c, error));
	if (ok) {
		template_plan(&c->conf, probe, t->image, PLAN_MEMORY_COPY, t->ram, &c->launch.plan);
		c->launch.plan.served = injects;
		c->launch.wanted = conf->mount ? LAUNCH_SHARE : LAUNCH_SHARE_EMPTY;
		c->launch.tied = !outlives;
		ok = launch_run(&c->launch, error);
	}
	if (ok && outlives)
		note_untied(0, c->launch.pid);
	if (ok)
		return c;
	clone_free(c);
	return NULL;
}

bool clone_run(struct clone *c, GError **error)
{
	return wake_run(&c->launch, c->template, error);
}

struct guest *clone_enter(struct clone *c, const struct progress *progress, GError **error)
{
	return wake_enter(&c->conf, &c->mounted, progress, error);
}

const struct conf *clone_conf(const struct clone *c)
{
	return &c->conf;
}

struct inject_disk *clone_disk(const struct clone *c)
{
	return c->disk;
}

bool clone_is_mounted(const struct clone *c)
{
	return c->mounted;
}

bool clone_leave(struct clone *c, GError **error)
{
	c->keep = state_set_bool(&c->conf, STATE_RUN, "kept", true, error);
	if (c->keep)
		note_untied(c->launch.pid, 0);
	return c->keep;
}

/* A number of /proc/PID/smaps_rollup (proc(5): "Pss:             12345 kB"), in bytes. */
static guint64 rollup(const struct clone *c, const char *name)
{
	g_autofree char *path = g_strdup_printf("/proc/%d/smaps_rollup", c->launch.pid);
	g_autofree char *text = NULL;
	const char *line;

	if (!g_file_get_contents(path, &text, NULL, NULL) || !(line = strstr(text, name)))
		return 0;
	return g_ascii_strtoull(line + strlen(name), NULL, 10) * 1024;
}

guint64 clone_pss(const struct clone *c)
{
	return rollup(c, "\nPss:");
}

guint64 clone_memory(const struct clone *c)
{
	guint64 own = rollup(c, "\nPss_Anon:");

	/* Kernels before 5.2 do not tell it apart. */
	return own ? own : clone_pss(c);
}

void clone_free(struct clone *c)
{
	if (!c)
		return;
	if (c->launch.pid)
		note_untied(c->launch.pid, 0);
	launch_clear(&c->launch);
	if (c->conf.state_dir && !c->keep)
		remove_folders(&c->conf);
	inject_disk_free(c->disk);
	lock_free(c->lock);
	conf_at_clear(&c->conf);
	g_free(c);
}
