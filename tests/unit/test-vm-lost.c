// SPDX-License-Identifier: GPL-2.0-only
/* QEMUs that died, do not answer or are not the VM's, and state that tells wrong things. */
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lib/fault.h"
#include "libvm/plan.h"
#include "libvm/state.h"
#include "libvm/vm-private.h"
#include "tests/lib/vmbox.h"

/* Runs @mode's process as this VM's QEMU without having greeted it. */
static int pretend(struct vmbox *f, const char *mode)
{
	char *argv[] = { f->probe.qemu, NULL };
	g_autoptr(JsonObject) run = json_object_new();
	GPid pid;

	g_assert_true(conf_make_runtime_dir(f->conf, NULL));
	g_setenv(FAKE_QEMU, mode, TRUE);
	g_assert_true(g_spawn_async(NULL, argv, NULL, G_SPAWN_DO_NOT_REAP_CHILD, NULL, NULL, &pid, NULL));
	g_unsetenv(FAKE_QEMU);
	json_object_set_int_member(run, "pid", pid);
	json_object_set_int_member(run, "pid_start", (gint64)vm_process_start(pid));
	g_assert_true(state_save(f->conf, STATE_RUN, run, NULL));
	return pid;
}

static void test_unreachable(struct vmbox *f, gconstpointer data)
{
	int pid = pretend(f, "mute");

	vmbox_expect_phase(f, VM_UNREACHABLE, "cannot reach QEMU");
	g_assert_true(vm_stop(f->conf, false, NULL, NULL));
	g_assert_cmpuint(vm_process_start(pid), ==, 0);
	vmbox_expect_phase(f, VM_STOPPED, NULL);
}

/* Killed just now: its sockets are gone, its process is not quite. */
static void test_ending(struct vmbox *f, gconstpointer data)
{
	vmbox_expect_started(f, "ends-slowly");
	vmbox_expect_phase(f, VM_STOPPED, NULL);
	vmbox_expect_started(f, "good");
}

/* Started this minute: too busy to answer yet, which is no fault. */
static void test_young(struct vmbox *f, gconstpointer data)
{
	int pid = pretend(f, "mute");
	g_autoptr(JsonObject) run = state_load(f->conf, STATE_RUN, NULL);

	json_object_set_int_member(run, "started", g_get_real_time() / G_USEC_PER_SEC);
	g_assert_true(state_save(f->conf, STATE_RUN, run, NULL));
	vmbox_expect_phase(f, VM_BOOTING, "cannot reach QEMU");
	g_assert_true(vm_stop(f->conf, false, NULL, NULL));
	g_assert_cmpuint(vm_process_start(pid), ==, 0);
}

/* A process that SIGTERM does not end is killed. */
static void test_stubborn(struct vmbox *f, gconstpointer data)
{
	int status, pid;

	vmbox_expect_started(f, "good");
	g_assert_true(vm_stop(f->conf, true, NULL, NULL));
	pid = fork();
	if (pid == 0) {
		signal(SIGTERM, SIG_IGN);
		for (;;)
			pause();
	}
	g_autoptr(JsonObject) run = json_object_new();

	json_object_set_int_member(run, "pid", pid);
	json_object_set_int_member(run, "pid_start", (gint64)vm_process_start(pid));
	g_assert_true(state_save(f->conf, STATE_RUN, run, NULL));
	g_assert_true(vm_stop(f->conf, false, NULL, NULL));
	g_assert_cmpint(waitpid(pid, &status, WNOHANG), ==, -1);
	g_assert_cmpint(vmbox_pid(f), ==, 0);
}

/* A PID of run.json that now is another process's. */
static void test_recycled_pid(struct vmbox *f, gconstpointer data)
{
	g_autoptr(JsonObject) run = json_object_new();

	json_object_set_int_member(run, "pid", getpid());
	json_object_set_int_member(run, "pid_start", (gint64)vm_process_start(getpid()) + 1);
	g_assert_true(state_save(f->conf, STATE_RUN, run, NULL));
	vmbox_expect_phase(f, VM_STOPPED, NULL);
	g_assert_true(vm_stop(f->conf, true, NULL, NULL));
	vmbox_expect_started(f, "good");
}

static void test_process_start(void)
{
	int pid = fork();

	if (pid == 0)
		_exit(0);
	g_assert_cmpuint(vm_process_start(getpid()), >, 0);
	g_assert_cmpuint(vm_process_start(0), ==, 0);
	g_assert_cmpuint(vm_process_start(-1), ==, 0);
	/* A process that ended counts as gone although nobody has buried it. */
	waitid(P_PID, (id_t)pid, &(siginfo_t){ 0 }, WEXITED | WNOWAIT);
	g_assert_cmpuint(vm_process_start(pid), ==, 0);
	waitpid(pid, NULL, 0);
}

static void test_killed(struct vmbox *f, gconstpointer data)
{
	int pid;

	vmbox_expect_started(f, "good");
	pid = vmbox_pid(f);
	kill(pid, SIGKILL);
	g_assert_true(vm_await_end(pid, g_get_monotonic_time() + 10 * G_USEC_PER_SEC));
	vmbox_expect_phase(f, VM_STOPPED, NULL);
	g_assert_true(vmbox_has_socket(f, "qmp"));
	vmbox_expect_started(f, "good");
	vmbox_expect_phase(f, VM_BOOTING, NULL);
}

/* Its vexvm was killed before it wrote run.json: vmbox_start and stop both end it. */
static void test_orphan(struct vmbox *f, gconstpointer data)
{
	int pid;

	vmbox_expect_started(f, "good");
	pid = vmbox_pid(f);
	state_remove(f->conf, STATE_RUN);
	vmbox_expect_started(f, "good");
	g_assert_true(vm_await_end(pid, g_get_monotonic_time() + 10 * G_USEC_PER_SEC));
	pid = vmbox_pid(f);
	state_remove(f->conf, STATE_RUN);
	g_assert_true(vm_stop(f->conf, false, NULL, NULL));
	g_assert_true(vm_await_end(pid, g_get_monotonic_time() + 10 * G_USEC_PER_SEC));
}

static void test_damaged_state(struct vmbox *f, gconstpointer data)
{
	static const char *const bad[] = { "", "{", "[]", "{\"pid\": \"x\"}", "\xff\xfe" };
	g_autofree char *run = plan_state_path(f->conf, STATE_RUN);
	g_autofree char *vm = plan_state_path(f->conf, STATE_VM);
	g_autoptr(GError) error = NULL;
	struct vm_status status;

	for (guint i = 0; i < G_N_ELEMENTS(bad); i++) {
		g_assert_true(g_file_set_contents(run, bad[i], -1, NULL));
		vmbox_expect_phase(f, VM_STOPPED, NULL);
	}
	vmbox_expect_started(f, "good");
	g_assert_true(vm_stop(f->conf, true, NULL, NULL));
	g_assert_true(g_file_set_contents(vm, "{", -1, NULL));
	g_assert_false(vm_status(f->conf, &status, &error));
	vmbox_expect_error(error, LAB_ERROR_LAB, "damaged");
}

int main(int argc, char **argv)
{
	static const struct {
		const char *name;
		void (*run)(struct vmbox *f, gconstpointer data);
	} tests[] = {
		{ "/vm lost/unreachable", test_unreachable },
		{ "/vm lost/ending", test_ending },
		{ "/vm lost/young", test_young },
		{ "/vm lost/stubborn", test_stubborn },
		{ "/vm lost/recycled-pid", test_recycled_pid },
		{ "/vm lost/killed", test_killed },
		{ "/vm lost/orphan", test_orphan },
		{ "/vm lost/damaged-state", test_damaged_state },
	};

	if (g_getenv(FAKE_QEMU))
		fake_qemu_main(g_getenv(FAKE_QEMU));
	g_test_init(&argc, &argv, NULL);
	signal(SIGPIPE, SIG_IGN);
	g_test_add_func("/vm lost/process-start", test_process_start);
	for (guint i = 0; i < G_N_ELEMENTS(tests); i++)
		g_test_add(tests[i].name, struct vmbox, NULL, vmbox_set_up, tests[i].run, vmbox_tear_down);
	return g_test_run();
}
