// SPDX-License-Identifier: GPL-2.0-only
/* tests/run: what it makes of programs that behave well, and of others. */
#include <fcntl.h>
#include <glib/gstdio.h>
#include <poll.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lib/fd.h"
#include "tests/lib/cli.h"

static struct box box;

/* A tree with tests/run alone, and the program @name with @script in it. */
static void tree_init(void)
{
	g_autofree char *text = NULL;

	box_init(&box);
	g_assert_true(g_file_get_contents("tests/run", &text, NULL, NULL));
	box_write(&box, "tests/run", text);
}

static void program(const char *name, const char *script)
{
	g_autofree char *text = g_strconcat("#!/bin/sh\n", script, "\n", NULL);
	g_autofree char *path = g_build_filename(box.project, name, NULL);

	box_write(&box, name, text);
	g_assert_cmpint(g_chmod(path, 0755), ==, 0);
}

static void check(const char *programs, int status, const char *out)
{
	g_autofree char *line = g_strdup_printf("sh tests/run %s", programs);

	cli_check(&box, line, status, out, NULL);
}

static void test_good(void)
{
	program("good", "echo 1..2; echo 'ok 1 /a'; echo '# a note'; echo 'ok 2 /b'");
	check("./good", 0, "^ok +good +2 passed +\\(\\d+ s\\)\n2 passed, 0 failed\n$");
	check("./good ./good", 0, "^4 passed, 0 failed\n$");
}

static void test_none(void)
{
	check("", 1, "^0 passed, 0 failed\n$");
	check("./absent", 1, "^FAIL absent(.*\n)*0 passed, 1 failed\n$");
}

static void test_skips(void)
{
	program("skip", "echo 1..2; echo 'ok 1 /a # SKIP no KVM here'; echo 'ok 2 /b'");
	program("skip-all", "echo '1..0 # SKIP not on this host'");
	check("./skip", 0, "^    skipped /a: no KVM here\n1 passed, 0 failed, 1 skipped\n$");
	check("./skip-all ./skip", 0, "^    skipped skip-all: not on this host\n");
	/* Where all was skipped nothing was tested. */
	check("./skip-all", 1, "^0 passed, 0 failed, 1 skipped\n$");
}

static void test_failures(void)
{
	program("bad", "echo 1..3; echo 'ok 1 /a'; echo '# why: this'; echo 'not ok 2 /b'; "
		       "echo 'ok 3 /c'; exit 1");
	check("./bad", 1, "^FAIL bad +2 passed, 1 failed .*\n    not ok 2 /b\n      # why: this\n"
			  "    all of its output: build/tests/log/bad.tap\n2 passed, 1 failed\n$");
	/* What was printed before an earlier test is not why this one failed. */
	program("bad", "echo 1..2; echo '# other'; echo 'ok 1 /a'; echo 'not ok 2 /b'; exit 1");
	check("./bad", 1, "    not ok 2 /b\n    all of its");
}

static void test_status(void)
{
	program("status", "echo 1..1; echo 'ok 1 /a'; exit 3");
	check("./status", 1, "ended with exit status 3\n(.*\n)*1 passed, 1 failed\n$");
	program("status", "exit 0");
	check("./status", 1, "printed no plan\n(.*\n)*0 passed, 1 failed\n$");
	program("status", "echo 1..1; echo 'ok 1 /a'; echo 'ok 2 /b'");
	check("./status", 1, "ran 2 tests and had planned 1\n(.*\n)*2 passed, 1 failed\n$");
}

static void test_crash(void)
{
	program("crash", "echo 1..3; echo 'ok 1 /a'; echo 'last words'; kill -SEGV $$");
	check("./crash", 1, "died from signal 11; 2 of 3 planned tests did not run\n      last words\n"
			    "(.*\n)*1 passed, 2 failed\n$");
	program("crash", "echo 1..3; echo 'ok 1 /a'");
	check("./crash", 1, "ended early; 2 of 3(.*\n)*1 passed, 2 failed\n$");
}

/* A program that waits for what never comes is ended, with what it started. */
static void test_hang(void)
{
	box_setenv(&box, "TEST_TIMEOUT", "1");
	program("hang", "echo 1..1; tail -f /dev/null & wait");
	check("./hang", 1, "beyond its time limit(.*\n)*0 passed, 1 failed\n$");
	box_setenv(&box, "TEST_TIMEOUT", NULL);
}

static void test_hostile(void)
{
	program("hostile", "echo 1..1; printf '# \\033[2J\\n'; echo 'not ok 1 /a'; exit 1");
	check("./hostile", 1, "      # \\?\\[2J\n");
}

static void test_log(void)
{
	g_autofree char *path = g_build_filename(box.project, "build/tests/log/both.tap", NULL);
	g_autofree char *text = NULL;

	program("both", "echo 1..1; echo to stderr >&2; echo 'ok 1 /a'");
	check("./both", 0, "^1 passed, 0 failed\n$");
	g_assert_true(g_file_get_contents(path, &text, NULL, NULL));
	g_assert_cmpstr(text, ==, "1..1\nto stderr\nok 1 /a\n");
}

static void share_image(const char *name)
{
	g_autofree char *path = g_build_filename(box.dir, "cache/vexvm", name, NULL);

	g_assert_cmpint(g_mkdir_with_parents(path, 0700), ==, 0);
}

/* With an image there; else the test is skipped. */
static bool may_have_lanes(void)
{
	if (getuid() != 0 || g_get_num_processors() < 2) {
		g_test_skip("two lanes are for root, on two processors");
		return false;
	}
	share_image("images");
	share_image("names");
	share_image("kvm.json");
	return true;
}

/* Of those with a VM two run at a time, after the first: one waits for the other, in another network. */
static void test_lanes(void)
{
	if (!may_have_lanes())
		return;
	program("vm/first", "echo 1..1; mkfifo meet && ! ls one two 2>/dev/null && echo ok 1");
	program("vm/one", "echo 1..1; readlink /proc/self/ns/net >one; timeout 20 sh -c ': >meet' && echo ok 1");
	program("vm/two", "echo 1..2; readlink /proc/self/ns/net >two; timeout 20 sh -c ': <meet' && echo ok 1; "
		"! cmp one two >/dev/null && echo ok 2");
	check("./vm/first ./vm/one ./vm/two", 0, "^ok +first .*\n(ok .*\n){2}4 passed, 0 failed\n$");
	box_setenv(&box, "TEST_LANES", "1");
	program("vm/two", "echo 1..1; readlink /proc/self/ns/net | cmp - one && echo ok 1");
	program("vm/one", "echo 1..1; readlink /proc/self/ns/net >one && echo ok 1");
	check("./vm/one ./vm/two ./vm/one", 0, "^2 passed, 0 failed\n$");
	box_setenv(&box, "TEST_LANES", NULL);
}

/* Interrupted tests/run ends, and its programs, which are @n at a time, with it. */
static void interrupt(const char *const *argv, guint n)
{
	g_autofree char *fifo = g_build_filename(box.project, "fifo", NULL);
	g_autoptr(GError) error = NULL;
	auto_fd started = -1;
	int status;
	GPid pid;
	char c;

	g_assert_cmpint(mkfifo(fifo, 0600), ==, 0);
	g_spawn_async(box.project, (char **)argv, box.env,
		      G_SPAWN_DO_NOT_REAP_CHILD | G_SPAWN_SEARCH_PATH | G_SPAWN_STDOUT_TO_DEV_NULL,
		      NULL, NULL, &pid, &error);
	g_assert_no_error(error);
	started = g_open(fifo, O_RDWR | O_CLOEXEC, 0);
	for (guint i = 0; i < n; i++)
		g_assert_cmpint(read(started, &c, 1), ==, 1);
	close(started);
	started = g_open(fifo, O_RDONLY | O_CLOEXEC | O_NONBLOCK, 0);
	g_assert_cmpint(kill(pid, SIGTERM), ==, 0);
	g_assert_cmpint(waitpid(pid, &status, 0), ==, pid);
	g_assert_true(WIFEXITED(status));
	g_assert_cmpint(WEXITSTATUS(status), ==, 130);
	/* The programs' ends of the pipe are closed: they are gone. */
	g_assert_cmpint(fd_wait(started, POLLIN, g_get_monotonic_time() + CLI_LIMIT_S * G_USEC_PER_SEC),
			==, POLLHUP);
	g_assert_cmpint(g_unlink(fifo), ==, 0);
}

#define STAYS "exec 5>fifo; printf x >&5; exec tail -f /dev/null"

static void test_interrupt(void)
{
	program("slow", STAYS);
	interrupt((const char *const[]){ "sh", "tests/run", "./slow", NULL }, 1);
}

static void test_interrupt_lanes(void)
{
	if (!may_have_lanes())
		return;
	program("vm/first", "echo 1..1; echo ok 1");
	program("vm/one", STAYS);
	program("vm/two", STAYS);
	interrupt((const char *const[]){ "sh", "tests/run", "./vm/first", "./vm/one", "./vm/two", NULL }, 2);
}

int main(int argc, char **argv)
{
	int status;

	g_test_init(&argc, &argv, NULL);
	g_test_set_nonfatal_assertions();
	tree_init();
	g_test_add_func("/run/good", test_good);
	g_test_add_func("/run/none", test_none);
	g_test_add_func("/run/skips", test_skips);
	g_test_add_func("/run/failures", test_failures);
	g_test_add_func("/run/status", test_status);
	g_test_add_func("/run/crash", test_crash);
	g_test_add_func("/run/hang", test_hang);
	g_test_add_func("/run/hostile", test_hostile);
	g_test_add_func("/run/log", test_log);
	g_test_add_func("/run/lanes", test_lanes);
	g_test_add_func("/run/interrupt", test_interrupt);
	g_test_add_func("/run/interrupt lanes", test_interrupt_lanes);
	status = g_test_run();
	box_clear(&box);
	return status;
}
