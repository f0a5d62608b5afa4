// SPDX-License-Identifier: GPL-2.0-only
/* A VM's life with a stand-in for QEMU, and what a killed one leaves behind. */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "lib/fault.h"
#include "lib/fd.h"
#include "lib/lock.h"
#include "lib/program.h"
#include "libvm/disk.h"
#include "libvm/plan.h"
#include "libvm/port.h"
#include "libvm/state.h"
#include "libvm/store.h"
#include "libvm/vm-private.h"
#include "libvm/vm.h"
#include "tests/lib/fake-qemu.h"

/* Longer than a unix socket's address, with what QEMU's options treat specially. */
#define LONG_PART "a folder, with a name that is long enough to be too long for a socket's path"

struct fixture {
	char *folder, *root;
	struct conf *conf;
	struct probe probe;
	struct vm_start start;
	struct image *image;
};

static struct image *make_image(const struct conf *conf)
{
	static const struct image shape = { .name = (char *)"tiny", .id = (char *)"0011223344556677",
					    .disk = (char *)"disk.img", .format = (char *)"raw",
					    .kernel = (char *)"vmlinuz", .root = (char *)"/dev/vda",
					    .virtual_size = 1024 * 1024 };
	g_autofree char *work = store_work_dir(conf, NULL);
	g_autofree char *disk = g_build_filename(work, shape.disk, NULL);
	g_autoptr(GError) error = NULL;
	auto_fd fd = open(disk, O_WRONLY | O_CREAT | O_CLOEXEC, 0644);

	g_assert_cmpint(ftruncate(fd, (off_t)shape.virtual_size), ==, 0);
	g_assert_true(store_commit(conf, work, &shape, &error));
	g_assert_no_error(error);
	return image_load(conf, shape.id, &error);
}

static void set_up(struct fixture *f, gconstpointer data)
{
	g_autofree char *self = g_file_read_link("/proc/self/exe", NULL);
	g_autofree char *cache = NULL, *console = NULL;
	g_autoptr(GError) error = NULL;

	f->folder = g_dir_make_tmp("vexvm-vm-XXXXXX", &error);
	g_assert_no_error(error);
	f->root = g_build_filename(f->folder, LONG_PART, LONG_PART, NULL);
	g_assert_cmpint(g_mkdir_with_parents(f->root, 0755), ==, 0);
	cache = g_build_filename(f->folder, "cache", NULL);
	g_setenv("VEXVM_CACHE", cache, TRUE);
	g_setenv("VEXVM_AGENT", self, TRUE);
	f->conf = conf_new(f->root, NULL, &error);
	g_assert_no_error(error);
	f->conf->auto_ports = true;
	f->conf->mount = false;
	f->probe = (struct probe){ .qemu = g_steal_pointer(&self), .version_text = (char *)"QEMU 7.2" };
	f->start = (struct vm_start){ .headless = true, .no_wait = true };
	f->image = make_image(f->conf);
	g_assert_nonnull(f->image);
	console = plan_state_path(f->conf, "console.log");
	g_setenv(FAKE_QEMU_RUNTIME, f->conf->runtime_dir, TRUE);
	g_setenv(FAKE_QEMU_CONSOLE, console, TRUE);
	g_unsetenv(FAKE_QEMU_STATUS);
	g_assert_true(vm_create(f->conf, f->image, &error));
	g_assert_no_error(error);
}

static void tear_down(struct fixture *f, gconstpointer data)
{
	g_autoptr(GError) error = NULL;

	g_assert_true(vm_remove(f->conf, NULL, &error));
	g_assert_no_error(error);
	g_assert_false(g_file_test(f->conf->runtime_dir, G_FILE_TEST_EXISTS));
	g_assert_false(g_file_test(f->conf->state_dir, G_FILE_TEST_EXISTS));
	g_assert_true(store_remove_tree(f->folder, NULL));
	image_free(f->image);
	conf_free(f->conf);
	g_free(f->probe.qemu);
	g_free(f->folder);
	g_free(f->root);
}

static bool start(struct fixture *f, const char *mode, GError **error)
{
	bool ok;

	g_setenv(FAKE_QEMU, mode, TRUE);
	ok = vm_start(f->conf, &f->probe, &f->start, NULL, error);
	g_unsetenv(FAKE_QEMU);
	return ok;
}

static void expect_started(struct fixture *f, const char *mode)
{
	g_autoptr(GError) error = NULL;

	start(f, mode, &error);
	g_assert_no_error(error);
}

static void expect_error(GError *error, enum lab_error code, const char *part)
{
	g_assert_error(error, LAB_ERROR, code);
	g_test_message("%s", error->message);
	g_assert_nonnull(strstr(error->message, part));
	g_assert_null(strchr(error->message, '\n'));
}

static void expect_phase(struct fixture *f, enum vm_phase phase, const char *detail)
{
	g_autoptr(GError) error = NULL;
	struct vm_status status;

	g_assert_true(vm_status(f->conf, &status, &error));
	g_assert_no_error(error);
	g_assert_cmpstr(vm_phase_name(status.phase), ==, vm_phase_name(phase));
	if (detail)
		g_assert_nonnull(strstr(status.detail, detail));
	vm_status_clear(&status);
}

static int running_pid(struct fixture *f)
{
	g_autoptr(JsonObject) run = state_load(f->conf, STATE_RUN, NULL);

	return vm_pid(run);
}

static bool has_socket(struct fixture *f, const char *name)
{
	g_autofree char *path = plan_runtime_path(f->conf, name);

	return g_access(path, F_OK) == 0;
}

static void test_absent(struct fixture *f, gconstpointer data)
{
	g_autoptr(conf_owner) other = conf_new(f->root, "other", NULL);
	g_autoptr(GError) error = NULL;
	struct vm_status status;

	g_assert_true(vm_status(other, &status, &error));
	g_assert_cmpint(status.phase, ==, VM_ABSENT);
	g_assert_false(vm_start(other, &f->probe, &f->start, NULL, &error));
	expect_error(error, LAB_ERROR_LAB, "vexvm setup");
	g_assert_true(vm_remove(other, NULL, NULL));
}

static void test_create(struct fixture *f, gconstpointer data)
{
	g_autoptr(GError) error = NULL;

	expect_phase(f, VM_STOPPED, NULL);
	/* One that was not provisioned is made anew, a provisioned one is not. */
	g_assert_true(vm_create(f->conf, f->image, &error));
	g_assert_true(state_set_bool(f->conf, STATE_VM, "provisioned", true, &error));
	g_assert_no_error(error);
	g_assert_false(vm_create(f->conf, f->image, &error));
	expect_error(error, LAB_ERROR_LAB, "already");
}

static void test_create_over_running(struct fixture *f, gconstpointer data)
{
	g_autoptr(GError) error = NULL;

	expect_started(f, "good");
	g_assert_false(vm_create(f->conf, f->image, &error));
	expect_error(error, LAB_ERROR_LAB, "vexvm stop");
}

static void test_start_stop(struct fixture *f, gconstpointer data)
{
	g_autoptr(GError) error = NULL;
	int pid;

	expect_started(f, "good");
	expect_phase(f, VM_BOOTING, "running");
	pid = running_pid(f);
	g_assert_cmpint(pid, >, 0);
	/* Its own session: a Ctrl-C at our terminal is not for it. */
	g_assert_cmpint(getsid(pid), ==, pid);
	g_assert_false(start(f, "good", &error));
	expect_error(error, LAB_ERROR_LAB, "runs already");
	g_assert_true(vm_stop(f->conf, false, NULL, NULL));
	expect_phase(f, VM_STOPPED, NULL);
	g_assert_cmpuint(vm_process_start(pid), ==, 0);
	g_assert_false(has_socket(f, "qmp"));
	g_assert_false(has_socket(f, "agent.0"));
	/* To stop what is stopped is no failure. */
	g_assert_true(vm_stop(f->conf, false, NULL, NULL));
}

static void test_words(struct fixture *f, gconstpointer data)
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
		expect_started(f, "good");
		expect_phase(f, cases[i].phase, cases[i].detail);
		g_assert_true(vm_stop(f->conf, true, NULL, NULL));
	}
}

/* A guest whose kernel died before it had a driver for pvpanic. */
static void test_silent_panic(struct fixture *f, gconstpointer data)
{
	const char *console = g_getenv(FAKE_QEMU_CONSOLE);

	expect_started(f, "good");
	g_assert_true(g_file_set_contents(console,
		"x\n---[ end Kernel panic - not syncing: sysrq triggered crash ]---\n", -1, NULL));
	expect_phase(f, VM_PANICKED, "panicked");
	g_assert_true(g_file_set_contents(console,
		"---[ end Kernel panic - not syncing: old ]---\n1\n2\n3\nlogin:", -1, NULL));
	expect_phase(f, VM_BOOTING, NULL);
}

static void test_dies(struct fixture *f, gconstpointer data)
{
	g_autoptr(GError) error = NULL;

	g_assert_false(start(f, "dies", &error));
	expect_error(error, LAB_ERROR_LAB, "Image is corrupt");
	expect_phase(f, VM_STOPPED, NULL);
	g_assert_false(has_socket(f, "qmp"));
	g_clear_error(&error);
	expect_started(f, "good");
}

static void test_killed_early(struct fixture *f, gconstpointer data)
{
	g_autoptr(GError) error = NULL;

	g_assert_false(start(f, "killed", &error));
	expect_error(error, LAB_ERROR_LAB, "killed by signal 9");
	expect_phase(f, VM_STOPPED, NULL);
}

static void test_mute(struct fixture *f, gconstpointer data)
{
	g_autoptr(GError) error = NULL;

	f->start.boot_timeout_s = 1;
	g_assert_false(start(f, "mute", &error));
	expect_error(error, LAB_ERROR_LAB, "did not greet");
	g_assert_cmpint(running_pid(f), ==, 0);
}

static void test_foreign(struct fixture *f, gconstpointer data)
{
	g_autoptr(GError) error = NULL;

	g_assert_false(start(f, "foreign", &error));
	expect_error(error, LAB_ERROR_LAB, "does not speak QMP");
	g_assert_cmpint(running_pid(f), ==, 0);
}

static void test_no_program(struct fixture *f, gconstpointer data)
{
	g_autoptr(GError) error = NULL;
	char *kept = f->probe.qemu;

	f->probe.qemu = (char *)"/nonexistent/qemu";
	g_assert_false(start(f, "good", &error));
	expect_error(error, LAB_ERROR_LAB, "/nonexistent/qemu");
	expect_phase(f, VM_STOPPED, NULL);
	f->probe.qemu = kept;
}

/* Runs @mode's process as this VM's QEMU without having greeted it. */
static int pretend(struct fixture *f, const char *mode)
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

static void test_unreachable(struct fixture *f, gconstpointer data)
{
	int pid = pretend(f, "mute");

	expect_phase(f, VM_UNREACHABLE, "cannot reach QEMU");
	g_assert_true(vm_stop(f->conf, false, NULL, NULL));
	g_assert_cmpuint(vm_process_start(pid), ==, 0);
	expect_phase(f, VM_STOPPED, NULL);
}

/* Killed just now: its sockets are gone, its process is not quite. */
static void test_ending(struct fixture *f, gconstpointer data)
{
	expect_started(f, "ends-slowly");
	expect_phase(f, VM_STOPPED, NULL);
	expect_started(f, "good");
}

/* Started this minute: too busy to answer yet, which is no fault. */
static void test_young(struct fixture *f, gconstpointer data)
{
	int pid = pretend(f, "mute");
	g_autoptr(JsonObject) run = state_load(f->conf, STATE_RUN, NULL);

	json_object_set_int_member(run, "started", g_get_real_time() / G_USEC_PER_SEC);
	g_assert_true(state_save(f->conf, STATE_RUN, run, NULL));
	expect_phase(f, VM_BOOTING, "cannot reach QEMU");
	g_assert_true(vm_stop(f->conf, false, NULL, NULL));
	g_assert_cmpuint(vm_process_start(pid), ==, 0);
}

/* A process that SIGTERM does not end is killed. */
static void test_stubborn(struct fixture *f, gconstpointer data)
{
	int status, pid;

	expect_started(f, "good");
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
	g_assert_cmpint(running_pid(f), ==, 0);
}

/* A PID of run.json that now is another process's. */
static void test_recycled_pid(struct fixture *f, gconstpointer data)
{
	g_autoptr(JsonObject) run = json_object_new();

	json_object_set_int_member(run, "pid", getpid());
	json_object_set_int_member(run, "pid_start", (gint64)vm_process_start(getpid()) + 1);
	g_assert_true(state_save(f->conf, STATE_RUN, run, NULL));
	expect_phase(f, VM_STOPPED, NULL);
	g_assert_true(vm_stop(f->conf, true, NULL, NULL));
	expect_started(f, "good");
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

static void test_killed(struct fixture *f, gconstpointer data)
{
	int pid;

	expect_started(f, "good");
	pid = running_pid(f);
	kill(pid, SIGKILL);
	g_assert_true(vm_await_end(pid, g_get_monotonic_time() + 10 * G_USEC_PER_SEC));
	expect_phase(f, VM_STOPPED, NULL);
	g_assert_true(has_socket(f, "qmp"));
	expect_started(f, "good");
	expect_phase(f, VM_BOOTING, NULL);
}

/* Its vexvm was killed before it wrote run.json: start and stop both end it. */
static void test_orphan(struct fixture *f, gconstpointer data)
{
	int pid;

	expect_started(f, "good");
	pid = running_pid(f);
	state_remove(f->conf, STATE_RUN);
	expect_started(f, "good");
	g_assert_true(vm_await_end(pid, g_get_monotonic_time() + 10 * G_USEC_PER_SEC));
	pid = running_pid(f);
	state_remove(f->conf, STATE_RUN);
	g_assert_true(vm_stop(f->conf, false, NULL, NULL));
	g_assert_true(vm_await_end(pid, g_get_monotonic_time() + 10 * G_USEC_PER_SEC));
}

static void test_damaged_state(struct fixture *f, gconstpointer data)
{
	static const char *const bad[] = { "", "{", "[]", "{\"pid\": \"x\"}", "\xff\xfe" };
	g_autofree char *run = plan_state_path(f->conf, STATE_RUN);
	g_autofree char *vm = plan_state_path(f->conf, STATE_VM);
	g_autoptr(GError) error = NULL;
	struct vm_status status;

	for (guint i = 0; i < G_N_ELEMENTS(bad); i++) {
		g_assert_true(g_file_set_contents(run, bad[i], -1, NULL));
		expect_phase(f, VM_STOPPED, NULL);
	}
	expect_started(f, "good");
	g_assert_true(vm_stop(f->conf, true, NULL, NULL));
	g_assert_true(g_file_set_contents(vm, "{", -1, NULL));
	g_assert_false(vm_status(f->conf, &status, &error));
	expect_error(error, LAB_ERROR_LAB, "damaged");
}

static int listen_on(guint port)
{
	struct sockaddr_in addr = { .sin_family = AF_INET, .sin_port = htons((guint16)port),
				    .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	g_assert_cmpint(bind(fd, (struct sockaddr *)&addr, sizeof(addr)), ==, 0);
	g_assert_cmpint(listen(fd, 1), ==, 0);
	return fd;
}

static void test_busy_ports(struct fixture *f, gconstpointer data)
{
	guint *const ports[] = { &f->conf->ssh_port, &f->conf->vnc_port, &f->conf->monitor_port };
	static const char *const names[] = { "--ssh-port", "--vnc-port", "--monitor-port" };
	g_autofree char *me = g_strdup_printf("(PID %d)", getpid());

	for (guint i = 0; i < 3; i++)
		*ports[i] = port_next_free(20000 + 1000 * i, NULL, 0);
	for (guint i = 0; i < 3; i++) {
		auto_fd fd = listen_on(*ports[i]);
		g_autoptr(GError) error = NULL;
		struct vm_status status;

		f->conf->auto_ports = false;
		g_assert_false(start(f, "good", &error));
		expect_error(error, LAB_ERROR_LAB, names[i]);
		g_assert_nonnull(strstr(error->message, me));
		f->conf->auto_ports = true;
		expect_started(f, "good");
		g_assert_true(vm_status(f->conf, &status, NULL));
		g_assert_cmpuint(i == 0 ? status.ssh_port : i == 1 ? status.vnc_port : status.monitor_port,
				 >, *ports[i]);
		vm_status_clear(&status);
		g_assert_true(vm_stop(f->conf, true, NULL, NULL));
	}
}

static void test_lock(struct fixture *f, gconstpointer data)
{
	g_autofree char *path = plan_state_path(f->conf, "lock");
	g_autoptr(lock_owner) lock = lock_try(path, "being a test", LAB_ERROR_LAB, NULL);
	g_autoptr(GError) error = NULL;

	g_assert_false(start(f, "good", &error));
	expect_error(error, LAB_ERROR_LAB, "being a test");
	g_clear_error(&error);
	g_assert_false(vm_stop(f->conf, true, NULL, &error));
	expect_error(error, LAB_ERROR_LAB, "being a test");
}

static void wait_fails(struct fixture *f, const char *mode, enum lab_error code, const char *part)
{
	g_autoptr(GError) error = NULL;

	f->start.no_wait = false;
	g_assert_false(start(f, mode, &error));
	expect_error(error, code, part);
}

static void test_wait_panics(struct fixture *f, gconstpointer data)
{
	wait_fails(f, "panics", LAB_ERROR_LAB, "Kernel panic - not syncing: VFS: no root");
	/* It is left to be looked at. */
	g_assert_cmpint(running_pid(f), >, 0);
}

static void test_wait_shuts_down(struct fixture *f, gconstpointer data)
{
	wait_fails(f, "shuts-down", LAB_ERROR_LAB, "shut itself down; its console");
}

static void test_wait_crashes(struct fixture *f, gconstpointer data)
{
	wait_fails(f, "crashes", LAB_ERROR_LAB, "tcg went wrong");
	expect_phase(f, VM_STOPPED, NULL);
}

static void test_wait_too_long(struct fixture *f, gconstpointer data)
{
	f->start.boot_timeout_s = 1;
	wait_fails(f, "good", LAB_ERROR_TIMEOUT, "within 1 s");
	g_assert_cmpint(running_pid(f), >, 0);
}

/* What a guest may have put there does not lead QEMU's words elsewhere. */
static void test_linked_log(struct fixture *f, gconstpointer data)
{
	g_autofree char *log = plan_state_path(f->conf, "qemu.log");
	g_autofree char *elsewhere = g_build_filename(f->folder, "elsewhere", NULL);
	g_autoptr(GError) error = NULL;

	g_assert_cmpint(symlink(elsewhere, log), ==, 0);
	g_assert_false(start(f, "good", &error));
	expect_error(error, LAB_ERROR_LAB, "cannot write");
	g_assert_false(g_file_test(elsewhere, G_FILE_TEST_EXISTS));
	expect_phase(f, VM_STOPPED, NULL);
}

static void test_reset(struct fixture *f, gconstpointer data)
{
	g_autofree char *scratch = plan_state_path(f->conf, DISK_SCRATCH);
	g_autofree char *provisioned = plan_state_path(f->conf, DISK_PROVISIONED);
	g_autoptr(GError) error = NULL;
	struct stat st;

	g_assert_false(vm_reset(f->conf, NULL, &error));
	expect_error(error, LAB_ERROR_LAB, "no provisioned state");
	g_clear_error(&error);
	g_assert_true(disk_provisioned(f->conf, &error));
	g_assert_no_error(error);
	g_assert_true(state_set_bool(f->conf, STATE_VM, "provisioned", true, NULL));
	g_assert_true(g_file_set_contents(scratch, "data", -1, NULL));
	expect_started(f, "good");
	g_assert_true(vm_reset(f->conf, NULL, &error));
	g_assert_no_error(error);
	expect_phase(f, VM_STOPPED, NULL);
	g_assert_cmpint(stat(scratch, &st), ==, 0);
	g_assert_cmpint(st.st_size, ==, 512 * 1024 * 1024);
	g_assert_cmpint(st.st_blocks, ==, 0);
	/* A link in its place is not followed. */
	g_assert_cmpint(unlink(scratch), ==, 0);
	g_assert_cmpint(symlink("elsewhere", scratch), ==, 0);
	g_assert_false(disk_scratch(scratch, &error));
	expect_error(error, LAB_ERROR_LAB, "cannot make");
	g_clear_error(&error);
	g_assert_cmpint(unlink(scratch), ==, 0);
	/* Without what it goes back to it does not start. */
	g_assert_cmpint(unlink(provisioned), ==, 0);
	g_assert_false(start(f, "good", &error));
	expect_error(error, LAB_ERROR_LAB, "has lost its disk");
}

int main(int argc, char **argv)
{
	static const struct {
		const char *name;
		void (*run)(struct fixture *f, gconstpointer data);
	} tests[] = {
		{ "/vm/absent", test_absent },
		{ "/vm/create", test_create },
		{ "/vm/create-over-running", test_create_over_running },
		{ "/vm/start-stop", test_start_stop },
		{ "/vm/words", test_words },
		{ "/vm/silent-panic", test_silent_panic },
		{ "/vm/dies", test_dies },
		{ "/vm/killed-early", test_killed_early },
		{ "/vm/mute", test_mute },
		{ "/vm/foreign", test_foreign },
		{ "/vm/no-program", test_no_program },
		{ "/vm/unreachable", test_unreachable },
		{ "/vm/ending", test_ending },
		{ "/vm/young", test_young },
		{ "/vm/stubborn", test_stubborn },
		{ "/vm/recycled-pid", test_recycled_pid },
		{ "/vm/killed", test_killed },
		{ "/vm/orphan", test_orphan },
		{ "/vm/damaged-state", test_damaged_state },
		{ "/vm/busy-ports", test_busy_ports },
		{ "/vm/lock", test_lock },
		{ "/vm/wait-panics", test_wait_panics },
		{ "/vm/wait-shuts-down", test_wait_shuts_down },
		{ "/vm/wait-crashes", test_wait_crashes },
		{ "/vm/wait-too-long", test_wait_too_long },
		{ "/vm/linked-log", test_linked_log },
		{ "/vm/reset", test_reset },
	};

	if (g_getenv(FAKE_QEMU))
		fake_qemu_main(g_getenv(FAKE_QEMU));
	g_test_init(&argc, &argv, NULL);
	signal(SIGPIPE, SIG_IGN);
	g_test_add_func("/vm/process-start", test_process_start);
	for (guint i = 0; i < G_N_ELEMENTS(tests); i++)
		g_test_add(tests[i].name, struct fixture, NULL, set_up, tests[i].run, tear_down);
	return g_test_run();
}
