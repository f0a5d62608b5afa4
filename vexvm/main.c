// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <signal.h>
#include <unistd.h>

#include "lib/fault.h"
#include "lib/json.h"
#include "vexvm/command.h"
#include "vexvm/options.h"
#include "vexvm/terminal.h"

const struct command *const commands[] = {
	&cmd_setup,
	&cmd_start,
	&cmd_stop,
	&cmd_status,
	&cmd_ssh,
	&cmd_exec,
	&cmd_log,
	&cmd_monitor,
	&cmd_gdb,
	&cmd_crash,
	&cmd_run,
	&cmd_test,
	&cmd_watch,
	&cmd_explain,
	&cmd_build,
	&cmd_ffi_check,
	&cmd_bench,
	&cmd_reset,
	&cmd_image,
	&cmd_kernel,
	&cmd_doctor,
	&cmd_selfcheck,
	&cmd_clean,
	&cmd_help,
	NULL
};

bool cli_load_conf(struct cli *cli, GError **error)
{
	g_autofree char *cwd = g_get_current_dir();

	if (global.project && !g_file_test(global.project, G_FILE_TEST_IS_DIR))
		return fault_set(error, LAB_ERROR_USAGE, "--project %s: no such folder", global.project);
	cli->conf = conf_new(global.project ? global.project : cwd, cli->name, error);
	return cli->conf != NULL;
}

static void cli_clear(struct cli *cli)
{
	conf_free(cli->conf);
	probe_free(cli->probe);
	vm_status_clear(&cli->status);
}

static bool check_status(struct cli *cli, GError **error)
{
	const char *name = cli->conf->name;

	if (!vm_status(cli->conf, &cli->status, error))
		return false;
	if (cli->status.phase == VM_ABSENT)
		return fault_set(error, LAB_ERROR_LAB,
				 "VM '%s' is not set up; run 'vexvm setup' first", name);
	if (cli->status.phase == VM_STOPPED && (cli->command->flags & COMMAND_RUNNING))
		return fault_set(error, LAB_ERROR_LAB,
				 "VM '%s' is not running; run 'vexvm start' first", name);
	return true;
}

/* Everything that the command's flags ask for. */
static bool prepare(struct cli *cli, GError **error)
{
	guint flags = cli->command->flags;

	if (cli->json && !(flags & COMMAND_JSON))
		return fault_set(error, LAB_ERROR_USAGE, "'%s' has no JSON output",
				 cli->command->name);
	if ((flags & COMMAND_CONF) && !cli_load_conf(cli, error))
		return false;
	if (cli->conf && conf_is_clone(cli->conf) && !(flags & COMMAND_CLONE))
		return fault_set(error, LAB_ERROR_USAGE, "%s: '%s' is a clone, which can be looked at (status, "
				 "ssh, exec, log, monitor, gdb, crash) and stopped", cli->command->name, cli->conf->name);
	if ((flags & COMMAND_VM_OPTIONS) && !options_vm_apply(cli->conf, error))
		return false;
	if ((flags & (COMMAND_SET_UP | COMMAND_RUNNING)) && !check_status(cli, error))
		return false;
	if (flags & COMMAND_PROBE)
		cli->probe = probe_new(cli->conf, cli->progress, error);
	return !(flags & COMMAND_PROBE) || cli->probe;
}

static bool check_args(const struct cli *cli, GError **error)
{
	const struct command *command = cli->command;

	if (cli->n_args < command->min_args)
		return fault_set(error, LAB_ERROR_USAGE, "%s: give %s; see --help", command->name,
				 command->args);
	return cli->n_args <= command->max_args ||
	       fault_set(error, LAB_ERROR_USAGE, "%s: '%s' is one argument too many; see --help",
			 command->name, cli->args[command->max_args]);
}

static int command_run(struct cli *cli, GError **error)
{
	g_autofree char *help = NULL;

	if (global.help) {
		help = command_help(cli->command);
		terminal_print("%s", help);
		return 0;
	}
	if (!check_args(cli, error))
		return -1;
	return prepare(cli, error) ? cli->command->run(cli, error) : -1;
}

/* Applies the options that every command has. */
static bool apply_global(struct cli *cli, GError **error)
{
	static const char *const colors[] = { "auto", "always", "never", NULL };

	if (global.color && !g_strv_contains(colors, global.color))
		return fault_set(error, LAB_ERROR_USAGE,
				 "--color: '%s' is none of auto, always and never", global.color);
	terminal_init(global.color, global.quiet, global.verbose);
	if (global.cache) {
		g_autofree char *cache = g_canonicalize_filename(global.cache, NULL);

		g_setenv("VEXVM_CACHE", cache, TRUE);
	}
	if (global.dir && chdir(global.dir) < 0)
		return fault_set_errno(error, LAB_ERROR_USAGE, errno, "cannot enter %s", global.dir);
	cli->json = global.json;
	cli->quiet = global.quiet;
	cli->verbose = global.verbose;
	cli->name = global.name;
	cli->progress = terminal_progress();
	return true;
}

static int dispatch(struct cli *cli, int argc, char **argv, GError **error)
{
	const GOptionEntry *tables[4] = { options_global };
	guint n = 1;

	if (!options_parse(tables, true, &argv, &argc, error))
		return -1;
	if (argc < 2 || global.version) {
		g_autofree char *text = global.version ? g_strdup("vexvm " VEXVM_VERSION "\n") :
						       command_overview();

		terminal_print("%s", text);
		return argc < 2 && !global.version && !global.help ? LAB_ERROR_USAGE : 0;
	}
	cli->command = command_find(argv[1], error);
	if (!cli->command)
		return -1;
	if (cli->command->options)
		tables[n++] = cli->command->options;
	if (cli->command->flags & COMMAND_VM_OPTIONS)
		tables[n++] = options_vm;
	argv++;
	argc--;
	if (!options_parse(tables, cli->command->flags & COMMAND_TAIL, &argv, &argc, error) ||
	    !apply_global(cli, error))
		return -1;
	cli->args = argv + 1;
	cli->n_args = (guint)argc - 1;
	return command_run(cli, error);
}

static void report(bool json, const GError *error)
{
	g_autoptr(JsonBuilder) builder = NULL;

	if (!json) {
		terminal_error(error->message);
		return;
	}
	builder = json_builder_new();
	json_builder_begin_object(builder);
	json_add_string(builder, "error", error->message);
	json_add_int(builder, "code", fault_exit_status(error));
	json_builder_end_object(builder);
	terminal_print_json(json_builder_get_root(builder));
}

int main(int argc, char **argv)
{
	bool json = g_strv_contains((const char *const *)argv, "--json");
	g_autoptr(GError) error = NULL;
	struct cli cli = { .name = NULL };
	int status;

	/* A peer that goes away is an error of write(2). */
	signal(SIGPIPE, SIG_IGN);
	g_set_prgname("vexvm");
	terminal_init(NULL, false, false);
	status = dispatch(&cli, argc, argv, &error);
	if (!error)
		terminal_flush(&error);
	if (error) {
		/* Options that were not understood had no effect on global. */
		report(cli.args ? global.json : json, error);
		status = fault_exit_status(error);
	}
	cli_clear(&cli);
	return status;
}
