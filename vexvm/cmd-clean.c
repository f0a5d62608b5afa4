// SPDX-License-Identifier: GPL-2.0-only
#include "lib/fault.h"
#include "lib/folder.h"
#include "lib/json.h"
#include "lib/text.h"
#include "libvm/build.h"
#include "libvm/kernel.h"
#include "libvm/run-folder.h"
#include "libvm/store.h"
#include "libvm/template.h"
#include "vexvm/command.h"
#include "vexvm/options.h"
#include "vexvm/terminal.h"

static gboolean all, vm, images, runs, templates, ccache, kernels, force;

static const GOptionEntry options[] = {
	OPTION_FLAG("vm", 0, &vm, "Remove this VM and its runs; its image stays"),
	OPTION_FLAG("runs", 0, &runs, "Remove the results of this VM's test runs"),
	OPTION_FLAG("templates", 0, &templates, "Remove the saved machines that tests start from"),
	OPTION_FLAG("ccache", 0, &ccache, "Remove what compilers made, kept for later builds"),
	OPTION_FLAG("kernels", 0, &kernels, "Remove the kernels that were built here"),
	OPTION_FLAG("images", 0, &images, "Remove all images in the cache"),
	OPTION_FLAG("all", 0, &all, "All of these"),
	OPTION_FLAG("force", 'f', &force, "Even when the VM runs, or a test"),
	{ NULL }
};

/* One of the things that can be removed. */
struct part {
	const char *name;
	char *path;
	bool wanted;
	guint64 size;
};

enum { PART_VM, PART_RUNS, PART_TEMPLATES, PART_CCACHE, PART_KERNELS, PART_IMAGES, N_PARTS };

static void parts_init(struct part *parts, const struct conf *conf)
{
	char *runs_path = run_folder_all(conf);
	char *ccache_path = build_ccache(conf);
	guint64 runs_size = folder_size(runs_path);

	/* The runs lie in the VM's folder and are counted once. */
	parts[PART_VM] = (struct part){ "vm", g_strdup(conf->state_dir), all || vm,
					folder_size(conf->state_dir) - runs_size };
	parts[PART_RUNS] = (struct part){ "runs", runs_path, all || runs, runs_size };
	parts[PART_TEMPLATES] = (struct part){ "templates",
					       g_build_filename(conf->cache_dir, "templates", NULL),
					       all || templates, template_size(conf) };
	parts[PART_CCACHE] = (struct part){ "ccache", ccache_path, all || ccache,
					    folder_size(ccache_path) };
	parts[PART_KERNELS] = (struct part){ "kernels", kernel_path(conf, ""), all || kernels,
					     kernel_size(conf) };
	parts[PART_IMAGES] = (struct part){ "images", g_build_filename(conf->cache_dir, "images", NULL),
					    all || images, store_size(conf) };
}

static bool refuse_running(struct cli *cli, const struct part *parts, GError **error)
{
	bool used = parts[PART_VM].wanted || parts[PART_IMAGES].wanted || parts[PART_KERNELS].wanted;
	g_autoptr(GError) cause = NULL;

	/* A run in clones needs all of them, and leaves the VM stopped. */
	if (!force && (used || parts[PART_TEMPLATES].wanted) && !run_folder_is_idle(cli->conf, &cause))
		return fault_set(error, LAB_ERROR_USAGE, "a test is under way, and --force was not given: %s",
				 cause->message);
	if (!used)
		return true;
	/* One that is damaged is removed as well. */
	if (!vm_status(cli->conf, &cli->status, force ? NULL : error))
		return force;
	if (force || cli->status.phase == VM_ABSENT || cli->status.phase == VM_STOPPED)
		return true;
	return fault_set(error, LAB_ERROR_USAGE,
			 "VM '%s' runs; stop it with 'vexvm stop', or say --force",
			 cli->conf->name);
}

static bool part_remove(struct cli *cli, const struct part *parts, guint index, GError **error)
{
	switch (index) {
	case PART_VM:
		return vm_remove(cli->conf, cli->progress, error);
	case PART_RUNS:
		return run_folder_clear(cli->conf, cli->progress, error);
	case PART_TEMPLATES:
		return template_clear(cli->conf, cli->progress, error);
	case PART_CCACHE:
		return folder_remove(parts[index].path, error);
	case PART_KERNELS:
		return kernel_clear(cli->conf, cli->progress, error);
	default:
		return store_clear(cli->conf, cli->progress, error);
	}
}

static void print_parts(const struct part *parts)
{
	bool any = false;

	for (guint i = 0; i < N_PARTS; i++) {
		g_autofree char *size = text_size(parts[i].size);

		any |= parts[i].wanted;
		terminal_print("%-9s %10s  %s%s\n", parts[i].name, size,
			       parts[i].wanted ? "removed: " : "", parts[i].path);
	}
	if (!any)
		terminal_print("Nothing was removed; say --vm, --runs, --templates, --ccache, --kernels, --images or --all\n");
}

static void print_json(const struct part *parts)
{
	g_autoptr(JsonBuilder) builder = json_builder_new();

	json_builder_begin_array(builder);
	for (guint i = 0; i < N_PARTS; i++) {
		json_builder_begin_object(builder);
		json_add_string(builder, "part", parts[i].name);
		json_add_string(builder, "path", parts[i].path);
		json_add_int(builder, "bytes", (gint64)parts[i].size);
		json_add_bool(builder, "removed", parts[i].wanted);
		json_builder_end_object(builder);
	}
	json_builder_end_array(builder);
	terminal_print_json(json_builder_get_root(builder));
}

static int run(struct cli *cli, GError **error)
{
	struct part parts[N_PARTS];
	bool ok;

	parts_init(parts, cli->conf);
	ok = refuse_running(cli, parts, error);
	for (guint i = 0; ok && i < N_PARTS; i++)
		if (parts[i].wanted)
			ok = part_remove(cli, parts, i, error);
	if (ok && cli->json)
		print_json(parts);
	else if (ok)
		print_parts(parts);
	for (guint i = 0; i < N_PARTS; i++)
		g_free(parts[i].path);
	return ok ? 0 : -1;
}

const struct command cmd_clean = {
	.name = "clean",
	.args = "",
	.summary = "Show what the lab keeps on disk, or remove it",
	.description =
		"Without options it lists the parts and their sizes and removes nothing. With\n"
		"them it removes without a question. The images are shared by all VMs of this\n"
		"user: VMs on a removed image have to be set up anew. Templates too are those of\n"
		"all VMs; the next test makes its own again.",
	.examples =
		"  vexvm clean\n"
		"  vexvm clean --vm && vexvm setup\n"
		"  vexvm clean --all --force\n",
	.options = options,
	.flags = COMMAND_CONF | COMMAND_JSON,
	.run = run,
};
