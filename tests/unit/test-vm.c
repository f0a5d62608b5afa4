// SPDX-License-Identifier: GPL-2.0-only
/* A VM's life with a stand-in for QEMU: it is made, runs, is stopped, goes back, one at a time. */
#include <signal.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/fault.h"
#include "lib/lock.h"
#include "libvm/disk.h"
#include "libvm/plan.h"
#include "libvm/state.h"
#include "libvm/vm-private.h"
#include "tests/lib/vmbox.h"

static void test_absent(struct vmbox *f, gconstpointer data)
{
	g_autoptr(conf_owner) other = conf_new(f->root, "other", NULL);
	g_autoptr(GError) error = NULL;
	struct vm_status status;

	g_assert_true(vm_status(other, &status, &error));
	g_assert_cmpint(status.phase, ==, VM_ABSENT);
	g_assert_false(vm_start(other, &f->probe, &f->start, NULL, &error));
	vmbox_expect_error(error, LAB_ERROR_LAB, "vexvm setup");
	g_assert_true(vm_remove(other, NULL, NULL));
}

static void test_create(struct vmbox *f, gconstpointer data)
{
	g_autoptr(GError) error = NULL;

	vmbox_expect_phase(f, VM_STOPPED, NULL);
	/* One that was not provisioned is made anew, a provisioned one is not. */
	g_assert_true(vm_create(f->conf, f->image, &error));
	g_assert_true(state_set_bool(f->conf, STATE_VM, "provisioned", true, &error));
	g_assert_no_error(error);
	g_assert_false(vm_create(f->conf, f->image, &error));
	vmbox_expect_error(error, LAB_ERROR_LAB, "already");
}

static void test_create_over_running(struct vmbox *f, gconstpointer data)
{
	g_autoptr(GError) error = NULL;

	vmbox_expect_started(f, "good");
	g_assert_false(vm_create(f->conf, f->image, &error));
	vmbox_expect_error(error, LAB_ERROR_LAB, "vexvm stop");
}

static void test_start_stop(struct vmbox *f, gconstpointer data)
{
	g_autoptr(GError) error = NULL;
	int pid;

	vmbox_expect_started(f, "good");
	vmbox_expect_phase(f, VM_BOOTING, "running");
	pid = vmbox_pid(f);
	g_assert_cmpint(pid, >, 0);
	/* Its own session: a Ctrl-C at our terminal is not for it. */
	g_assert_cmpint(getsid(pid), ==, pid);
	g_assert_false(vmbox_start(f, "good", &error));
	vmbox_expect_error(error, LAB_ERROR_LAB, "runs already");
	g_assert_true(vm_stop(f->conf, false, NULL, NULL));
	vmbox_expect_phase(f, VM_STOPPED, NULL);
	g_assert_cmpuint(vm_process_start(pid), ==, 0);
	g_assert_false(vmbox_has_socket(f, "qmp"));
	g_assert_false(vmbox_has_socket(f, "agent.0"));
	/* To stop what is stopped is no failure. */
	g_assert_true(vm_stop(f->conf, false, NULL, NULL));
}

static void test_words(struct vmbox *f, gconstpointer data)
{
	static const struct {
		const char *word;
		enum vm_phase phase;
		const char *detail;
	} cases[] = {
		{ "io-error", VM_PAUSED, "host's disk full" },
		{ "paused", VM_PAUSED, "paused" },
		{ "guest-panicked", VM_PANICKED, "panicked" },
		{ "prelaunch", VM_BOOTING, "prelaunch" },
		{ "internal-error", VM_PAUSED, "internal-error" },
	};

	for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
		g_setenv(FAKE_QEMU_STATUS, cases[i].word, TRUE);
		vmbox_expect_started(f, "good");
		vmbox_expect_phase(f, cases[i].phase, cases[i].detail);
		g_assert_true(vm_stop(f->conf, true, NULL, NULL));
	}
}

/* A guest whose kernel died before it had a driver for pvpanic. */
static void test_silent_panic(struct vmbox *f, gconstpointer data)
{
	const char *console = g_getenv(FAKE_QEMU_CONSOLE);

	vmbox_expect_started(f, "good");
	g_assert_true(g_file_set_contents(console,
		"x\n---[ end Kernel panic - not syncing: sysrq triggered crash ]---\n", -1, NULL));
	vmbox_expect_phase(f, VM_PANICKED, "panicked");
	g_assert_true(g_file_set_contents(console,
		"---[ end Kernel panic - not syncing: old ]---\n1\n2\n3\nlogin:", -1, NULL));
	vmbox_expect_phase(f, VM_BOOTING, NULL);
}

static void test_lock(struct vmbox *f, gconstpointer data)
{
	g_autofree char *path = plan_state_path(f->conf, "lock");
	g_autoptr(lock_owner) lock = lock_try(path, "being a test", LAB_ERROR_LAB, NULL);
	g_autoptr(GError) error = NULL;

	g_assert_false(vmbox_start(f, "good", &error));
	vmbox_expect_error(error, LAB_ERROR_LAB, "being a test");
	g_clear_error(&error);
	g_assert_false(vm_stop(f->conf, true, NULL, &error));
	vmbox_expect_error(error, LAB_ERROR_LAB, "being a test");
}

static void test_reset(struct vmbox *f, gconstpointer data)
{
	g_autofree char *scratch = plan_state_path(f->conf, DISK_SCRATCH);
	g_autofree char *provisioned = plan_state_path(f->conf, DISK_PROVISIONED);
	g_autoptr(GError) error = NULL;
	struct stat st;

	g_assert_false(vm_reset(f->conf, NULL, &error));
	vmbox_expect_error(error, LAB_ERROR_LAB, "no provisioned state");
	g_clear_error(&error);
	g_assert_true(disk_provisioned(f->conf, &error));
	g_assert_no_error(error);
	g_assert_true(state_set_bool(f->conf, STATE_VM, "provisioned", true, NULL));
	g_assert_true(g_file_set_contents(scratch, "data", -1, NULL));
	vmbox_expect_started(f, "good");
	g_assert_true(vm_reset(f->conf, NULL, &error));
	g_assert_no_error(error);
	vmbox_expect_phase(f, VM_STOPPED, NULL);
	g_assert_cmpint(stat(scratch, &st), ==, 0);
	g_assert_cmpint(st.st_size, ==, 512 * 1024 * 1024);
	g_assert_cmpint(st.st_blocks, ==, 0);
	/* A link in its place is not followed. */
	g_assert_cmpint(unlink(scratch), ==, 0);
	g_assert_cmpint(symlink("elsewhere", scratch), ==, 0);
	g_assert_false(disk_scratch(scratch, &error));
	vmbox_expect_error(error, LAB_ERROR_LAB, "cannot make");
	g_clear_error(&error);
	g_assert_cmpint(unlink(scratch), ==, 0);
	/* Without what it goes back to it does not vmbox_start. */
	g_assert_cmpint(unlink(provisioned), ==, 0);
	g_assert_false(vmbox_start(f, "good", &error));
	vmbox_expect_error(error, LAB_ERROR_LAB, "has lost its disk");
}

int main(int argc, char **argv)
{
	static const struct {
		const char *name;
		void (*run)(struct vmbox *f, gconstpointer data);
	} tests[] = {
		{ "/vm/absent", test_absent },
		{ "/vm/create", test_create },
		{ "/vm/create-over-running", test_create_over_running },
		{ "/vm/start-stop", test_start_stop },
		{ "/vm/words", test_words },
		{ "/vm/silent-panic", test_silent_panic },
		{ "/vm/lock", test_lock },
		{ "/vm/reset", test_reset },
	};

	if (g_getenv(FAKE_QEMU))
		fake_qemu_main(g_getenv(FAKE_QEMU));
	g_test_init(&argc, &argv, NULL);
	signal(SIGPIPE, SIG_IGN);
	for (guint i = 0; i < G_N_ELEMENTS(tests); i++)
		g_test_add(tests[i].name, struct vmbox, NULL, vmbox_set_up, tests[i].run, vmbox_tear_down);
	return g_test_run();
}
