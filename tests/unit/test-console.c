// SPDX-License-Identifier: GPL-2.0-only
/* The console as a growing file: what its lines mean, and that none is missed. */
#include <fcntl.h>
#include <glib/gstdio.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

#include "lib/fd.h"
#include "libvm/console.h"

struct fixture {
	char *folder, *path;
	struct console *console;
};

static void set_up(struct fixture *f, gconstpointer data)
{
	f->folder = g_dir_make_tmp("vexvm-console-XXXXXX", NULL);
	f->path = g_build_filename(f->folder, "console.log", NULL);
	f->console = console_new(f->path, 0);
}

static void tear_down(struct fixture *f, gconstpointer data)
{
	console_free(f->console);
	g_unlink(f->path);
	g_assert_cmpint(g_rmdir(f->folder), ==, 0);
	g_free(f->folder);
	g_free(f->path);
}

static void append_bytes(const char *path, const char *bytes, gsize size)
{
	auto_fd fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);

	g_assert_true(fd_write_all(fd, bytes, size));
}

static void append_to(const char *path, const char *text)
{
	append_bytes(path, text, strlen(text));
}

static void append(struct fixture *f, const char *text)
{
	append_to(f->path, text);
}

static void expect(struct fixture *f, const char *part)
{
	g_autofree char *verdict = console_read(f->console);

	if (!part) {
		g_assert_cmpstr(verdict, ==, NULL);
		return;
	}
	g_assert_nonnull(verdict);
	g_assert_nonnull(strstr(verdict, part));
	g_assert_null(strpbrk(verdict, "\n\r\033"));
}

static void test_verdicts(void)
{
	static const char *const fatal[] = {
		"[    2.1] Kernel panic - not syncing: VFS: Unable to mount root fs on unknown-block(0,0)",
		"[    2.1] Kernel panic - not syncing: No working init found.",
		"You are in emergency mode. After logging in, type \"journalctl -xb\" to view",
		"You are in rescue mode. After logging in, type",
		"(initramfs) ",
		"Gave up waiting for root file system device.  Common problems:",
		"No bootable device.",
		"error: no such device: 0123-4567.",
	};
	static const char *const fine[] = {
		"", "[    0.5] Trying to unpack rootfs image as initramfs...",
		"[    0.0] Kernel command line: panic=1 root=/dev/vda",
		"Welcome to Debian GNU/Linux 12 (bookworm)!", "vexvm login: ",
		"[  OK  ] Reached target rescue.target",
	};

	for (guint i = 0; i < G_N_ELEMENTS(fatal); i++)
		g_assert_nonnull(console_line_verdict(fatal[i]));
	for (guint i = 0; i < G_N_ELEMENTS(fine); i++)
		g_assert_null(console_line_verdict(fine[i]));
	g_assert_nonnull(strstr(console_line_verdict("[    0.04] Kernel panic - not syncing: IO-APIC + timer "
						     "doesn't work!  Boot with apic=debug"), "start it again"));
}

static void test_grows(struct fixture *f, gconstpointer data)
{
	expect(f, NULL);
	append(f, "[ 0.1] one\r\n[ 0.2] tw");
	expect(f, NULL);
	append(f, "o\r\n[ 0.3] Kernel panic - not ");
	expect(f, NULL);
	append(f, "syncing: test\r\nafter\r\n");
	expect(f, "Kernel panic - not syncing: test");
	expect(f, NULL);
	append(f, "more\n");
	expect(f, NULL);
}

/* A shell that waits for input ends its line never. */
static void test_prompt(struct fixture *f, gconstpointer data)
{
	append(f, "BusyBox v1.35.0 (Debian) built-in shell (ash)\n\n(initramfs)");
	expect(f, "no root file system");
}

static void test_watch(struct fixture *f, gconstpointer data)
{
	g_autofree char *other = g_build_filename(f->folder, "disk", NULL);

	g_assert_cmpint(console_fd(f->console), >=, 0);
	g_assert_cmpint(fd_wait(console_fd(f->console), POLLIN, 0), ==, 0);
	append(f, "x\n");
	g_assert_cmpint(fd_wait(console_fd(f->console), POLLIN,
				g_get_monotonic_time() + 10 * G_USEC_PER_SEC), ==, POLLIN);
	expect(f, NULL);
	g_assert_cmpint(fd_wait(console_fd(f->console), POLLIN, 0), ==, 0);
	append(f, "y\n");
	g_assert_cmpint(fd_wait(console_fd(f->console), POLLIN,
				g_get_monotonic_time() + 10 * G_USEC_PER_SEC), ==, POLLIN);
	expect(f, NULL);
	/* What is written to the disks beside it wakes nobody. */
	append_to(other, "z\n");
	append_to(other, "z\n");
	expect(f, NULL);
	append_to(other, "z\n");
	g_assert_cmpint(fd_wait(console_fd(f->console), POLLIN, 0), ==, 0);
	g_unlink(other);
}

static void test_offset(struct fixture *f, gconstpointer data)
{
	static const char old[] = "Kernel panic - not syncing: an old one\n";

	append(f, old);
	console_free(f->console);
	f->console = console_new(f->path, strlen(old));
	expect(f, NULL);
	append(f, "Kernel panic - not syncing: a new one\n");
	expect(f, "a new one");
}

/* Neither an endless line nor any byte does harm. */
static void test_hostile(struct fixture *f, gconstpointer data)
{
	g_autofree char *bytes = g_malloc(100000);

	memset(bytes, ')', 100000);
	append_bytes(f->path, bytes, 100000);
	expect(f, NULL);
	for (guint i = 0; i < 100000; i++)
		bytes[i] = (char)g_test_rand_int_range(0, 256);
	append_bytes(f->path, bytes, 100000);
	expect(f, NULL);
	append(f, "\n\033[2J\007Kernel panic - not syncing: \033]0;x\007\n");
	expect(f, "\\x1b[2J\\x07Kernel panic");
}

static void test_tail(struct fixture *f, gconstpointer data)
{
	g_autofree char *none = console_tail(f->path, 5);
	g_autofree char *two = NULL, *all = NULL, *end = NULL;
	g_autoptr(GString) big = g_string_new(NULL);

	g_assert_cmpstr(none, ==, "");
	append(f, "one\r\ntwo \033[31mred\007\nthree\n");
	two = console_tail(f->path, 2);
	g_assert_cmpstr(two, ==, "two red\\x07\nthree\n");
	all = console_tail(f->path, 100);
	g_assert_true(g_str_has_prefix(all, "one\n"));
	for (guint i = 0; i < 50000; i++)
		g_string_append_printf(big, "line %u\n", i);
	append(f, big->str);
	end = console_tail(f->path, 1);
	g_assert_cmpstr(end, ==, "line 49999\n");
}

int main(int argc, char **argv)
{
	static const struct {
		const char *name;
		void (*run)(struct fixture *f, gconstpointer data);
	} tests[] = {
		{ "/console/grows", test_grows },
		{ "/console/prompt", test_prompt },
		{ "/console/watch", test_watch },
		{ "/console/offset", test_offset },
		{ "/console/hostile", test_hostile },
		{ "/console/tail", test_tail },
	};

	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/console/verdicts", test_verdicts);
	for (guint i = 0; i < G_N_ELEMENTS(tests); i++)
		g_test_add(tests[i].name, struct fixture, NULL, set_up, tests[i].run, tear_down);
	return g_test_run();
}
