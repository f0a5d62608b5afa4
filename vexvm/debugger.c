// SPDX-License-Identifier: GPL-2.0-only
#include "vexvm/debugger.h"

#include <errno.h>
#include <string.h>
#include <sys/wait.h>

#include "lib/fault.h"
#include "lib/path.h"
#include "lib/text.h"
#include "libvm/image.h"
#include "libvm/kernel.h"
#include "libvm/plan.h"
#include "libvm/run-folder.h"
#include "libvm/state.h"
#include "vexvm/interrupt.h"

#define DEBUG_FOLDER "/usr/lib/debug/boot"
#define SCRIPT "gdb-script"

char *debugger_vmlinux(const struct cli *cli, const char *given, const char *release, GError **error)
{
	g_autoptr(JsonObject) vm = state_load(cli->conf, STATE_VM, NULL);
	g_autoptr(image_owner) image = image_load(cli->conf, state_string(vm, "image_id", ""), NULL);
	g_autoptr(kernel_owner) built = kernel_find_release(cli->conf, release);
	const char *roots[] = { image ? image->sysroot : NULL, "/" };
	g_autofree char *name = g_strconcat("vmlinux-", release, NULL);

	if (given && g_file_test(given, G_FILE_TEST_IS_REGULAR))
		return g_canonicalize_filename(given, NULL);
	if (given) {
		fault_set(error, LAB_ERROR_USAGE, "--vmlinux %s: no such file", given);
		return NULL;
	}
	if (built)
		return g_strdup(built->vmlinux);
	/* A release is the guest's word. */
	for (guint i = 0; i < G_N_ELEMENTS(roots) && !strchr(release, '/'); i++) {
		g_autofree char *path = roots[i] ? g_build_filename(roots[i], DEBUG_FOLDER, name, NULL) : NULL;

		if (path && g_file_test(path, G_FILE_TEST_IS_REGULAR))
			return g_steal_pointer(&path);
	}
	progress_note(cli->progress, "There is no %s/%s: the kernel's own functions have no names (Debian has it "
		      "in the package linux-image-%s-dbg; or --vmlinux)", DEBUG_FOLDER, name, release);
	return NULL;
}

void debugger_add_modules(GPtrArray *files, const char *folder)
{
	g_autoptr(GDir) dir = g_dir_open(folder, 0, NULL);
	const char *name;

	while (dir && (name = g_dir_read_name(dir)))
		if (g_str_has_suffix(name, ".ko"))
			g_ptr_array_add(files, g_build_filename(folder, name, NULL));
	g_ptr_array_sort(files, text_compare);
}

/* The last run's result.json, of the VM that a clone is one of. */
static JsonObject *last_result(const struct conf *conf)
{
	g_autofree char *parent = g_path_get_dirname(conf->state_dir), *kind = g_path_get_basename(parent);
	g_autofree char *vm = g_str_equal(kind, CONF_CLONES) ? g_path_get_dirname(parent) : g_strdup(conf->state_dir);
	struct conf of_vm = { .state_dir = vm };
	g_autofree char *runs = run_folder_all(&of_vm);
	g_autofree char *latest = g_build_filename(runs, RUN_LATEST, NULL);
	struct conf run = { .state_dir = latest };

	return state_load(&run, RUN_RESULT, NULL);
}

char *debugger_source(const struct cli *cli, JsonObject *result)
{
	const struct conf *conf = cli->conf;
	g_autoptr(JsonObject) last = result ? NULL : last_result(conf);
	const char *source = state_string(result ? result : last, "source", conf->source);

	/* As build_tree_init() decides it. */
	return g_strdup(path_below(conf->root, source) ? conf->root : source);
}

static int wait_for(GPid pid)
{
	int status;

	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return LAB_ERROR_LAB;
	return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

int debugger_run(const struct cli *cli, const char *script, const char *batch, GError **error)
{
	g_autofree char *path = plan_runtime_path(cli->conf, SCRIPT);
	const char *argv[] = { "gdb", "-q", "-nx", "-x", path, NULL, NULL, NULL, NULL };
	g_autoptr(GError) cause = NULL;
	int status;
	GPid pid;

	if (batch) {
		argv[5] = "-batch";
		argv[6] = "-x";
		argv[7] = batch;
	}
	/* Ctrl-C is gdb's: it is typed to have the guest stand still. */
	if (interrupt_fd() < 0 || !conf_make_runtime_dir(cli->conf, error))
		return -1;
	if (!g_file_set_contents(path, script, -1, &cause) ||
	    !g_spawn_async(NULL, (char **)argv, NULL,
			   G_SPAWN_SEARCH_PATH | G_SPAWN_DO_NOT_REAP_CHILD | G_SPAWN_CHILD_INHERITS_STDIN,
			   NULL, NULL, &pid, &cause)) {
		fault_set(error, LAB_ERROR_LAB, "cannot run gdb (%s); install the package gdb", cause->message);
		return -1;
	}
	status = wait_for(pid);
	unlink(path);
	return status;
}
