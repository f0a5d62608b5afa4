// SPDX-License-Identifier: GPL-2.0-only
#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <sys/socket.h>
#include <termios.h>
#include <unistd.h>

#include "lib/clock.h"
#include "lib/fault.h"
#include "lib/fd.h"
#include "libvm/plan.h"
#include "libvm/qmp.h"
#include "vexvm/command.h"
#include "vexvm/interrupt.h"
#include "vexvm/terminal.h"

#define ANSWER_LIMIT_S 60
#define CTRL_D 4

static int connect_monitor(guint port, GError **error)
{
	struct sockaddr_in addr = {
		.sin_family = AF_INET,
		.sin_port = htons((guint16)port),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	};
	auto_fd fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd < 0 || connect(fd, (struct sockaddr *)&addr, sizeof(addr)) < 0) {
		fault_set_errno(error, LAB_ERROR_LAB, errno,
				"cannot reach QEMU's monitor on 127.0.0.1:%u", port);
		return -1;
	}
	return fd_steal(&fd);
}

/* Carries bytes both ways until either side ends; QEMU does the line editing. */
static void converse(int monitor)
{
	struct pollfd fds[] = {
		{ .fd = STDIN_FILENO, .events = POLLIN },
		{ .fd = monitor, .events = POLLIN },
		{ .fd = interrupt_fd(), .events = POLLIN },
	};
	char buffer[4096];
	ssize_t n;

	while (!fds[2].revents) {
		if (poll(fds, G_N_ELEMENTS(fds), -1) < 0)
			continue;
		if (fds[1].revents) {
			n = read(monitor, buffer, sizeof(buffer));
			if (n <= 0)
				return;
			terminal_write(STDOUT_FILENO, buffer, (gsize)n);
		}
		if (fds[0].revents) {
			n = read(STDIN_FILENO, buffer, sizeof(buffer));
			if (n <= 0 || memchr(buffer, CTRL_D, (size_t)n) ||
			    !fd_write_all(monitor, buffer, (size_t)n))
				return;
		}
	}
}

static int interactive(struct cli *cli, GError **error)
{
	auto_fd monitor = connect_monitor(cli->status.monitor_port, error);
	struct termios before, raw;

	if (monitor < 0)
		return -1;
	progress_note(cli->progress, "QEMU's monitor: Ctrl-D leaves it ('quit' would end the VM)");
	if (interrupt_fd() < 0 || tcgetattr(STDIN_FILENO, &before) < 0) {
		fault_set_errno(error, LAB_ERROR_LAB, errno, "cannot set up the terminal");
		return -1;
	}
	raw = before;
	raw.c_lflag &= ~(tcflag_t)(ICANON | ECHO);
	raw.c_iflag &= ~(tcflag_t)ICRNL;
	tcsetattr(STDIN_FILENO, TCSANOW, &raw);
	converse(monitor);
	tcsetattr(STDIN_FILENO, TCSANOW, &before);
	terminal_print("\n");
	return 0;
}

static bool ask(struct qmp *qmp, const char *line, GError **error)
{
	gint64 deadline = clock_in(ANSWER_LIMIT_S);
	g_autofree char *answer = NULL;

	if (!qmp_human(qmp, line, deadline, &answer, error))
		return false;
	terminal_print_foreign(answer, strlen(answer));
	/* The monitor has no status: these are the beginnings of its refusals. */
	if (!g_str_has_prefix(answer, "unknown command:") && !g_str_has_prefix(answer, "Error:"))
		return true;
	return fault_set(error, LAB_ERROR_USAGE, "QEMU's monitor refused '%s'; 'help' lists its commands",
			 line);
}

static bool ask_lines(struct qmp *qmp, GError **error)
{
	char *line = NULL;
	size_t size = 0;
	bool ok = true;

	while (ok && getline(&line, &size, stdin) >= 0)
		if (*g_strstrip(line))
			ok = ask(qmp, line, error);
	free(line);
	return ok;
}

static int run(struct cli *cli, GError **error)
{
	gint64 deadline = clock_in(ANSWER_LIMIT_S);
	g_autofree char *path = plan_runtime_path(cli->conf, "qmp");
	g_autofree char *line = g_strjoinv(" ", cli->args);
	g_autoptr(qmp_owner) qmp = NULL;

	if (!cli->n_args && terminal_is_tty(STDIN_FILENO))
		return interactive(cli, error);
	qmp = qmp_open(path, deadline, error);
	if (!qmp)
		return -1;
	return (cli->n_args ? ask(qmp, line, error) : ask_lines(qmp, error)) ? 0 : -1;
}

const struct command cmd_monitor = {
	.name = "monitor",
	.args = "[COMMAND [WORD...]]",
	.summary = "Talk to QEMU's monitor, or send it one command",
	.description =
		"Without a command: on a terminal a session with QEMU's own line editing, else\n"
		"every line of standard input is a command. Only the answers are printed.",
	.examples =
		"  vexvm monitor\n"
		"  vexvm monitor info status\n"
		"  echo 'info registers' | vexvm monitor\n",
	.flags = COMMAND_CLONE | COMMAND_CONF | COMMAND_RUNNING | COMMAND_TAIL,
	.max_args = COMMAND_ANY_ARGS,
	.run = run,
};
