// SPDX-License-Identifier: GPL-2.0-only
/* What keeps a VM from starting, and its guest from coming up, with a stand-in for QEMU. */
#include <arpa/inet.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "lib/fault.h"
#include "lib/fd.h"
#include "libvm/plan.h"
#include "libvm/port.h"
#include "tests/lib/vmbox.h"

static void test_dies(struct vmbox *f, gconstpointer data)
{
	g_autoptr(GError) error = NULL;

	g_assert_false(vmbox_start(f, "dies", &error));
	vmbox_expect_error(error, LAB_ERROR_LAB, "Image is corrupt");
	vmbox_expect_phase(f, VM_STOPPED, NULL);
	g_assert_false(vmbox_has_socket(f, "qmp"));
	g_clear_error(&error);
	vmbox_expect_started(f, "good");
}

static void test_killed_early(struct vmbox *f, gconstpointer data)
{
	g_autoptr(GError) error = NULL;

	g_assert_false(vmbox_start(f, "killed", &error));
	vmbox_expect_error(error, LAB_ERROR_LAB, "killed by signal 9");
	vmbox_expect_phase(f, VM_STOPPED, NULL);
}

static void test_mute(struct vmbox *f, gconstpointer data)
{
	g_autoptr(GError) error = NULL;

	f->start.boot_timeout_s = 1;
	g_assert_false(vmbox_start(f, "mute", &error));
	vmbox_expect_error(error, LAB_ERROR_LAB, "did not greet");
	g_assert_cmpint(vmbox_pid(f), ==, 0);
}

static void test_foreign(struct vmbox *f, gconstpointer data)
{
	g_autoptr(GError) error = NULL;

	g_assert_false(vmbox_start(f, "foreign", &error));
	vmbox_expect_error(error, LAB_ERROR_LAB, "does not speak QMP");
	g_assert_cmpint(vmbox_pid(f), ==, 0);
}

static void test_no_program(struct vmbox *f, gconstpointer data)
{
	g_autoptr(GError) error = NULL;
	char *kept = f->probe.qemu;

	f->probe.qemu = (char *)"/nonexistent/qemu";
	g_assert_false(vmbox_start(f, "good", &error));
	vmbox_expect_error(error, LAB_ERROR_LAB, "/nonexistent/qemu");
	vmbox_expect_phase(f, VM_STOPPED, NULL);
	f->probe.qemu = kept;
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

static void test_busy_ports(struct vmbox *f, gconstpointer data)
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
		g_assert_false(vmbox_start(f, "good", &error));
		vmbox_expect_error(error, LAB_ERROR_LAB, names[i]);
		g_assert_nonnull(strstr(error->message, me));
		f->conf->auto_ports = true;
		vmbox_expect_started(f, "good");
		g_assert_true(vm_status(f->conf, &status, NULL));
		g_assert_cmpuint(i == 0 ? status.ssh_port : i == 1 ? status.vnc_port : status.monitor_port,
				 >, *ports[i]);
		vm_status_clear(&status);
		g_assert_true(vm_stop(f->conf, true, NULL, NULL));
	}
}

static void wait_fails(struct vmbox *f, const char *mode, enum lab_error code, const char *part)
{
	g_autoptr(GError) error = NULL;

	f->start.no_wait = false;
	g_assert_false(vmbox_start(f, mode, &error));
	vmbox_expect_error(error, code, part);
}

static void test_wait_panics(struct vmbox *f, gconstpointer data)
{
	wait_fails(f, "panics", LAB_ERROR_LAB, "Kernel panic - not syncing: VFS: no root");
	/* It is left to be looked at. */
	g_assert_cmpint(vmbox_pid(f), >, 0);
}

static void test_wait_shuts_down(struct vmbox *f, gconstpointer data)
{
	wait_fails(f, "shuts-down", LAB_ERROR_LAB, "shut itself down; its console");
}

static void test_wait_crashes(struct vmbox *f, gconstpointer data)
{
	wait_fails(f, "crashes", LAB_ERROR_LAB, "tcg went wrong");
	vmbox_expect_phase(f, VM_STOPPED, NULL);
}

static void test_wait_too_long(struct vmbox *f, gconstpointer data)
{
	f->start.boot_timeout_s = 1;
	wait_fails(f, "good", LAB_ERROR_TIMEOUT, "within 1 s");
	g_assert_cmpint(vmbox_pid(f), >, 0);
}

/* More than its limit, but most of that was not its own. */
static void test_wait_starved(struct vmbox *f, gconstpointer data)
{
	f->start.boot_timeout_s = 1;
	wait_fails(f, "starves", LAB_ERROR_LAB, "shut itself down");
}

/* What a guest may have put there does not lead QEMU's words elsewhere. */
static void test_linked_log(struct vmbox *f, gconstpointer data)
{
	g_autofree char *log = plan_state_path(f->conf, "qemu.log");
	g_autofree char *elsewhere = g_build_filename(f->folder, "elsewhere", NULL);
	g_autoptr(GError) error = NULL;

	g_assert_cmpint(symlink(elsewhere, log), ==, 0);
	g_assert_false(vmbox_start(f, "good", &error));
	vmbox_expect_error(error, LAB_ERROR_LAB, "cannot write");
	g_assert_false(g_file_test(elsewhere, G_FILE_TEST_EXISTS));
	vmbox_expect_phase(f, VM_STOPPED, NULL);
}

int main(int argc, char **argv)
{
	static const struct {
		const char *name;
		void (*run)(struct vmbox *f, gconstpointer data);
	} tests[] = {
		{ "/vm start/dies", test_dies },
		{ "/vm start/killed-early", test_killed_early },
		{ "/vm start/mute", test_mute },
		{ "/vm start/foreign", test_foreign },
		{ "/vm start/no-program", test_no_program },
		{ "/vm start/busy-ports", test_busy_ports },
		{ "/vm start/wait-panics", test_wait_panics },
		{ "/vm start/wait-shuts-down", test_wait_shuts_down },
		{ "/vm start/wait-crashes", test_wait_crashes },
		{ "/vm start/wait-too-long", test_wait_too_long },
		{ "/vm start/wait-starved", test_wait_starved },
		{ "/vm start/linked-log", test_linked_log },
	};

	if (g_getenv(FAKE_QEMU))
		fake_qemu_main(g_getenv(FAKE_QEMU));
	g_test_init(&argc, &argv, NULL);
	signal(SIGPIPE, SIG_IGN);
	for (guint i = 0; i < G_N_ELEMENTS(tests); i++)
		g_test_add(tests[i].name, struct vmbox, NULL, vmbox_set_up, tests[i].run, vmbox_tear_down);
	return g_test_run();
}
