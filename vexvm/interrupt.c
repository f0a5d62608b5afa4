// SPDX-License-Identifier: GPL-2.0-only
#include "vexvm/interrupt.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

static int ends[2] = { -1, -1 };
static volatile sig_atomic_t caught;

static void on_signal(int number)
{
	int saved = errno;

	caught = number;
	(void)!write(ends[1], "", 1);
	errno = saved;
}

static void set_handler(void (*handler)(int number))
{
	const struct sigaction action = { .sa_handler = handler };

	sigaction(SIGINT, &action, NULL);
	sigaction(SIGTERM, &action, NULL);
	sigaction(SIGHUP, &action, NULL);
}

int interrupt_fd(void)
{
	if (ends[0] >= 0)
		return ends[0];
	if (pipe2(ends, O_CLOEXEC | O_NONBLOCK) < 0)
		return -1;
	interrupt_catch();
	return ends[0];
}

void interrupt_release(void)
{
	set_handler(SIG_DFL);
	if (caught)
		raise(caught);
}

void interrupt_catch(void)
{
	/* A handler, not a blocked signal: programs that are started inherit masks. */
	set_handler(on_signal);
}

int interrupt_signal(void)
{
	return caught;
}
