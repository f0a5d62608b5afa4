// SPDX-License-Identifier: GPL-2.0-only
/* watch: what it says of saves and of runs that are refused, before any VM. */
#include <glib/gstdio.h>
#include <pty.h>
#include <signal.h>

#include "lib/lock.h"
#include "tests/lib/cli.h"
#include "tests/lib/lab.h"

#define DISK_SIZE 65536
#define LIMIT_S 30

/* A VM that was set up, with its image. There is no module: each run is refused. */
static void set_up(struct box *box, gconstpointer data)
{
	g_autofree char *disk = g_malloc0(DISK_SIZE), *vm = NULL, *path = NULL;
	auto_cli_result result = { 0 };

	box_init(box);
	/* A boot sector passes for a raw disk. */
	disk[510] = 0x55;
	disk[511] = (char)0xaa;
	path = g_build_filename(box->dir, "disk.raw", NULL);
	g_assert_true(g_file_set_contents(path, disk, DISK_SIZE, NULL));
	cli_type(box, "vexvm image make ../disk.raw", &result);
	cli_expect(&result, 0, "^[0-9a-f]{16} ", "");
	vm = g_strdup_printf("{\"image\": \"debian\", \"image_id\": \"%.16s\", \"provisioned\": true}",
			     result.out);
	box_write(box, ".vexvm/default/vm.json", vm);
}

static void tear_down(struct box *box, gconstpointer data)
{
	box_clear(box);
}

/* Of the VM's setup; who waits for it is shown that this is a test. */
static struct lock *hold(const struct box *box)
{
	g_autofree char *path = g_build_filename(box->project, ".vexvm/default/setup.lock", NULL);
	g_autoptr(GError) error = NULL;
	struct lock *lock = lock_try(path, "a test", 1, &error);

	g_assert_no_error(error);
	return lock;
}

/* vexvm with @words, its streams in a pipe. */
static void start(const struct box *box, const char *words, struct lab_program *ret)
{
	g_autofree char *path = cli_source("build/vexvm");
	g_autofree char *quoted = g_shell_quote(path);
	g_autofree char *line = g_strdup_printf("exec %s %s 2>&1", quoted, words);
	const char *argv[] = { "sh", "-c", line, NULL };
	g_autoptr(GError) error = NULL;

	ret->text = g_string_new(NULL);
	g_spawn_async_with_pipes(box->project, (char **)argv, box->env,
				 G_SPAWN_DO_NOT_REAP_CHILD | G_SPAWN_SEARCH_PATH, NULL, NULL, &ret->pid,
				 NULL, &ret->fd, NULL, &error);
	g_assert_no_error(error);
}

/* `vexvm watch --cold` on a terminal. */
static void start_tty(const struct box *box, struct lab_program *ret)
{
	const struct winsize size = { .ws_row = 24, .ws_col = 80 };
	g_autofree char *path = cli_source("build/vexvm");
	char *argv[] = { (char *)"vexvm", (char *)"watch", (char *)"--cold", NULL };

	ret->text = g_string_new(NULL);
	ret->pid = forkpty(&ret->fd, NULL, NULL, &size);
	g_assert_cmpint(ret->pid, >=, 0);
	if (ret->pid == 0) {
		if (chdir(box->project) == 0)
			execve(path, argv, box->env);
		_exit(127);
	}
}

static void test_refused(struct box *box, gconstpointer data)
{
	struct lab_program watch;

	start(box, "watch --cold", &watch);
	lab_await(&watch, "FAIL  exit status 2: no kernel module in ", LIMIT_S);
	g_assert_cmpint(lab_end(&watch, SIGINT), ==, 0);
}

/* All that has changed, for programs; a person is told a few names. */
static void test_changed(struct box *box, gconstpointer data)
{
	static const char *const names[] = { "../ready/a.c", "../ready/b.c", "../ready/c.c", "../ready/d.c" };
	g_autofree char *from = g_build_filename(box->dir, "ready", NULL);
	g_autofree char *to = g_build_filename(box->project, "new", NULL);
	struct lab_program watch;

	for (guint i = 0; i < G_N_ELEMENTS(names); i++)
		box_write(box, names[i], "int x;\n");
	start(box, "watch --cold --json", &watch);
	lab_await(&watch, "{\"event\":\"verdict\"", LIMIT_S);
	g_assert_cmpint(g_rename(from, to), ==, 0);
	lab_await(&watch, "{\"event\":\"changed\",\"paths\":[\"new/a.c\",\"new/b.c\",\"new/c.c\",\"new/d.c\"]}\n",
		  LIMIT_S);
	lab_await(&watch, "{\"event\":\"verdict\"", LIMIT_S);
	g_assert_cmpint(lab_end(&watch, SIGINT), ==, 0);
}

/* Before a run the VM may be set up, which takes minutes. */
static void test_interrupt(struct box *box, gconstpointer data)
{
	struct lock *lock = hold(box);
	struct lab_program watch;

	start(box, "watch --cold", &watch);
	lab_await(&watch, ", which is a test", LIMIT_S);
	g_assert_cmpint(kill(watch.pid, SIGINT), ==, 0);
	/* Let go, so that one that goes on waiting shows another status. */
	lock_free(lock);
	g_assert_cmpint(lab_end(&watch, 0), ==, 128 + SIGINT);
}

/* What is said between two drawings stays, and nothing above it is wiped. */
static void test_screen(struct box *box, gconstpointer data)
{
	struct lab_program watch;
	struct lock *lock;

	start_tty(box, &watch);
	lab_await(&watch, "Waiting for a change", LIMIT_S);
	/* Where nothing was said it is drawn in place. */
	box_write(box, "a.c", "int x;\n");
	lab_await(&watch, "\033[2A\033[JFAIL", LIMIT_S);
	lab_await(&watch, "changed: a.c\r\nWaiting for a change", LIMIT_S);
	lock = hold(box);
	box_write(box, "a.c", "int y;\n");
	lab_await(&watch, "Waiting for PID", LIMIT_S);
	lock_free(lock);
	lab_await(&watch, ", which is a test\r\nFAIL", LIMIT_S);
	lab_await(&watch, "Waiting for a change", LIMIT_S);
	g_assert_cmpint(lab_end(&watch, SIGINT), ==, 0);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_set_nonfatal_assertions();
#define ADD(name, test) g_test_add("/watch/" name, struct box, NULL, set_up, test, tear_down)
	ADD("refused", test_refused);
	ADD("changed", test_changed);
	ADD("interrupt", test_interrupt);
	ADD("screen", test_screen);
	return g_test_run();
}
