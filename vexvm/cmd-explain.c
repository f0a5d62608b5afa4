// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "lib/fault.h"
#include "lib/fd.h"
#include "lib/text.h"
#include "libvm/explain.h"
#include "libvm/locate.h"
#include "libvm/log-read.h"
#include "vexvm/command.h"
#include "vexvm/options.h"
#include "vexvm/terminal.h"

static char **modules, *vmlinux;

static const GOptionEntry options[] = {
	OPTION_STRINGS("module", 0, &modules, "KO", "A module of the log's, with its debug information; may be repeated"),
	OPTION_STRING("vmlinux", 0, &vmlinux, "FILE", "The log's kernel, with its debug information"),
	{ NULL }
};

/* What was named has to be of use. */
static bool check(struct symbols *symbols, GError **error)
{
	g_autoptr(GError) problem = NULL;

	return symbols_check(symbols, &problem) ||
	       fault_set(error, LAB_ERROR_USAGE, "%s", problem->message);
}

/*
 * Lines of source, for the places in what was named, and in a run's own modules where none was:
 * what these cannot tell is no fault of the call's.
 */
static bool locate(const GPtrArray *findings, const char *log, GError **error)
{
	g_autoptr(explain_run_owner) kept = explain_run_of(log);
	g_autofree char *cwd = g_get_current_dir();
	const char *home = kept && kept->tree.original ? kept->tree.original : cwd;
	g_autoptr(symbols_owner) symbols = symbols_new(home);

	symbols_add_folder(symbols, CONF_MOUNT_POINT, home);
	symbols_add_folder(symbols, BUILD_GUEST_COPY, home);
	for (char **module = modules; module && *module; module++)
		symbols_add_module(symbols, *module);
	if (vmlinux)
		symbols_set_vmlinux(symbols, vmlinux);
	if (!check(symbols, error))
		return false;
	for (guint i = 0; kept && !modules && i < kept->modules->len; i++)
		symbols_add_module(symbols, kept->modules->pdata[i]);
	for (guint i = 0; (modules || vmlinux || kept) && i < findings->len; i++) {
		if (kept && kept->tree.original)
			locate_map(findings->pdata[i], &kept->tree);
		locate_finding(findings->pdata[i], symbols, home);
	}
	return true;
}

static bool read_log(struct oops *oops, const char *name, GError **error)
{
	auto_fd fd = -1;

	if (g_str_equal(name, "-"))
		return log_read(oops, STDIN_FILENO, "the standard input", error);
	fd = open(name, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return fault_set_errno(error, LAB_ERROR_USAGE, errno, "cannot read %s", name);
	return log_read(oops, fd, name, error);
}

/* A run keeps both; where code was that is unloaded stands in the kernel's log alone. */
static void note_records(const struct cli *cli, const char *name)
{
	g_autofree char *file = g_path_get_basename(name), *folder = g_path_get_dirname(name);
	g_autofree char *records = g_build_filename(folder, "kmsg.jsonl", NULL);

	if (g_str_equal(file, "console.log") && g_file_test(records, G_FILE_TEST_IS_REGULAR))
		progress_note(cli->progress, "%s tells more: a console leaves lines out, as where unloaded code was",
			      records);
}

static void print(const struct oops *oops, const GPtrArray *findings)
{
	for (guint i = 0; i < findings->len; i++) {
		g_autofree char *text = explain_text(findings->pdata[i]);
		g_autofree char *safe = text_escape(text, -1);

		terminal_print("%s\n", safe);
	}
	if (!findings->len)
		terminal_print("No fault of the kernel's in %" G_GUINT64_FORMAT " line%s\n", oops_lines(oops),
			       oops_lines(oops) == 1 ? "" : "s");
	if (oops_dropped(oops))
		terminal_print("%" G_GUINT64_FORMAT " more are not shown\n", oops_dropped(oops));
}

static int run(struct cli *cli, GError **error)
{
	g_autoptr(oops_owner) oops = oops_new();
	GPtrArray *findings;

	if (!read_log(oops, cli->args[0], error))
		return -1;
	findings = oops_findings(oops);
	if (findings->len)
		note_records(cli, cli->args[0]);
	if (!locate(findings, cli->args[0], error))
		return -1;
	if (cli->json)
		terminal_print_json(explain_to_json(findings));
	else
		print(oops, findings);
	return findings->len ? LAB_ERROR_KERNEL : 0;
}

const struct command cmd_explain = {
	.name = "explain",
	.args = "FILE|-",
	.summary = "Say what faults a kernel's log tells of",
	.description =
		"Reads a run's kmsg.jsonl, a console's log, dmesg's output, a syslog or what\n"
		"journalctl shows, from FILE or the standard input, which gzip, xz or zstd may\n"
		"have packed, and says for each fault of the kernel's what it is, in which\n"
		"function and task, in which lines of the log, and how often it came. In the call\n"
		"trace an arrow marks the function that is to blame; \"?\" marks addresses that\n"
		"only lay on the stack. With --module and --vmlinux the places have file and line.\n"
		"Where FILE lies in a run's folder, the modules are those that the run left there.\n"
		"The hash is the same for the same fault in other logs.\n"
		"Needs no VM. The exit status is 0 when the log tells of no fault.",
	.examples =
		"  vexvm explain .vexvm/default/runs/latest/kmsg.jsonl\n"
		"  journalctl -k | vexvm explain -\n"
		"  vexvm explain --json dmesg.txt.gz\n"
		"  vexvm explain --module=vexfs/vexfs.ko console.log\n",
	.options = options,
	.flags = COMMAND_JSON,
	.min_args = 1,
	.max_args = 1,
	.run = run,
};
