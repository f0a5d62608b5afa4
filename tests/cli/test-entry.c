// SPDX-License-Identifier: GPL-2.0-only
/*
 * The entry points in test_env, in a small tree of their own whose Makefile
 * "builds" a vexvm that shows its arguments.
 */
#include <fcntl.h>
#include <glib/gstdio.h>
#include <sys/file.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lib/fd.h"
#include "tests/lib/cli.h"

static const char *const scripts[] = { "bootstrap.sh", "setup_vm.sh", "vm_control.sh",
				       "test_module.sh", "run_qemu.sh",
				       "validate_ffi_integration.sh" };

static const char makefile[] = "all:\n\t@echo compiling\n\t@echo built >>builds\n"
			       "\t@cp vexvm.sh build/vexvm && chmod +x build/vexvm\n";
static const char shows_words[] = "#!/bin/sh\nfor w; do printf '[%s]' \"$w\"; done; echo\n";

static void tree_chmod(const struct box *box, const char *name)
{
	g_autofree char *path = g_build_filename(box->project, name, NULL);

	g_assert_cmpint(g_chmod(path, 0755), ==, 0);
}

static void tree_init(struct box *box)
{
	box_init(box);
	for (guint i = 0; i < G_N_ELEMENTS(scripts); i++) {
		g_autofree char *from = g_build_filename("test_env", scripts[i], NULL);
		g_autofree char *text = NULL;

		g_assert_true(g_file_get_contents(from, &text, NULL, NULL));
		box_write(box, from, text);
		tree_chmod(box, from);
	}
	box_write(box, "Makefile", makefile);
	box_write(box, "vexvm.sh", shows_words);
	box_write(box, "scripts/install-deps", "#!/bin/sh\necho asked >>\"$(dirname \"$0\")/../asked\"\n");
	tree_chmod(box, "scripts/install-deps");
	box_setenv(box, "MAKEFLAGS", NULL);
	box_setenv(box, "MAKELEVEL", NULL);
}

static char *tree_read(const struct box *box, const char *name)
{
	g_autofree char *path = g_build_filename(box->project, name, NULL);
	char *text = NULL;

	g_file_get_contents(path, &text, NULL, NULL);
	return text;
}

/* Types @line into sh in the folder @cwd of the tree. */
static void type(const struct box *box, const char *cwd, const char *line, int status,
		 const char *out, const char *err)
{
	const char *argv[] = { "sh", "-c", line, NULL };
	auto_cli_result result = { 0 };

	g_test_message("in '%s': %s", cwd, line);
	cli_run(box, cwd, NULL, argv, &result);
	cli_expect(&result, status, out, err);
}

static void test_words(void)
{
	static const char *const rows[][2] = {
		{ "./vm_control.sh start", "[start]" },
		{ "./vm_control.sh start-headless", "[start][--headless]" },
		{ "./vm_control.sh stop", "[stop]" },
		{ "./vm_control.sh ssh", "[ssh]" },
		{ "./vm_control.sh ssh \"cd /a && ./b\"", "[ssh][cd /a && ./b]" },
		{ "./vm_control.sh status", "[status]" },
		{ "./vm_control.sh monitor info status", "[monitor][info][status]" },
		{ "./test_module.sh", "[test]" },
		{ "./test_module.sh test --json", "[test][--json]" },
		{ "./test_module.sh build", "[build]" },
		{ "./test_module.sh load", "[test][load]" },
		{ "./test_module.sh ffi", "[test][ffi]" },
		{ "./validate_ffi_integration.sh --json", "[ffi-check][--json]" },
		{ "./run_qemu.sh --headless --background --no-mount --memory 4G --cpus 4",
		  "[run][--headless][--background][--no-mount][--memory][4G][--cpus][4]" },
		{ "./setup_vm.sh --json", "[setup][--json]" },
	};
	auto_box box = { 0 };

	tree_init(&box);
	type(&box, "test_env", "./vm_control.sh status", 0, ".", "^Building the lab");
	for (guint i = 0; i < G_N_ELEMENTS(rows); i++) {
		g_autofree char *words = g_regex_escape_string(rows[i][1], -1);
		g_autofree char *expected = g_strdup_printf("^\\[--project=/.*/a project\\]%s\n$", words);

		type(&box, "test_env", rows[i][0], 0, expected, NULL);
	}
}

static void test_anywhere(void)
{
	auto_box box = { 0 };

	tree_init(&box);
	type(&box, "", "./test_env/vm_control.sh stop", 0, "/a project\\]\\[stop\\]", "");
	type(&box, "", "sh test_env/vm_control.sh stop", 0, "/a project\\]\\[stop\\]", NULL);
	type(&box, "..", "\"a project/test_env/vm_control.sh\" stop", 0, "/a project\\]\\[stop\\]", NULL);
	type(&box, "..", "ln -s \"a project/test_env/vm_control.sh\" link && ./link stop", 0,
	     "/a project\\]\\[stop\\]", NULL);
	type(&box, "..", "ln -s \"$PWD/a project/test_env\" e && cd e && ./vm_control.sh stop", 0,
	     "/a project\\]\\[stop\\]", NULL);
	type(&box, "..", "PATH=\"$PWD/a project/test_env:$PATH\" vm_control.sh stop", 0,
	     "/a project\\]\\[stop\\]", NULL);
}

static void test_usage(void)
{
	auto_box box = { 0 };

	tree_init(&box);
	type(&box, "test_env", "./vm_control.sh", 2, NULL, "^Usage: vm_control.sh start");
	type(&box, "test_env", "./vm_control.sh frobnicate", 2, NULL, "^Usage: ");
	type(&box, "test_env", "./vm_control.sh --help", 0, "^Usage: ", NULL);
	type(&box, "test_env", "./test_module.sh frobnicate", 2, NULL, "^Usage: ");
	g_assert_null(tree_read(&box, "builds"));
}

static void test_status(void)
{
	auto_box box = { 0 };

	tree_init(&box);
	box_write(&box, "vexvm.sh", "#!/bin/sh\nexit 7\n");
	type(&box, "test_env", "./vm_control.sh status", 7, NULL, "");
	type(&box, "test_env", "./setup_vm.sh", 7, NULL, "");
	type(&box, "test_env", "./test_module.sh", 7, NULL, "");
}

static void test_build_fails(void)
{
	auto_box box = { 0 };

	tree_init(&box);
	box_write(&box, "Makefile", "all lab:\n\t@echo this is wrong; false\n");
	type(&box, "", "./test_env/vm_control.sh status", 8, NULL,
	     "^this is wrong\n(.*\n)*The lab does not build");
}

/* Who breaks the module's programs can still look at the VM, and is told where it matters. */
static void test_programs_broken(void)
{
	auto_box box = { 0 };

	tree_init(&box);
	type(&box, "test_env", "./vm_control.sh status", 0, ".", "^Building the lab");
	box_write(&box, "Makefile", "all:\n\t@echo mkfs is wrong; false\nlab:\n");
	type(&box, "test_env", "./vm_control.sh status", 0, "\\[status\\]", "^The module's own programs do not build");
	type(&box, "test_env", "./validate_ffi_integration.sh", 0, "\\[ffi-check\\]", "do not build");
	type(&box, "test_env", "./test_module.sh load", 0, "\\[test\\]\\[load\\]", "do not build");
	type(&box, "test_env", "./test_module.sh", 3, NULL, "^mkfs is wrong\n(.*\n)*The programs that the suites need");
	type(&box, "test_env", "./test_module.sh ffi", 3, NULL, "The programs that the suites need");
}

/* Asked for once, and again when the list has changed. */
static void test_packages(void)
{
	g_autofree char *asked = NULL, *again = NULL;
	auto_box box = { 0 };

	tree_init(&box);
	type(&box, "", "./test_env/vm_control.sh status", 0, "status", "");
	type(&box, "", "./test_env/vm_control.sh status", 0, "status", NULL);
	asked = tree_read(&box, "asked");
	g_assert_cmpstr(asked, ==, "asked\n");
	box_write(&box, "scripts/install-deps", "#!/bin/sh\necho more packages >&2; exit 8\n");
	tree_chmod(&box, "scripts/install-deps");
	type(&box, "", "./test_env/vm_control.sh status", 8, NULL, "^more packages\n$");
	type(&box, "", "./test_env/vm_control.sh status", 8, NULL, "^more packages\n$");
}

/* While somebody else builds it waits and says so; what it starts holds no lock. */
static void test_lock(void)
{
	const char *argv[] = { "./test_env/vm_control.sh", "status", NULL };
	g_autofree char *path = NULL;
	auto_fd lock = -1, err = -1;
	g_autoptr(GError) error = NULL;
	GString *said = g_string_new(NULL);
	auto_box box = { 0 };
	int status;
	GPid pid;
	char c;

	tree_init(&box);
	box_write(&box, "vexvm.sh", "#!/bin/sh\n! ls -l /proc/self/fd | grep -F .lock\n");
	path = g_build_filename(box.project, "build", NULL);
	g_assert_cmpint(g_mkdir(path, 0755), ==, 0);
	g_free(path);
	path = g_build_filename(box.project, "build", ".lock", NULL);
	lock = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0644);
	g_assert_cmpint(flock(lock, LOCK_EX), ==, 0);
	g_spawn_async_with_pipes(box.project, (char **)argv, box.env, G_SPAWN_DO_NOT_REAP_CHILD,
				 NULL, NULL, &pid, NULL, NULL, &err, &error);
	g_assert_no_error(error);
	while (read(err, &c, 1) == 1 && c != '\n')
		g_string_append_c(said, c);
	g_assert_cmpstr(said->str, ==, "Waiting for another build of the lab ...");
	g_assert_null(tree_read(&box, "builds"));
	fd_close(&lock);
	g_assert_cmpint(waitpid(pid, &status, 0), ==, pid);
	g_assert_cmpint(status, ==, 0);
	g_string_free(said, TRUE);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_set_nonfatal_assertions();
	g_test_add_func("/entry/words", test_words);
	g_test_add_func("/entry/anywhere", test_anywhere);
	g_test_add_func("/entry/usage", test_usage);
	g_test_add_func("/entry/status", test_status);
	g_test_add_func("/entry/build-fails", test_build_fails);
	g_test_add_func("/entry/programs-broken", test_programs_broken);
	g_test_add_func("/entry/packages", test_packages);
	g_test_add_func("/entry/lock", test_lock);
	return g_test_run();
}
