// SPDX-License-Identifier: GPL-2.0-only
/* What the host can do: versions, KVM verdicts, and QEMUs that misbehave. */
#include <errno.h>
#include <glib/gstdio.h>
#include <signal.h>
#include <sys/stat.h>

#include "lib/fault.h"
#include "libvm/kvm-probe.h"
#include "libvm/probe.h"

struct fixture {
	char *folder, *qemu, *cache;
	struct conf conf;
};

static void set_up(struct fixture *f, gconstpointer data)
{
	f->folder = g_dir_make_tmp("vexvm-probe-XXXXXX", NULL);
	g_assert_nonnull(f->folder);
	f->qemu = g_build_filename(f->folder, "qemu", NULL);
	f->cache = g_build_filename(f->folder, "kvm.json", NULL);
	f->conf = (struct conf){ .cache_dir = f->folder, .accel = "tcg" };
	g_setenv("VEXVM_QEMU", f->qemu, TRUE);
	g_setenv("VEXVM_QEMU_IMG", "true", TRUE);
}

static void tear_down(struct fixture *f, gconstpointer data)
{
	const char *names[] = { "qemu", "kvm.json", "pid" };

	for (guint i = 0; i < G_N_ELEMENTS(names); i++) {
		g_autofree char *path = g_build_filename(f->folder, names[i], NULL);

		g_unlink(path);
	}
	g_assert_cmpint(g_rmdir(f->folder), ==, 0);
	g_unsetenv("VEXVM_QEMU");
	g_unsetenv("VEXVM_QEMU_IMG");
	g_free(f->folder);
	g_free(f->qemu);
	g_free(f->cache);
}

/* A stand-in for QEMU: a shell script. */
static void fake_qemu(struct fixture *f, const char *body)
{
	g_autofree char *text = g_strdup_printf("#!/bin/sh\n%s\n", body);

	g_assert_true(g_file_set_contents(f->qemu, text, -1, NULL));
	g_assert_cmpint(g_chmod(f->qemu, 0755), ==, 0);
}

static void test_versions(void)
{
	static const struct {
		const char *text;
		guint major, minor, micro;
	} good[] = {
		{ "QEMU emulator version 7.2.22 (Debian 1:7.2+dfsg-7+deb12u18+b3)\nCopyright",
		  7, 2, 22 },
		{ "QEMU emulator version 6.2.0 (Debian 1:6.2+dfsg-2ubuntu6.24)", 6, 2, 0 },
		{ "QEMU emulator version 8.2.2 (qemu-8.2.2-1.fc40)", 8, 2, 2 },
		{ "QEMU emulator version 9.1.0 (v9.1.0-rc3-12-gfe9d3b4)", 9, 1, 0 },
		{ "QEMU emulator version 8.0.50 (v8.0.0-1739-g5f9dd6a8ce-dirty)", 8, 0, 50 },
		{ "QEMU emulator version 10.0.0\n", 10, 0, 0 },
		{ "QEMU emulator version 10.2.50-dirty", 10, 2, 50 },
		{ "QEMU PC emulator version 0.12.1 (qemu-kvm-0.12.1.2)", 0, 12, 1 },
		{ "QEMU emulator version 7.0, Copyright", 7, 0, 0 },
	};

	for (guint i = 0; i < G_N_ELEMENTS(good); i++) {
		struct qemu_version v = { 99, 99, 99 };
		g_autoptr(GError) error = NULL;

		g_assert_true(qemu_version_parse(good[i].text, &v, &error));
		g_assert_no_error(error);
		g_assert_cmpuint(v.major, ==, good[i].major);
		g_assert_cmpuint(v.minor, ==, good[i].minor);
		g_assert_cmpuint(v.micro, ==, good[i].micro);
	}
}

static void test_versions_bad(void)
{
	static const char *const bad[] = {
		"", "\n", "7.2.22", "qemu-img version 7.2.22", "QEMU emulator version ",
		"QEMU emulator version 7", "QEMU emulator version x.y.z",
		"QEMU emulator version -1.2.3", "QEMU emulator version 99999.1.0",
		"QEMU emulator version 7.99999", "bash: QEMU emulator version 7.2.0",
		"QEMU emulator version \xff\xfe.2",
	};

	for (guint i = 0; i < G_N_ELEMENTS(bad); i++) {
		struct qemu_version v;
		g_autoptr(GError) error = NULL;

		g_assert_false(qemu_version_parse(bad[i], &v, &error));
		g_assert_error(error, LAB_ERROR, LAB_ERROR_LAB);
		g_assert_null(strchr(error->message, '\n'));
	}
}

/* The probe guest itself is sound: it runs where guests certainly run. */
static void test_guest_runs(void)
{
	g_autofree char *qemu = g_find_program_in_path("qemu-system-x86_64");
	g_autofree char *reason = NULL;

	if (!qemu) {
		g_test_skip("no qemu-system-x86_64");
		return;
	}
	if (!kvm_probe_boot(qemu, ACCEL_TCG, 60000, &reason))
		g_error("the probe guest does not run: %s", reason);
	g_assert_cmpstr(reason, ==, "a probe guest ran");
}

static void test_hang(struct fixture *f, gconstpointer data)
{
	g_autofree char *pid_file = g_build_filename(f->folder, "pid", NULL);
	g_autofree char *body = g_strdup_printf("echo $$ > %s; exec tail -f /dev/null", pid_file);
	g_autofree char *reason = NULL;
	g_autofree char *pid = NULL;

	fake_qemu(f, body);
	g_assert_false(kvm_probe_boot(f->qemu, ACCEL_KVM, 2000, &reason));
	g_assert_cmpstr(reason, ==, "a guest does not get anywhere within 2 s");
	g_assert_true(g_file_get_contents(pid_file, &pid, NULL, NULL));
	g_assert_cmpint(kill((pid_t)g_ascii_strtoll(pid, NULL, 10), 0), ==, -1);
	g_assert_cmpint(errno, ==, ESRCH);
}

static void test_abort(struct fixture *f, gconstpointer data)
{
	g_autofree char *reason = NULL;

	fake_qemu(f, "echo 'qemu: error: failed to set MSR 0x10a to 0x69' >&2\n"
		     "echo 'qemu: kvm.c:3183: Assertion failed.' >&2\n"
		     "kill -ABRT $$");
	g_assert_false(kvm_probe_boot(f->qemu, ACCEL_KVM, 60000, &reason));
	g_assert_cmpstr(reason, ==, "QEMU aborts: failed to set MSR 0x10a to 0x69");
}

static void test_refusal(struct fixture *f, gconstpointer data)
{
	g_autofree char *reason = NULL;

	fake_qemu(f, "echo 'qemu: failed to initialize kvm: Device or resource busy' >&2\n"
		     "exit 1");
	g_assert_false(kvm_probe_boot(f->qemu, ACCEL_KVM, 60000, &reason));
	g_assert_cmpstr(reason, ==, "QEMU ends with exit status 1: "
			"qemu: failed to initialize kvm: Device or resource busy");
}

/* Status 0 is no proof: only the guest can produce the right one. */
static void test_wrong_status(struct fixture *f, gconstpointer data)
{
	g_autofree char *reason = NULL;

	fake_qemu(f, "exit 0");
	g_assert_false(kvm_probe_boot(f->qemu, ACCEL_KVM, 60000, &reason));
	g_assert_cmpstr(reason, ==, "QEMU ends with exit status 0");
}

static void test_device(void)
{
	g_autofree char *reason = NULL;

	g_assert_false(kvm_probe_device("/nonexistent/kvm", &reason));
	g_assert_cmpstr(reason, ==, "there is no /nonexistent/kvm");
}

static void test_cache(struct fixture *f, gconstpointer data)
{
	g_autofree char *reason = NULL, *again = NULL;
	g_autoptr(GError) error = NULL;
	bool kvm = false;

	fake_qemu(f, "exit 0");
	g_assert_false(kvm_probe_load(f->cache, f->qemu, &kvm, &reason));
	g_assert_true(kvm_probe_save(f->cache, f->qemu, true, "because", &error));
	g_assert_no_error(error);
	g_assert_true(kvm_probe_load(f->cache, f->qemu, &kvm, &reason));
	g_assert_true(kvm);
	g_assert_cmpstr(reason, ==, "because");

	fake_qemu(f, "exit 0 # another binary");
	g_assert_false(kvm_probe_load(f->cache, f->qemu, &kvm, &again));
	g_assert_null(again);
}

static void test_cache_garbage(struct fixture *f, gconstpointer data)
{
	static const char *const garbage[] = {
		"", "{", "null", "[]", "{}", "{\"key\":3,\"kvm\":[],\"reason\":{}}", "\xff\xff",
	};
	g_autofree char *good = NULL;
	bool kvm;

	fake_qemu(f, "exit 0");
	for (guint i = 0; i < G_N_ELEMENTS(garbage); i++) {
		g_autofree char *reason = NULL;

		g_assert_true(g_file_set_contents(f->cache, garbage[i], -1, NULL));
		g_assert_false(kvm_probe_load(f->cache, f->qemu, &kvm, &reason));
		g_assert_null(reason);
	}
	/* The right key, but no verdict of the right type. */
	g_assert_true(kvm_probe_save(f->cache, f->qemu, true, "because", NULL));
	g_assert_true(g_file_get_contents(f->cache, &good, NULL, NULL));
	for (char *at = strstr(good, "true"); at; at = NULL) {
		memcpy(at, "1234", 4);
		g_autofree char *reason = NULL;

		g_assert_true(g_file_set_contents(f->cache, good, -1, NULL));
		g_assert_false(kvm_probe_load(f->cache, f->qemu, &kvm, &reason));
	}
}

#define VERSION_LINE "echo 'QEMU emulator version 7.2.0'"

static void test_tcg_asked(struct fixture *f, gconstpointer data)
{
	struct probe *probe;
	g_autoptr(GError) error = NULL;

	/* Anything but --version would fail and be noticed. */
	fake_qemu(f, "[ \"$1\" = --version ] || exit 9\n" VERSION_LINE);
	probe = probe_new(&f->conf, NULL, &error);
	g_assert_no_error(error);
	g_assert_cmpint(probe->accel, ==, ACCEL_TCG);
	g_assert_cmpstr(probe->accel_reason, ==, "software emulation was asked for");
	g_assert_cmpstr(probe->version_text, ==, "QEMU emulator version 7.2.0");
	g_assert_false(g_file_test(f->cache, G_FILE_TEST_EXISTS));
	probe_free(probe);
}

static void test_kvm_dead(struct fixture *f, gconstpointer data)
{
	g_autoptr(GError) error = NULL;
	struct probe *probe;

	fake_qemu(f, VERSION_LINE);
	f->conf.accel = "kvm";
	g_assert_null(probe_new(&f->conf, NULL, &error));
	g_assert_error(error, LAB_ERROR, LAB_ERROR_LAB);
	g_assert_nonnull(strstr(error->message, "KVM was asked for"));

	f->conf.accel = "auto";
	g_clear_error(&error);
	probe = probe_new(&f->conf, NULL, &error);
	g_assert_no_error(error);
	g_assert_cmpint(probe->accel, ==, ACCEL_TCG);
	g_assert_true(g_str_has_prefix(probe->accel_reason, "KVM does not work here ("));
	probe_free(probe);
}

static void assert_no_probe(struct fixture *f, const char *part)
{
	g_autoptr(GError) error = NULL;

	g_assert_null(probe_new(&f->conf, NULL, &error));
	g_assert_error(error, LAB_ERROR, LAB_ERROR_LAB);
	if (!strstr(error->message, part))
		g_error("\"%s\" lacks \"%s\"", error->message, part);
}

static void test_no_qemu(struct fixture *f, gconstpointer data)
{
	g_autofree char *path = g_strdup(g_getenv("PATH"));

	assert_no_probe(f, "is no program");	/* VEXVM_QEMU names nothing */
	fake_qemu(f, "echo 'QEMU emulator version 5.2.0'");
	assert_no_probe(f, "version 5.2.0; 6.0 or newer is needed");
	fake_qemu(f, "echo hello");
	assert_no_probe(f, "no QEMU version in \"hello\"");
	fake_qemu(f, "echo broken >&2; exit 3");
	assert_no_probe(f, "(exit status 3): broken");

	g_unsetenv("VEXVM_QEMU");
	g_setenv("PATH", f->folder, TRUE);
	assert_no_probe(f, "apt-get install qemu-system-x86");
	g_setenv("PATH", path, TRUE);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/probe/versions", test_versions);
	g_test_add_func("/probe/versions-bad", test_versions_bad);
	g_test_add_func("/probe/guest-runs", test_guest_runs);
	g_test_add_func("/probe/device", test_device);
#define ADD(name, fn) g_test_add("/probe/" name, struct fixture, NULL, set_up, fn, tear_down)
	ADD("hang", test_hang);
	ADD("abort", test_abort);
	ADD("refusal", test_refusal);
	ADD("wrong-status", test_wrong_status);
	ADD("cache", test_cache);
	ADD("cache-garbage", test_cache_garbage);
	ADD("tcg-asked", test_tcg_asked);
	ADD("kvm-dead", test_kvm_dead);
	ADD("no-qemu", test_no_qemu);
	return g_test_run();
}
