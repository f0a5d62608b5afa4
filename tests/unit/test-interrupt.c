// SPDX-License-Identifier: GPL-2.0-only
/* Ctrl-C to poll for: the program's file is a part of this one. */
#include "vexvm/interrupt.c"

#include <glib.h>
#include <poll.h>
#include <sys/wait.h>

#include "lib/fd.h"

/* timeout(1) signals its child and then the group: the same signal twice. */
static int child(int number)
{
	int fd = interrupt_fd();

	if (fd < 0 || interrupt_signal() || fd_wait(fd, POLLIN, 0) != 0)
		return 1;
	raise(number);
	raise(number);
	if (interrupt_signal() != number)
		return 2;
	return fd_wait(fd, POLLIN, 0) > 0 && interrupt_fd() == fd ? 0 : 3;
}

static void test_twice(gconstpointer data)
{
	int number = GPOINTER_TO_INT(data), status;
	pid_t pid = fork();

	if (pid == 0)
		_exit(child(number));
	g_assert_cmpint(waitpid(pid, &status, 0), ==, pid);
	g_assert_cmpint(status, ==, 0);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_data_func("/interrupt/int", GINT_TO_POINTER(SIGINT), test_twice);
	g_test_add_data_func("/interrupt/term", GINT_TO_POINTER(SIGTERM), test_twice);
	g_test_add_data_func("/interrupt/hup", GINT_TO_POINTER(SIGHUP), test_twice);
	return g_test_run();
}
