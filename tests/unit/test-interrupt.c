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

static int release(int number)
{
	int fd = interrupt_fd();

	interrupt_release();
	interrupt_catch();
	raise(number);
	if (interrupt_signal() != number || fd_wait(fd, POLLIN, 0) <= 0)
		return 1;
	return 0;
}

/* Caught again, and as before. */
static void test_catch(gconstpointer data)
{
	int number = GPOINTER_TO_INT(data), status;
	pid_t pid = fork();

	if (pid == 0)
		_exit(release(number));
	g_assert_cmpint(waitpid(pid, &status, 0), ==, pid);
	g_assert_cmpint(status, ==, 0);
}

static void die_released(int number)
{
	interrupt_fd();
	interrupt_release();
	raise(number);
}

/* One that came before, which nobody has looked at. */
static void die_late(int number)
{
	interrupt_fd();
	raise(number);
	interrupt_release();
}

static void test_release(gconstpointer data)
{
	static void (*const ways[])(int) = { die_released, die_late };
	int number = GPOINTER_TO_INT(data), status;

	for (guint i = 0; i < G_N_ELEMENTS(ways); i++) {
		pid_t pid = fork();

		if (pid == 0) {
			ways[i](number);
			_exit(1);
		}
		g_assert_cmpint(waitpid(pid, &status, 0), ==, pid);
		g_assert_true(WIFSIGNALED(status));
		g_assert_cmpint(WTERMSIG(status), ==, number);
	}
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_data_func("/interrupt/int", GINT_TO_POINTER(SIGINT), test_twice);
	g_test_add_data_func("/interrupt/term", GINT_TO_POINTER(SIGTERM), test_twice);
	g_test_add_data_func("/interrupt/hup", GINT_TO_POINTER(SIGHUP), test_twice);
	g_test_add_data_func("/interrupt/release", GINT_TO_POINTER(SIGINT), test_release);
	g_test_add_data_func("/interrupt/release-term", GINT_TO_POINTER(SIGTERM), test_release);
	g_test_add_data_func("/interrupt/catch", GINT_TO_POINTER(SIGINT), test_catch);
	return g_test_run();
}
