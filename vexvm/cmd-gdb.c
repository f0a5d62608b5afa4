// SPDX-License-Identifier: GPL-2.0-only
#include <string.h>

#include "lib/clock.h"
#include "lib/fault.h"
#include "libvm/guest.h"
#include "libvm/image.h"
#include "libvm/kernel.h"
#include "libvm/memory.h"
#include "libvm/plan.h"
#include "libvm/qmp.h"
#include "libvm/run-folder.h"
#include "libvm/state.h"
#include "vexvm/command.h"
#include "vexvm/debugger.h"
#include "vexvm/options.h"

#define LIMIT_S 30

static char **breaks, **modules;
static char *batch, *vmlinux;

static const GOptionEntry options[] = {
	OPTION_STRINGS("break", 'b', &breaks, "FUNCTION", "Go on until there, or FILE:LINE; may be repeated"),
	OPTION_STRING("batch", 0, &batch, "FILE", "Run gdb's commands in it, then end"),
	OPTION_STRINGS("module", 'm', &modules, "FILE", "A .ko; default: what was tested last; may be repeated"),
	OPTION_STRING("vmlinux", 0, &vmlinux, "FILE", "The kernel with debug information"),
	{ NULL }
};

static GPtrArray *module_files(const struct cli *cli)
{
	GPtrArray *files = g_ptr_array_new_with_free_func(g_free);
	g_autofree char *runs = run_folder_all(cli->conf);
	g_autofree char *latest = g_build_filename(runs, RUN_LATEST, NULL);
	g_autofree char *delivered = plan_state_path(cli->conf, PLAN_FILES);

	for (char **file = modules; file && *file; file++)
		g_ptr_array_add(files, g_canonicalize_filename(*file, NULL));
	if (!files->len)
		debugger_add_modules(files, delivered);
	if (!files->len)
		debugger_add_modules(files, latest);
	g_ptr_array_add(files, NULL);
	return files;
}

/* What run.json has of it, else the guest's word, which is kept for when it is broken. */
static void find_symbols(const struct cli *cli, bool answers, struct kallsyms *ret)
{
	g_autoptr(JsonObject) run = state_load(cli->conf, STATE_RUN, NULL);
	g_autoptr(guest_owner) guest = NULL;
	g_autoptr(GError) cause = NULL;

	kallsyms_get(run, ret);
	if (ret->modules && ret->do_init_module)
		return;
	guest = answers ? guest_open(cli->conf, clock_in(LIMIT_S), &cause) : NULL;
	if (guest && kallsyms_ask(guest, ret, &cause))
		kallsyms_save(cli->conf, ret, NULL);
	else
		progress_note(cli->progress, "Modules are not found in this guest: %s",
			      cause ? cause->message : "it does not answer");
}

static GPtrArray *find_placed(const struct cli *cli, const struct kallsyms *symbols, const GPtrArray *files)
{
	g_autofree char *path = plan_runtime_path(cli->conf, "qmp");
	g_autoptr(qmp_owner) qmp = qmp_open(path, clock_in(LIMIT_S), NULL);

	if (!qmp)
		return g_ptr_array_new();
	return memory_find_modules(qmp, symbols, (const char *const *)files->pdata, cli->conf->runtime_dir);
}

/* The first of @files that is not loaded, or NULL. */
static const char *find_awaited(const GPtrArray *files, const GPtrArray *placed)
{
	for (guint i = 0; files->pdata[i]; i++) {
		bool found = false;

		for (guint k = 0; k < placed->len; k++)
			found |= g_str_equal(((struct placed *)placed->pdata[k])->file, files->pdata[i]);
		if (!found)
			return files->pdata[i];
	}
	return NULL;
}

static char *kernel_release(const struct cli *cli)
{
	g_autoptr(JsonObject) vm = state_load(cli->conf, STATE_VM, NULL);
	g_autoptr(JsonObject) run = state_load(cli->conf, STATE_RUN, NULL);
	g_autoptr(kernel_owner) built = kernel_find(cli->conf, state_string(run, "kernel", "-"), NULL);
	g_autoptr(image_owner) image = image_load(cli->conf, state_string(vm, "image_id", ""), NULL);

	if (built)
		return g_strdup(built->release);
	return g_strdup(image && image->kernel_release ? image->kernel_release : "RELEASE");
}

static char *make_script(const struct cli *cli, bool answers, GError **error)
{
	g_autofree char *socket = gdb_socket(cli->conf), *release = kernel_release(cli), *kernel = NULL;
	g_autofree char *source = debugger_source(cli, NULL);
	struct gdb_script script = { .target = socket, .breaks = breaks };
	g_autoptr(GPtrArray) files = module_files(cli), placed = NULL;
	struct kallsyms symbols;

	kernel = debugger_vmlinux(cli, vmlinux, release, error);
	if (*error)
		return NULL;
	find_symbols(cli, answers, &symbols);
	placed = find_placed(cli, &symbols, files);
	script.placed = placed;
	script.do_init_module = symbols.do_init_module;
	if (breaks && symbols.do_init_module && answers)
		script.waits_for = find_awaited(files, placed);
	script.vmlinux = kernel;
	if (kernel && !gdb_kernel_offset(kernel, &symbols, &script.vmlinux_offset, error))
		return NULL;
	script.source = source;
	return gdb_script(&script, error);
}

static int run(struct cli *cli, GError **error)
{
	bool running = cli->status.phase == VM_READY || cli->status.phase == VM_BOOTING;
	g_autofree char *script = make_script(cli, running, error);
	g_autoptr(GError) cause = NULL;
	int status;

	if (!script || !gdb_serve(cli->conf, error))
		return -1;
	status = debugger_run(cli, script, batch, error);
	/* It may have ended QEMU too. */
	if (!gdb_leave(cli->conf, running, &cause))
		progress_note(cli->progress, "gdb's server could not be ended: %s", cause->message);
	return status;
}

const struct command cmd_gdb = {
	.name = "gdb",
	.args = "",
	.summary = "Debug the VM's kernel and modules with gdb",
	.description =
		"The guest stands still while gdb does, and goes on after it. Modules that are\n"
		"loaded are found in the guest's memory, so it need not answer: a broken one that\n"
		"--keep left (--name=NAME/CLONE) can be looked at too. With --break a module that is\n"
		"not loaded is waited for, and its init is not run yet when gdb has its symbols;\n"
		"load it in another terminal ('vexvm ssh', then insmod); Ctrl-C ends the wait.\n"
		"Its source is looked for where the last run built it. With the kernel's debug\n"
		"information its own functions have names too.",
	.exits =
		"  gdb's own exit status is passed through.\n",
	.examples =
		"  vexvm gdb\n"
		"  vexvm gdb --break vexfs_init --break super.c:120\n"
		"  vexvm gdb --name default/1f3493 --batch commands.gdb\n",
	.options = options,
	.flags = COMMAND_CLONE | COMMAND_CONF | COMMAND_RUNNING,
	.run = run,
};
