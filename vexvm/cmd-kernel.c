// SPDX-License-Identifier: GPL-2.0-only
#include "lib/fault.h"
#include "lib/folder.h"
#include "lib/json.h"
#include "lib/text.h"
#include "libvm/kernel-build.h"
#include "libvm/kernel.h"
#include "vexvm/action.h"
#include "vexvm/options.h"
#include "vexvm/terminal.h"

static gboolean debug;

static const GOptionEntry options[] = {
	OPTION_FLAG("debug", 0, &debug, "Build the debug kernel"),
	{ NULL }
};

static void add_kernel(JsonBuilder *b, const struct kernel *kernel)
{
	json_builder_begin_object(b);
	json_add_string(b, "name", kernel->name);
	json_add_string(b, "id", kernel->id);
	json_add_string(b, "release", kernel->release);
	json_add_string(b, "source", kernel->source);
	json_add_string(b, "vmlinux", kernel->vmlinux);
	json_add_string(b, "tree", kernel->tree);
	json_builder_end_object(b);
}

static void print_kernel(const struct kernel *kernel)
{
	g_autofree char *folder = g_path_get_dirname(kernel->tree);
	g_autofree char *size = text_size(folder_size(folder));

	terminal_print("%-16s %-6s Linux %s, of %s (%s)\n", kernel->id, kernel->name ? kernel->name : "-",
		       kernel->release, kernel->source, size);
}

static int show(struct cli *cli, const struct kernel *kernel)
{
	g_autoptr(JsonBuilder) b = json_builder_new();

	if (!cli->json) {
		print_kernel(kernel);
		return 0;
	}
	add_kernel(b, kernel);
	terminal_print_json(json_builder_get_root(b));
	return 0;
}

static int list(struct cli *cli, GError **error)
{
	g_autoptr(GPtrArray) kernels = kernel_list(cli->conf);
	g_autoptr(JsonBuilder) b = json_builder_new();

	json_builder_begin_array(b);
	for (guint i = 0; i < kernels->len; i++) {
		add_kernel(b, kernels->pdata[i]);
		if (!cli->json)
			print_kernel(kernels->pdata[i]);
	}
	json_builder_end_array(b);
	if (cli->json)
		terminal_print_json(json_builder_get_root(b));
	else if (!kernels->len)
		terminal_print("No kernel yet but the images' own; 'vexvm kernel build --debug' builds the debug kernel\n");
	return 0;
}

static int build(struct cli *cli, GError **error)
{
	g_autoptr(kernel_owner) kernel = NULL;

	if (!debug) {
		fault_set(error, LAB_ERROR_USAGE, "kernel build: say which; --debug is the only one");
		return -1;
	}
	kernel = kernel_build_debug(cli->conf, cli->progress, error);
	return kernel ? show(cli, kernel) : -1;
}

static int remove_one(struct cli *cli, GError **error)
{
	if (!kernel_remove(cli->conf, cli->args[1], cli->progress, error))
		return -1;
	if (!cli->json)
		terminal_print("Removed the kernel %s\n", cli->args[1]);
	return 0;
}

static const struct action actions[] = {
	{ "list", ACTION_ALONE, list },
	{ "build", ACTION_ALONE, build },
	{ "remove", ACTION_NEEDS, remove_one },
	{ NULL }
};

static int run(struct cli *cli, GError **error)
{
	return action_run(cli, actions, error);
}

const struct command cmd_kernel = {
	.name = "kernel",
	.args = "[list | build --debug | remove KERNEL]",
	.summary = "Build, list and remove kernels that look closer",
	.description =
		"'build --debug' makes the debug kernel, once: Debian's own source, with KASAN,\n"
		"lockdep, kmemleak, UBSAN, debug objects and injected faults, and all drivers that\n"
		"the VM needs built in. It takes 10 to 30 minutes on two cores and 6 GiB of disk\n"
		"meanwhile, and needs no root. An interrupted build is gone on with. It is built\n"
		"anew when the archive has another version, or the compiler is another one.\n"
		"\n"
		"--kernel=debug, or kernel=debug in vexvm.conf, has the VM boot it and modules be\n"
		"built against it. Each kernel has a template of its own.",
	.examples =
		"  vexvm kernel build --debug\n"
		"  vexvm test --kernel=debug\n"
		"  vexvm kernel remove debug\n",
	.options = options,
	.flags = COMMAND_CONF | COMMAND_JSON,
	.max_args = 2,
	.run = run,
};
