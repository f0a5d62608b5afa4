// SPDX-License-Identifier: GPL-2.0-only
#include <string.h>

#include "lib/json.h"
#include "libvm/seed.h"
#include "libvm/vm.h"
#include "vexvm/command.h"
#include "vexvm/options.h"
#include "vexvm/terminal.h"

static char *image, *disk;
static const GOptionEntry options[] = {
	OPTION_STRING("image", 0, &image, "IMAGE", "debian, ubuntu-22.04, a URL or a file"),
	OPTION_STRING("disk", 0, &disk, "GIB", "Size of the VM's disk"),
	{ NULL }
};

static void print_json(const struct cli *cli, const struct vm_status *status, bool was_there)
{
	g_autoptr(JsonBuilder) b = json_builder_new();
	g_autofree char *key = g_build_filename(cli->conf->state_dir, SEED_USER_KEY, NULL);

	json_builder_begin_object(b);
	json_add_string(b, "name", cli->conf->name);
	json_add_string(b, "image", status->image);
	json_add_string(b, "state_dir", cli->conf->state_dir);
	json_add_string(b, "key", key);
	json_add_string(b, "user", CONF_GUEST_USER);
	json_add_string(b, "accel", accel_name(cli->probe->accel));
	json_add_string(b, "accel_reason", cli->probe->accel_reason);
	json_add_bool(b, "already_set_up", was_there);
	json_builder_end_object(b);
	terminal_print_json(json_builder_get_root(b));
}

static void print_text(const struct cli *cli, const struct vm_status *status, bool was_there)
{
	terminal_print("VM '%s' %s (image %s, user %s, in %s).\n", cli->conf->name,
		       was_there ? "is set up already" : "is set up", status->image,
		       CONF_GUEST_USER, cli->conf->state_dir);
	terminal_print("Next: 'vexvm start', 'vexvm ssh', or 'vexvm test'.\n");
}

static int run(struct cli *cli, GError **error)
{
	g_autofree char *spec = image ? conf_image(image, NULL) : NULL;
	struct vm_status status = { 0 };
	bool was_there;

	if ((spec && !conf_set(cli->conf, "vm", "image", spec, error)) ||
	    (disk && !conf_set(cli->conf, "vm", "disk", disk, error)) ||
	    !conf_check(cli->conf, error) || !vm_status(cli->conf, &status, error))
		return -1;
	was_there = status.provisioned;
	vm_status_clear(&status);
	if (!was_there)
		progress_note(cli->progress, "%s", cli->probe->accel_reason);
	if (!vm_setup(cli->conf, cli->probe, cli->progress, error) ||
	    !vm_status(cli->conf, &status, error))
		return -1;
	if (cli->json)
		print_json(cli, &status, was_there);
	else
		print_text(cli, &status, was_there);
	vm_status_clear(&status);
	return 0;
}

const struct command cmd_setup = {
	.name = "setup",
	.args = "",
	.summary = "Make the VM: image, disk, keys, first boot",
	.description =
		"Does what is still missing: downloads or makes the image (once for all\n"
		"projects), makes this VM's disk and keys, and boots it once with cloud-init,\n"
		"which adds the user, the key and the lab's agent. Without --image the\n"
		"configured one is taken; with none configured ubuntu-22.04, or, where its\n"
		"host cannot be reached, debian, which is made on this machine.",
	.exits = "  8   the image cannot be had, or the guest does not come up\n",
	.examples = "  vexvm setup\n  vexvm setup --image debian --memory 4G\n"
		    "  vexvm setup --name other --image ./my.qcow2\n",
	.options = options,
	.flags = COMMAND_CONF | COMMAND_PROBE | COMMAND_VM_OPTIONS | COMMAND_JSON,
	.run = run,
};
