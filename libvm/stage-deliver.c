// SPDX-License-Identifier: GPL-2.0-only
/*
 * What a run needs in the guest: modules, scripts and tools. They are laid out in
 * a folder of the host that the guest mounts; where it cannot, they are sent.
 */
#include <errno.h>
#include <gio/gio.h>

#include "lib/embed.h"
#include "lib/fault.h"
#include "lib/folder.h"
#include "libvm/plan.h"
#include "libvm/share.h"
#include "libvm/stage.h"

#define TOOLS "tools"

EMBED(load_script, "libvm/load.sh");

struct delivery {
	struct stage *stage;
	char *folder;		/* on the host */
	GPtrArray *names;	/* of the files in it */
};

/* The folder itself stays: a guest may have it mounted. */
static bool empty_folder(const char *folder, GError **error)
{
	g_autoptr(GDir) dir = g_dir_open(folder, 0, NULL);
	const char *name;

	while (dir && (name = g_dir_read_name(dir))) {
		g_autofree char *path = g_build_filename(folder, name, NULL);

		if (!folder_remove(path, error))
			return false;
	}
	return true;
}

/* A copy, for make may write into the original while the guest runs it. */
static bool add_file(struct delivery *d, const char *from, const char *name, GError **error)
{
	g_autofree char *to = g_build_filename(d->folder, name, NULL);
	g_autoptr(GFile) source = g_file_new_for_path(from), target = g_file_new_for_path(to);
	g_autoptr(GError) cause = NULL;

	g_ptr_array_add(d->names, g_strdup(name));
	return g_file_copy(source, target, G_FILE_COPY_NONE, NULL, NULL, NULL, &cause) ||
	       fault_set(error, LAB_ERROR_LAB, "cannot copy %s: %s", from, cause->message);
}

/* In the run's folder too, to be read. */
static bool add_script(struct delivery *d, const char *name, const char *text, GError **error)
{
	g_autofree char *path = g_build_filename(d->stage->report->folder, name, NULL);
	g_autoptr(GError) cause = NULL;

	if (!g_file_set_contents(path, text, -1, &cause))
		return fault_set(error, LAB_ERROR_LAB, "%s", cause->message);
	return add_file(d, path, name, error);
}

static bool add_tools(struct delivery *d, GError **error)
{
	const struct conf *conf = d->stage->conf;
	g_autofree char *folder = g_build_filename(d->folder, TOOLS, NULL);

	if (g_mkdir_with_parents(folder, 0755) < 0)
		return fault_set_errno(error, LAB_ERROR_LAB, errno, "cannot make %s", folder);
	for (char **tool = conf->tools; tool && *tool; tool++) {
		g_autofree char *path = g_canonicalize_filename(*tool, conf->source);
		g_autofree char *base = g_path_get_basename(path);
		g_autofree char *name = g_build_filename(TOOLS, base, NULL);

		if (!g_file_test(path, G_FILE_TEST_IS_REGULAR))
			return fault_set(error, LAB_ERROR_USAGE,
					 "tools=%s in vexvm.conf: there is no %s; build it first (make)",
					 *tool, path);
		if (!add_file(d, path, name, error))
			return false;
	}
	return true;
}

static bool lay_out(struct delivery *d, GError **error)
{
	g_autofree char *script = stage_modules_script(d->stage, error);
	GPtrArray *modules = d->stage->modules;

	if (!script || !empty_folder(d->folder, error) || !add_tools(d, error) ||
	    !add_script(d, STAGE_MODULES_SCRIPT, script, error) ||
	    !add_script(d, STAGE_LOAD_SCRIPT, load_script, error))
		return false;
	for (guint i = 0; i < modules->len; i++) {
		const struct module *module = modules->pdata[i];

		if (!add_file(d, module->file, module->base, error))
			return false;
	}
	return true;
}

static bool send_all(struct delivery *d, GError **error)
{
	for (guint i = 0; i < d->names->len; i++) {
		const char *name = d->names->pdata[i];
		g_autofree char *from = g_build_filename(d->folder, name, NULL);
		g_autofree char *to = g_build_filename(STAGE_FILES, name, NULL);

		if (!guest_put(d->stage->guest, from, to, 0755, error))
			return false;
	}
	return true;
}

static bool deliver(struct delivery *d, GError **error)
{
	struct stage *stage = d->stage;
	g_autoptr(GError) cause = NULL;

	if (!lay_out(d, error))
		return false;
	if (stage->mounted || share_mount_files(stage->guest, STAGE_FILES, &cause))
		return true;
	progress_detail(stage->progress, "Sending the files, which cannot be mounted in the guest: %s",
			cause->message);
	return send_all(d, error);
}

bool stage_deliver(struct stage *stage)
{
	struct delivery d = { .stage = stage };
	g_autoptr(GError) error = NULL;
	bool ok;

	d.folder = plan_state_path(stage->conf, PLAN_FILES);
	d.names = g_ptr_array_new_with_free_func(g_free);
	ok = deliver(&d, &error);
	g_ptr_array_unref(d.names);
	g_free(d.folder);
	if (!ok && error->code == LAB_ERROR_LAB)
		stage_autopsy(stage, "delivering the modules", error);
	else if (!ok)
		report_fail(stage->report, (enum lab_error)error->code, "%s", error->message);
	return ok;
}
