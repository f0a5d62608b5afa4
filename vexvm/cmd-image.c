// SPDX-License-Identifier: GPL-2.0-only
#include "lib/fault.h"
#include "lib/json.h"
#include "lib/text.h"
#include "vexvm/action.h"
#include "vexvm/terminal.h"

static void add_image(JsonBuilder *b, const struct image *image)
{
	json_builder_begin_object(b);
	json_add_string(b, "name", image->name);
	json_add_string(b, "id", image->id);
	json_add_string(b, "release", image->release);
	json_add_string(b, "kernel", image->kernel_release);
	json_add_string(b, "disk", image->disk);
	json_add_string(b, "sysroot", image->sysroot);
	json_builder_end_object(b);
}

static void print_image(const struct image *image)
{
	terminal_print("%-16s %s%s%s%s%s\n", image->id, image->name,
		       image->release ? "  " : "", image->release ? image->release : "",
		       image->kernel_release ? ", Linux " : "",
		       image->kernel_release ? image->kernel_release : "");
}

static int show(struct cli *cli, const struct image *image)
{
	g_autoptr(JsonBuilder) b = json_builder_new();

	if (!cli->json) {
		print_image(image);
		return 0;
	}
	add_image(b, image);
	terminal_print_json(json_builder_get_root(b));
	return 0;
}

static int list(struct cli *cli, GError **error)
{
	g_autoptr(GPtrArray) images = image_list(cli->conf, error);
	g_autoptr(JsonBuilder) b = json_builder_new();

	if (!images)
		return -1;
	json_builder_begin_array(b);
	for (guint i = 0; i < images->len; i++) {
		add_image(b, images->pdata[i]);
		if (!cli->json)
			print_image(images->pdata[i]);
	}
	json_builder_end_array(b);
	if (cli->json)
		terminal_print_json(json_builder_get_root(b));
	else if (images->len == 0)
		terminal_print("No image yet; 'vexvm setup' or 'vexvm image make' gets one\n");
	return 0;
}

static int make(struct cli *cli, GError **error)
{
	g_autofree char *spec = cli->n_args > 1 ? conf_image(cli->args[1], NULL) : NULL;
	g_autoptr(image_owner) image =
		image_ensure(cli->conf, spec ? spec : cli->conf->image, cli->progress, error);

	return image ? show(cli, image) : -1;
}

static int remove_one(struct cli *cli, GError **error)
{
	if (!image_remove(cli->conf, cli->args[1], error))
		return -1;
	if (!cli->json)
		terminal_print("Removed the image %s\n", cli->args[1]);
	return 0;
}

static int verify(struct cli *cli, GError **error)
{
	g_autoptr(image_owner) image = image_load(cli->conf, cli->args[1], error);

	return image && image_verify(image, cli->progress, error) ? show(cli, image) : -1;
}

static const struct action actions[] = {
	{ "list", ACTION_ALONE, list },
	{ "make", ACTION_MAY_HAVE, make },
	{ "remove", ACTION_NEEDS, remove_one },
	{ "verify", ACTION_NEEDS, verify },
	{ NULL }
};

static int run(struct cli *cli, GError **error)
{
	return action_run(cli, actions, error);
}

const struct command cmd_image = {
	.name = "image",
	.args = "[list | make [IMAGE] | remove IMAGE | verify IMAGE]",
	.summary = "List, make, remove and verify the images in the cache",
	.description =
		"IMAGE is debian, ubuntu-22.04, the address of a cloud image, a file, or the ID\n"
		"that 'list' shows. 'make' gets it if the cache does not have it; without\n"
		"IMAGE the configured or the default one. 'verify' reads all of it and compares\n"
		"it with its checksum; an image made here has none.",
	.examples =
		"  vexvm image\n"
		"  vexvm image make debian\n"
		"  vexvm image remove ubuntu-22.04\n",
	.flags = COMMAND_CONF | COMMAND_JSON,
	.max_args = 2,
	.run = run,
};
