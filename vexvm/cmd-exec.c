// SPDX-License-Identifier: GPL-2.0-only
#include <signal.h>

#include "lib/clock.h"
#include "lib/fault.h"
#include "libvm/guest.h"
#include "vexvm/command.h"
#include "vexvm/interrupt.h"
#include "vexvm/options.h"
#include "vexvm/terminal.h"

#define OPEN_LIMIT_S 60

static char *cwd, **env;
static int timeout_s = OPTION_UNSET;

static const GOptionEntry options[] = {
	OPTION_STRING("cwd", 0, &cwd, "DIR", "Run it in this folder of the guest (default: /)"),
	OPTION_STRINGS("env", 0, &env, "NAME=VALUE", "Add to its environment; may be repeated"),
	OPTION_INT("timeout", 0, &timeout_s, "SECONDS", "End it after this long (default: never)"),
	{ NULL }
};

static void sink(void *data, int fd, const char *bytes, gsize size)
{
	terminal_write(fd, bytes, size);
}

/* The user has had enough: the command is ended. */
static bool on_interrupt(void *data)
{
	return false;
}

static bool check_options(GError **error)
{
	if (timeout_s != OPTION_UNSET && timeout_s < 1)
		return fault_set(error, LAB_ERROR_USAGE, "--timeout: give a number of seconds above 0");
	for (guint i = 0; env && env[i]; i++)
		if (env[i][0] == '=' || !strchr(env[i], '='))
			return fault_set(error, LAB_ERROR_USAGE, "--env: '%s' is not NAME=VALUE", env[i]);
	return true;
}

static int exit_status(const struct guest_result *result)
{
	if (interrupt_signal())
		return 128 + interrupt_signal();
	if (result->timed_out)
		return LAB_ERROR_TIMEOUT;
	return result->signal ? 128 + result->signal : result->status;
}

static int run(struct cli *cli, GError **error)
{
	gint64 deadline = clock_in(OPEN_LIMIT_S);
	struct guest_result result = { 0 };
	struct guest_exec exec = {
		.argv = (const char *const *)cli->args,
		.env = (const char *const *)env,
		.cwd = cwd,
		.sink = sink,
		.watch_fd = interrupt_fd(),
		.interrupt = on_interrupt,
	};
	struct guest *guest;
	int status = -1;

	if (!check_options(error))
		return -1;
	exec.timeout_s = timeout_s == OPTION_UNSET ? 0 : (guint)timeout_s;
	guest = guest_open(cli->conf, deadline, error);
	if (!guest)
		return -1;
	if (guest_exec(guest, &exec, &result, error)) {
		status = exit_status(&result);
		if (result.timed_out && !interrupt_signal())
			progress_note(cli->progress, "'%s' was ended at its limit of %d s",
				      cli->args[0], timeout_s);
	}
	guest_result_clear(&result);
	guest_free(guest);
	return status;
}

const struct command cmd_exec = {
	.name = "exec",
	.args = "[--] COMMAND [ARGUMENT...]",
	.summary = "Run a program in the VM as root, without a shell",
	.description =
		"Goes by the lab's agent, so it works when the guest's network does not. The\n"
		"arguments arrive as they are given; nothing after COMMAND is an option of\n"
		"vexvm. Standard input is empty. Output comes as it is written.",
	.exits =
		"  The program's own exit status is passed through, 128+N when signal N ended it,\n"
		"  7 at the time limit. A program may use the same numbers as the lab: an error of\n"
		"  the lab's (8) is told from it by the line \"vexvm: ...\" on stderr.\n",
	.examples =
		"  vexvm exec -- dmesg --level=err,warn\n"
		"  vexvm exec --cwd=/mnt/vexfs_source --timeout=60 -- make -j2\n"
		"  vexvm exec -- sh -c 'cat /proc/modules | wc -l'\n",
	.options = options,
	.flags = COMMAND_CLONE | COMMAND_CONF | COMMAND_RUNNING | COMMAND_TAIL,
	.min_args = 1,
	.max_args = COMMAND_ANY_ARGS,
	.run = run,
};
