// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <signal.h>
#include <unistd.h>

#include "lib/clock.h"
#include "lib/fault.h"
#include "libvm/ssh.h"
#include "vexvm/command.h"
#include "vexvm/options.h"
#include "vexvm/terminal.h"

/* The longest boot under emulation, with room. */
#define BOOT_LIMIT_S 600

static gboolean show_config;

static const GOptionEntry options[] = {
	OPTION_FLAG("config", 0, &show_config, "Print an ssh_config of the VM for other programs"),
	{ NULL }
};

/* A guest that has not come up yet is waited for. */
static bool await_boot(const struct cli *cli, GError **error)
{
	gint64 deadline = clock_in(BOOT_LIMIT_S);

	if (cli->status.phase != VM_BOOTING)
		return true;
	progress_note(cli->progress, "VM '%s' is still booting, waiting for its SSH server",
		      cli->conf->name);
	return ssh_await(cli->status.ssh_port, deadline, error);
}

static int run(struct cli *cli, GError **error)
{
	g_auto(GStrv) argv = NULL;
	bool tty = terminal_is_tty(STDIN_FILENO) &&
		   (!cli->n_args || terminal_is_tty(STDOUT_FILENO));

	if (!cli->status.ssh_port) {
		fault_set(error, LAB_ERROR_LAB, "VM '%s' has no SSH port", cli->conf->name);
		return -1;
	}
	if (show_config) {
		g_autofree char *text = ssh_config_text(cli->conf, cli->status.ssh_port);

		terminal_print("%s", text);
		return 0;
	}
	if (!await_boot(cli, error))
		return -1;
	argv = ssh_argv(cli->conf, cli->status.ssh_port, tty,
			cli->n_args ? (const char *const *)cli->args : NULL);
	signal(SIGPIPE, SIG_DFL);
	execvp(argv[0], argv);
	fault_set_errno(error, LAB_ERROR_LAB, errno, "cannot run %s (package openssh-client)",
			argv[0]);
	return -1;
}

const struct command cmd_ssh = {
	.name = "ssh",
	.args = "[COMMAND [WORD...]]",
	.summary = "Log in to the VM, or run a command there, as user vexfs",
	.description =
		"OpenSSH with the VM's own key and known host. As with ssh, the words are joined\n"
		"by blanks and read by the guest's shell. Nothing after the first word is an\n"
		"option of vexvm.",
	.exits =
		"  The command's own exit status is passed through; 255 is ssh's own failure.\n",
	.examples =
		"  vexvm ssh\n"
		"  vexvm ssh uname -a\n"
		"  vexvm ssh \"cd /mnt/vexfs_source && ls\"\n"
		"  vexvm ssh --config >ssh_config && scp -F ssh_config file vexvm:\n",
	.options = options,
	.flags = COMMAND_CLONE | COMMAND_CONF | COMMAND_RUNNING | COMMAND_TAIL,
	.max_args = COMMAND_ANY_ARGS,
	.run = run,
};
