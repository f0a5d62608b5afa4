// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <sys/pidfd.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lib/fault.h"
#include "lib/fd.h"
#include "libvm/plan.h"
#include "vexvm/command.h"
#include "vexvm/follow.h"
#include "vexvm/interrupt.h"
#include "vexvm/launch.h"
#include "vexvm/options.h"
#include "vexvm/status.h"
#include "vexvm/terminal.h"

static gboolean headless, background;

static const GOptionEntry options[] = {
	OPTION_FLAG("headless", 0, &headless, "No window; the screen by VNC only"),
	OPTION_FLAG("background", 0, &background, "Return when the guest is ready; it runs on"),
	{ NULL }
};

static void print_status(const struct cli *cli)
{
	g_autofree char *text = status_text(cli->conf, &cli->status);

	terminal_print("%s", text);
}

/* In a process of its own, which an interrupt ends at any point of the wait. */
static int wait_ready(const struct cli *cli)
{
	const struct vm_start start = { .headless = headless };
	g_autoptr(GError) error = NULL;

	signal(SIGINT, SIG_DFL);
	signal(SIGTERM, SIG_DFL);
	signal(SIGHUP, SIG_DFL);
	if (vm_wait_ready(cli->conf, &start, cli->progress, &error))
		return 0;
	terminal_flush(NULL);
	terminal_error(error->message);
	return fault_exit_status(error);
}

/* Returns the exit status of the wait, 0 also when the user has interrupted. */
static int await_boot(const struct cli *cli, GError **error)
{
	struct pollfd fds[] = { { .events = POLLIN }, { .events = POLLIN } };
	auto_fd process = -1;
	pid_t pid = fork();
	int status = 0;

	if (pid == 0)
		_exit(wait_ready(cli));
	if (pid < 0 || (process = pidfd_open(pid, 0)) < 0) {
		fault_set_errno(error, LAB_ERROR_LAB, errno, "cannot wait for the boot");
		return -1;
	}
	fds[0].fd = process;
	fds[1].fd = interrupt_fd();
	/* The child keeps to the boot's time limit. */
	while (!fds[0].revents && !fds[1].revents)
		if (poll(fds, 2, -1) < 0 && errno != EINTR)
			break;
	if (!fds[0].revents)
		kill(pid, SIGTERM);
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	if (WIFEXITED(status) || interrupt_signal())
		return WIFEXITED(status) ? WEXITSTATUS(status) : 0;
	fault_set(error, LAB_ERROR_LAB, "the wait for the boot was ended by signal %d", WTERMSIG(status));
	return -1;
}

/* Shows the console from here on until QEMU ends or the user interrupts. */
static bool attend(struct cli *cli, GError **error)
{
	g_autofree char *console = plan_state_path(cli->conf, "console.log");
	struct stat st = { 0 };

	vm_status_clear(&cli->status);
	if (!vm_status(cli->conf, &cli->status, error))
		return false;
	print_status(cli);
	progress_note(cli->progress, "The console follows; Ctrl-C stops the VM");
	stat(console, &st);
	return follow_file(console, st.st_size, cli->status.pid, error);
}

static int foreground(struct cli *cli, GError **error)
{
	const struct vm_start start = { .headless = headless, .no_wait = true };
	g_autoptr(GError) stop_error = NULL;
	int status;

	if (interrupt_fd() < 0) {
		fault_set_errno(error, LAB_ERROR_LAB, errno, "cannot catch Ctrl-C");
		return -1;
	}
	if (!launch(cli, &start, error))
		return -1;
	status = await_boot(cli, error);
	if (status == 0 && !interrupt_signal() && !attend(cli, error))
		status = -1;
	/* Whatever happened: what this command started ends with it. */
	if (!vm_stop(cli->conf, false, cli->progress, &stop_error) && status == 0) {
		g_propagate_error(error, g_steal_pointer(&stop_error));
		return -1;
	}
	if (status == 0)
		terminal_print("VM '%s' is stopped\n", cli->conf->name);
	return status;
}

static int run(struct cli *cli, GError **error)
{
	const struct vm_start start = { .headless = headless };

	if (!background)
		return foreground(cli, error);
	if (!launch(cli, &start, error))
		return -1;
	print_status(cli);
	return 0;
}

const struct command cmd_run = {
	.name = "run",
	.args = "",
	.summary = "Run the VM in the foreground, showing its console",
	.description =
		"Starts the VM, shows its serial console once it is ready, and shuts it down at\n"
		"Ctrl-C; ends by itself when the guest powers off. With --background it is the\n"
		"same as 'vexvm start'.",
	.examples =
		"  vexvm run --headless\n"
		"  vexvm run --headless --background --no-mount --memory=4G --cpus=4\n",
	.options = options,
	.flags = COMMAND_CONF | COMMAND_SET_UP | COMMAND_PROBE | COMMAND_VM_OPTIONS,
	.run = run,
};
