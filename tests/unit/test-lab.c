// SPDX-License-Identifier: GPL-2.0-only
/* What a test types ends by itself, at its limit, or with the test program; nothing of it goes on. */
#include "tests/lib/lab.h"

#include <fcntl.h>
#include <glib/gstdio.h>
#include <poll.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lib/clock.h"
#include "lib/fd.h"
#include "lib/folder.h"

#define LIMIT_S 30
#define LONG_S 300

static char *tree;

/* Holds the pipe open from two processes for as long as one of them is there. */
static _Noreturn void child(void)
{
	lab_check("", "exec 3>there && echo begun >&3 && sleep 300; echo >&3", LONG_S, 0, NULL);
	_exit(0);
}

static void test_ended(gconstpointer data)
{
	int number = GPOINTER_TO_INT(data), status;
	g_autofree char *path = g_build_filename(tree, "there", NULL);
	auto_fd fd = -1;
	char text[16];
	pid_t pid;

	g_assert_cmpint(mkfifo(path, 0600), ==, 0);
	fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	g_assert_cmpint(fd, >=, 0);
	pid = fork();
	if (pid == 0)
		child();
	g_assert_cmpint(fd_wait(fd, POLLIN, clock_in(LIMIT_S)), >, 0);
	g_assert_cmpint(read(fd, text, sizeof(text)), ==, 6);
	kill(pid, number);
	g_assert_cmpint(waitpid(pid, &status, 0), ==, pid);
	g_assert_true(WIFSIGNALED(status) && WTERMSIG(status) == number);
	/* Its end is that of the last that holds it. */
	g_assert_cmpint(fd_wait(fd, POLLIN, clock_in(LIMIT_S)), >, 0);
	g_assert_cmpint(read(fd, text, sizeof(text)), ==, 0);
	g_assert_cmpint(g_unlink(path), ==, 0);
}

/* One that ends by itself is told as ever. */
static void test_status(void)
{
	auto_lab_result exits = { 0 }, killed = { 0 }, late = { 0 };

	lab_type("", "echo said; exit 3", NULL, LIMIT_S, &exits);
	g_assert_cmpint(exits.status, ==, 3);
	g_assert_cmpstr(exits.output, ==, "said\n");
	lab_type("", "kill -TERM $$", NULL, LIMIT_S, &killed);
	g_assert_cmpint(killed.status, ==, 128 + SIGTERM);
	lab_type("", "echo so far; sleep 300", NULL, 5, &late);
	g_assert_cmpint(late.status, ==, -1);
	g_assert_cmpstr(late.output, ==, "so far\n");
}

/* In microseconds it is little more than what 32 bits hold. */
static void test_long_limit(void)
{
	auto_lab_result result = { 0 };

	lab_type("", "timeout 1 tail -f /dev/null; echo ended", NULL, 4295, &result);
	g_assert_cmpint(result.status, ==, 0);
	g_assert_cmpstr(result.output, ==, "ended\n");
}

int main(int argc, char **argv)
{
	int status;

	g_test_init(&argc, &argv, NULL);
	tree = g_dir_make_tmp("lab-XXXXXX", NULL);
	g_setenv("VEXVM_TEST_TREE", tree, TRUE);
	g_test_add_func("/lab/status", test_status);
	g_test_add_func("/lab/long-limit", test_long_limit);
	g_test_add_data_func("/lab/ended/term", GINT_TO_POINTER(SIGTERM), test_ended);
	g_test_add_data_func("/lab/ended/int", GINT_TO_POINTER(SIGINT), test_ended);
	g_test_add_data_func("/lab/ended/hup", GINT_TO_POINTER(SIGHUP), test_ended);
	status = g_test_run();
	folder_remove(tree, NULL);
	g_free(tree);
	return status;
}
