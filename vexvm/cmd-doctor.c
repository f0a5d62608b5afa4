// SPDX-License-Identifier: GPL-2.0-only
#include "lib/fault.h"
#include "lib/json.h"
#include "lib/text.h"
#include "libvm/doctor.h"
#include "vexvm/command.h"
#include "vexvm/terminal.h"

static void print_check(const struct doctor_check *check)
{
	static const enum terminal_style styles[] = { STYLE_GOOD, STYLE_WARN, STYLE_BAD };
	g_autofree char *detail = text_escape(check->detail, -1);

	terminal_print("%s%-5s%s %-12s %s\n", terminal_style(styles[check->verdict]),
		       doctor_verdict_name(check->verdict), terminal_style(STYLE_PLAIN),
		       check->name, detail);
	if (check->remedy)
		terminal_print("%-18s -> %s\n", "", check->remedy);
}

static void print_json(const GPtrArray *checks)
{
	g_autoptr(JsonBuilder) b = json_builder_new();

	json_builder_begin_object(b);
	json_add_bool(b, "passed", doctor_passed(checks));
	json_builder_set_member_name(b, "checks");
	json_builder_begin_array(b);
	for (guint i = 0; i < checks->len; i++) {
		const struct doctor_check *check = g_ptr_array_index(checks, i);

		json_builder_begin_object(b);
		json_add_string(b, "name", check->name);
		json_add_string(b, "verdict", doctor_verdict_name(check->verdict));
		json_add_string(b, "detail", check->detail);
		json_add_string(b, "remedy", check->remedy);
		json_builder_end_object(b);
	}
	json_builder_end_array(b);
	json_builder_end_object(b);
	terminal_print_json(json_builder_get_root(b));
}

static int run(struct cli *cli, GError **error)
{
	g_autoptr(GPtrArray) checks = doctor_run(cli->conf, cli->progress);

	if (cli->json)
		print_json(checks);
	else
		for (guint i = 0; i < checks->len; i++)
			print_check(g_ptr_array_index(checks, i));
	return doctor_passed(checks) ? 0 : LAB_ERROR_LAB;
}

const struct command cmd_doctor = {
	.name = "doctor",
	.args = "",
	.summary = "Check what this host can do and what it lacks",
	.description =
		"Looks at QEMU, boots a probe guest to see whether KVM really works, and\n"
		"checks the other programs, disk space, memory and ports that the lab uses, and\n"
		"tells what the last selfcheck of the detectors found.\n"
		"Every warning and failure comes with the words that mend it.",
	.exits = "  8   something without which no VM can run is missing\n",
	.examples = "  vexvm doctor\n  vexvm doctor --json\n",
	.flags = COMMAND_CONF | COMMAND_VM_OPTIONS | COMMAND_JSON,
	.run = run,
};
