// SPDX-License-Identifier: GPL-2.0-only
#include <string.h>

#include "lib/clock.h"
#include "lib/fault.h"
#include "lib/json.h"
#include "lib/text.h"
#include "libvm/crash.h"
#include "libvm/explain.h"
#include "libvm/memory.h"
#include "libvm/plan.h"
#include "libvm/qmp.h"
#include "libvm/state.h"
#include "libvm/vmcore.h"
#include "vexvm/action.h"
#include "vexvm/debugger.h"
#include "vexvm/options.h"
#include "vexvm/terminal.h"

#define DUMP_LIMIT_S 600

static char *batch, *vmlinux;

static const GOptionEntry options[] = {
	OPTION_STRING("batch", 0, &batch, "FILE", "Run gdb's commands in it, then end"),
	OPTION_STRING("vmlinux", 0, &vmlinux, "FILE", "The kernel with debug information"),
	{ NULL }
};

/* As `vexvm explain` has them. */
static void add_findings(JsonBuilder *b, const struct crash *c)
{
	g_autoptr(JsonNode) node = explain_to_json(c->findings);

	json_builder_set_member_name(b, "findings");
	json_builder_add_value(b, json_object_dup_member(json_node_get_object(node), "findings"));
}

/* With @words the whole report. */
static void add_crash(JsonBuilder *b, const struct crash *c, const char *words)
{
	g_autoptr(GPtrArray) modules = crash_placed(c);
	g_autoptr(JsonArray) array = placed_array(modules);

	json_builder_begin_object(b);
	json_add_string(b, "id", c->id);
	json_add_string(b, "folder", c->folder);
	json_add_string(b, "started", c->started);
	json_add_string(b, "modules", c->modules);
	json_add_string(b, "kernel", c->kernel);
	json_add_string(b, "verdict", c->verdict);
	json_add_string(b, "where", c->where);
	json_add_string(b, "vmcore", c->core);
	json_add_int(b, "bytes", (gint64)c->bytes);
	if (words) {
		json_add_string(b, "words", words);
		json_builder_set_member_name(b, "placed");
		json_builder_add_value(b, json_node_init_array(json_node_alloc(), array));
		add_findings(b, c);
	}
	json_builder_end_object(b);
}

static void print_escaped(const char *format_before, const char *foreign)
{
	g_autofree char *text = text_escape(foreign, -1);

	terminal_print("%s%s\n", format_before, text);
}

static int list(struct cli *cli, GError **error)
{
	g_autoptr(GPtrArray) crashes = crash_list(cli->conf);
	g_autoptr(JsonBuilder) b = json_builder_new();

	json_builder_begin_array(b);
	for (guint i = 0; i < crashes->len; i++) {
		const struct crash *c = crashes->pdata[i];
		g_autofree char *size = c->core ? text_size(c->bytes) : g_strdup(c->pruned ? "pruned" : "-");
		g_autofree char *verdict = text_escape(c->verdict, -1), *modules = text_escape(c->modules, -1);

		add_crash(b, c, NULL);
		if (!cli->json)
			terminal_print("%s  %8s  %s: %s\n", c->id, size, modules, verdict);
	}
	json_builder_end_array(b);
	if (cli->json)
		terminal_print_json(json_builder_get_root(b));
	else if (!crashes->len)
		terminal_print("No run that is kept broke its kernel\n");
	return 0;
}

static void print_placed(const struct crash *c)
{
	g_autoptr(GPtrArray) modules = crash_placed(c);

	for (guint i = 0; i < modules->len; i++) {
		const struct placed *m = modules->pdata[i];

		print_escaped("module    ", m->name);
		for (guint k = 0; k < m->names->len; k++) {
			g_autofree char *name = text_escape(m->names->pdata[k], -1);

			terminal_print("          0x%" G_GINT64_MODIFIER "x %s\n",
				       g_array_index(m->addresses, guint64, k), name);
		}
	}
}

static void print_crash(const struct crash *c, const char *words)
{
	g_autofree char *size = text_size(c->bytes);

	terminal_print("run       %s\ntime      %s\n", c->id, c->started);
	print_escaped("modules   ", c->modules);
	print_escaped("kernel    ", c->kernel);
	print_escaped("verdict   ", c->verdict);
	/* A hang may be all that is known. */
	if (*c->where)
		print_escaped("where     ", c->where);
	if (c->core)
		terminal_print("vmcore    %s (%s)\n", c->core, size);
	else if (c->pruned)
		terminal_print("vmcore    pruned: newer ones took its place (keep= and total= in [crash] of vexvm.conf)\n");
	else
		terminal_print("vmcore    none was kept%s\n",
			       c->went_on ? ": the kernel did not panic, and went on" : "");
	print_placed(c);
	for (guint i = 0; i < c->findings->len; i++) {
		g_autofree char *text = explain_text(c->findings->pdata[i]), *safe = text_escape(text, -1);

		terminal_print("\n%s", safe);
	}
	if (c->findings->len)
		terminal_print("\nThe lines are those of %s/kmsg.jsonl\n", c->folder);
	if (*words)
		terminal_print("\nThe kernel's last words:\n");
	terminal_print_foreign(words, strlen(words));
}

static int show(struct cli *cli, GError **error)
{
	g_autoptr(crash_owner) crash = crash_find(cli->conf, cli->n_args > 1 ? cli->args[1] : NULL, error);
	g_autofree char *words = crash ? crash_last_words(crash) : NULL;
	g_autoptr(JsonBuilder) b = json_builder_new();

	if (!crash)
		return -1;
	if (!cli->json) {
		print_crash(crash, words);
		return 0;
	}
	add_crash(b, crash, words);
	terminal_print_json(json_builder_get_root(b));
	return 0;
}

/* gdb reads the kernel's own addresses, which only the ELF format has. */
static bool check_core(const struct crash *crash, GError **error)
{
	if (crash->pruned)
		return fault_set(error, LAB_ERROR_USAGE, "the guest's memory in run %s is pruned: newer ones took its "
				 "place; keep= and total= in [crash] of vexvm.conf say how many may be there", crash->id);
	if (!crash->core)
		return fault_set(error, LAB_ERROR_USAGE, "the guest's memory was not kept in run %s%s", crash->id,
				 crash->went_on ? ": the kernel went on" : "");
	return g_str_equal(state_string(crash->about, "format", ""), "elf") ||
	       fault_set(error, LAB_ERROR_USAGE, "%s is for crash(8): 'crash VMLINUX %s'; with format=elf in "
			 "[crash] of vexvm.conf the next one is for gdb", crash->core, crash->core);
}

static int debug(struct cli *cli, GError **error)
{
	g_autoptr(crash_owner) crash = crash_find(cli->conf, cli->n_args > 1 ? cli->args[1] : NULL, error);
	g_autofree char *kernel = NULL, *source = NULL, *text = NULL;
	g_autoptr(GPtrArray) placed = NULL;
	struct gdb_script script = { 0 };
	struct kallsyms symbols;

	if (!crash || !check_core(crash, error))
		return -1;
	kallsyms_get(crash->about, &symbols);
	kernel = debugger_vmlinux(cli, vmlinux, crash->kernel, error);
	if (*error || (kernel && !gdb_kernel_offset(kernel, &symbols, &script.vmlinux_offset, error)))
		return -1;
	placed = crash_placed(crash);
	script.core = crash->core;
	script.vmlinux = kernel;
	script.placed = placed;
	source = debugger_source(cli, crash->result);
	script.source = source;
	text = gdb_script(&script, error);
	return text ? debugger_run(cli, text, batch, error) : -1;
}

/* A VM that hangs, or stands still, is one. */
static bool check_runs(struct cli *cli, GError **error)
{
	if (!vm_status(cli->conf, &cli->status, error))
		return false;
	return (cli->status.phase != VM_ABSENT && cli->status.phase != VM_STOPPED) ||
	       fault_set(error, LAB_ERROR_LAB, "VM '%s' is not running; run 'vexvm start' first", cli->conf->name);
}

static int dump(struct cli *cli, GError **error)
{
	g_autofree char *path = g_canonicalize_filename(cli->n_args > 1 ? cli->args[1] : VMCORE_FILE, NULL);
	g_autofree char *socket = plan_runtime_path(cli->conf, "qmp");
	g_autoptr(qmp_owner) qmp = NULL;
	g_autofree char *size = NULL;
	struct vmcore core;

	if (!check_runs(cli, error))
		return -1;
	qmp = qmp_open(socket, clock_in(DUMP_LIMIT_S), error);
	if (!qmp || !vmcore_dump(cli->conf, qmp, path, clock_in(DUMP_LIMIT_S), &core, error))
		return -1;
	size = text_size(core.bytes);
	terminal_print("%s: %s of %s in %.1f s\n", path, size, core.format, core.seconds);
	return 0;
}

static const struct action actions[] = {
	{ "list", ACTION_ALONE, list },
	{ "show", ACTION_MAY_HAVE, show },
	{ "gdb", ACTION_MAY_HAVE, debug },
	{ "dump", ACTION_MAY_HAVE, dump },
	{ NULL }
};

static int run(struct cli *cli, GError **error)
{
	return action_run(cli, actions, error);
}

const struct command cmd_crash = {
	.name = "crash",
	.args = "[list | show [RUN] | gdb [RUN] | dump [FILE]]",
	.summary = "Look at runs that broke their kernel, and at its memory",
	.description =
		"list shows the runs that are kept and broke their kernel, newest first, with the\n"
		"size of its memory where that was kept (vmcore in the run's folder): of one that\n"
		"panicked or hung, not of one that went on after its fault; 'pruned' where newer ones\n"
		"took its place. show is the whole report of one, of the newest if none is named:\n"
		"each fault with its trace, and the kernel's last words; gdb opens the memory, which\n"
		"needs format=elf in [crash] of vexvm.conf(5). dump writes the memory of the VM as it\n"
		"is now to FILE (default: vmcore); it stands still meanwhile.",
	.examples =
		"  vexvm crash\n"
		"  vexvm crash show 20260131-120000-001\n"
		"  vexvm crash dump /tmp/vmcore\n",
	.options = options,
	.flags = COMMAND_CLONE | COMMAND_CONF | COMMAND_JSON,
	.max_args = 2,
	.run = run,
};
