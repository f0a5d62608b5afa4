// SPDX-License-Identifier: GPL-2.0-only
#include "lib/fault.h"
#include "lib/json.h"
#include "libvm/ffi-check.h"
#include "libvm/ffi-verdict.h"
#include "vexvm/command.h"
#include "vexvm/options.h"
#include "vexvm/terminal.h"

static char *source, *headers;
static char **objects;

static const GOptionEntry options[] = {
	OPTION_STRINGS("object", 0, &objects, "FILE", "Check this object or module instead; may be repeated"),
	OPTION_STRING("headers", 0, &headers, "DIR", "The kernel headers that the --object is for"),
	OPTION_STRING("source", 0, &source, "DIR", "Check the module in this folder"),
	{ NULL }
};

static void add_check(JsonBuilder *b, const struct ffi_verdict *v)
{
	json_builder_begin_object(b);
	json_add_string(b, "name", v->name);
	json_add_string(b, "verdict", outcome_name(v->outcome));
	json_builder_set_member_name(b, "details");
	json_builder_begin_array(b);
	for (guint i = 0; i < v->details->len; i++)
		json_builder_add_string_value(b, v->details->pdata[i]);
	json_builder_end_array(b);
	json_add_int(b, "more", v->more);
	json_add_string(b, "remedy", v->remedy);
	json_add_string(b, "output", v->subtest);
	json_builder_end_object(b);
}

static void print_json(const GPtrArray *verdicts, int status)
{
	g_autoptr(JsonBuilder) b = json_builder_new();

	json_builder_begin_object(b);
	json_add_bool(b, "passed", status == 0);
	json_add_int(b, "code", status);
	json_builder_set_member_name(b, "checks");
	json_builder_begin_array(b);
	for (guint i = 0; i < verdicts->len; i++)
		add_check(b, verdicts->pdata[i]);
	json_builder_end_array(b);
	json_builder_end_object(b);
	terminal_print_json(json_builder_get_root(b));
}

static GPtrArray *check(struct cli *cli, int *ret_status, GError **error)
{
	if (objects && source) {
		fault_set(error, LAB_ERROR_USAGE, "--object and --source: give one of them");
		return NULL;
	}
	if (objects)
		return ffi_check_files(objects, headers, ret_status, error);
	if (headers) {
		fault_set(error, LAB_ERROR_USAGE, "--headers: the module's are the image's; only --object can have others");
		return NULL;
	}
	if (source && !*source) {
		fault_set(error, LAB_ERROR_USAGE, "--source: give a folder");
		return NULL;
	}
	if (!cli_load_conf(cli, error) || (source && !conf_set_source(cli->conf, source, error)))
		return NULL;
	/* What is true of a module for the image's kernel is what its users get. */
	g_clear_pointer(&cli->conf->kernel, g_free);
	return ffi_check_project(cli->conf, cli->progress, ret_status, error);
}

static int run(struct cli *cli, GError **error)
{
	int status = 0;
	g_autoptr(GPtrArray) verdicts = check(cli, &status, error);
	g_autofree char *text = NULL;

	if (!verdicts)
		return -1;
	if (cli->json) {
		print_json(verdicts, status);
		return status;
	}
	text = ffi_verdicts_ktap(verdicts);
	terminal_print("%s", text);
	return status;
}

const struct command cmd_ffi_check = {
	.name = "ffi-check",
	.args = "",
	.summary = "Check the border between a module's C and foreign code",
	.description =
		"Builds the module in the image's user land, without a VM, and looks at the\n"
		"foreign object that [ffi] in vexvm.conf names and at the finished module: symbols\n"
		"against the ABI table, imports, panics, sections, relocations, registers, stack,\n"
		"mitigations, objtool's tables, license. Then it runs the project's test program.\n"
		"With --object it looks at files that are there already, by all rules that need\n"
		"to know nothing of a project. Prints KTAP; below each failure stands where it is\n"
		"and what to do.",
	.exits =
		"  1   a check failed\n"
		"  3   the module does not build\n",
	.examples =
		"  vexvm ffi-check\n"
		"  vexvm ffi-check --json\n"
		"  vexvm ffi-check --object=core.o --headers=/usr/src/linux-headers-6.1.0-56-amd64\n",
	.options = options,
	.flags = COMMAND_JSON,
	.run = run,
};
