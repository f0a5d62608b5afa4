// SPDX-License-Identifier: GPL-2.0-only
#include "libvm/run.h"
#include "vexvm/command.h"
#include "vexvm/options.h"
#include "vexvm/test-run.h"

static char *source, *place;

static const GOptionEntry options[] = {
	OPTION_STRING("source", 0, &source, "DIR", "Build the module in this folder"),
	OPTION_STRING("build", 0, &place, "PLACE", "Build in: sysroot, guest or auto"),
	{ NULL }
};

static int run(struct cli *cli, GError **error)
{
	const struct test_run test = { .mode = "build", .source = source, .place = place, .repeat = 1,
				       .timeout_s = OPTION_UNSET, .confirm = OPTION_UNSET };

	return test_run(cli, &test, error);
}

const struct command cmd_build = {
	.name = "build",
	.args = "",
	.summary = "Build the module for the VM's kernel",
	.description =
		"The same as 'vexvm test build'. Builds on the host, inside the image's own user\n"
		"land (its compiler, its kernel headers), which needs no running VM; in the guest\n"
		"where the image has none on the host.",
	.exits =
		"  3   the module does not build\n",
	.examples =
		"  vexvm build\n"
		"  vexvm build --source=../my-module\n"
		"  vexvm build --build=guest\n",
	.options = options,
	.flags = COMMAND_CONF | COMMAND_VM_OPTIONS | COMMAND_JSON,
	.run = run,
};
