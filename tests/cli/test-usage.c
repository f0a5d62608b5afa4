// SPDX-License-Identifier: GPL-2.0-only
/* The command line itself: what is refused, and how it says so. */
#include <glib/gstdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/lib/cli.h"

static struct box box;

static void test_bare(void)
{
	cli_check(&box, "vexvm", 2, "^Usage: vexvm", NULL);
	cli_check(&box, "vexvm --help", 0, "^Usage: vexvm", NULL);
	cli_check(&box, "vexvm help", 0, "^Usage: vexvm", NULL);
	cli_check(&box, "vexvm --version", 0, "^vexvm [0-9.]+$", NULL);
}

static void test_unknown(void)
{
	cli_check(&box, "vexvm statsu", 2, NULL,
		  "^vexvm: 'statsu' is no command, did you mean status\\?; see vexvm help\n$");
	cli_check(&box, "vexvm frobnicate", 2, NULL, "^vexvm: 'frobnicate' is no command; see");
	cli_check(&box, "vexvm help frobnicate", 2, NULL, "is no command");
	cli_check(&box, "vexvm start --memroy=1G", 2, NULL,
		  "--memroy=1G, did you mean --memory\\?; see --help\n$");
	cli_check(&box, "vexvm --frobnicate status", 2, NULL, "^vexvm: Unknown option --frobnicate");
	cli_check(&box, "vexvm status -x", 2, NULL, "Unknown option -x");
}

static void test_arguments(void)
{
	cli_check(&box, "vexvm status now", 2, NULL, "status: 'now' is one argument too many");
	cli_check(&box, "vexvm log console more", 2, NULL, "'more' is one argument too many");
	cli_check(&box, "vexvm exec", 2, NULL, "exec: give .*COMMAND");
	cli_check(&box, "vexvm --name", 2, NULL, "^vexvm: .*--name");
	cli_check(&box, "vexvm start --timeout=soon", 2, NULL, "soon");
	cli_check(&box, "vexvm test --confirm=101", 2, NULL, "--confirm: give a number from 0 to 100");
	cli_check(&box, "vexvm --color=blue status", 2, NULL, "'blue' is none of auto, always");
}

static void test_values(void)
{
	cli_check(&box, "vexvm --name=My_VM status", 2, NULL, "'My_VM' is no VM name");
	cli_check(&box, "vexvm --name= status", 2, NULL, "is no VM name");
	cli_check(&box, "vexvm start --memory=64M", 2, NULL, "'64M' is no memory size");
	cli_check(&box, "vexvm start --cpus=0", 2, NULL, "cpus=0: give a whole number from 1");
	cli_check(&box, "vexvm start --accel=xen", 2, NULL, "'xen' is no accelerator");
	cli_check(&box, "vexvm start --ssh-port=5900", 2, NULL, "must differ");
	cli_check(&box, "vexvm test load --test=x", 2, NULL, "--test: 'load' runs no suites");
	cli_check(&box, "vexvm test --test=", 2, NULL, "--test: give a test's name");
	cli_check(&box, "vexvm test --isolation=", 2, NULL, "'' is no isolation; give run, suite or test");
	cli_check(&box, "vexvm test build --repeat=2", 2, NULL, "--repeat: 'build' runs no suites");
	cli_check(&box, "vexvm test --repeat=0", 2, NULL, "--repeat: give a number");
	cli_check(&box, "vexvm test --jobs=257", 2, NULL, "--jobs: give a number from 1 to 256, or 0 for as many as fit");
	cli_check(&box, "vexvm selfcheck --jobs=-1", 2, NULL, "--jobs: give a number from 1 to 256");
	cli_check(&box, "vexvm test --timeout=86401", 2, NULL, "--timeout: give a number of seconds from 1 to 86400");
	cli_check(&box, "vexvm test --timeout=0", 2, NULL, "--timeout: give a number of seconds from 1");
	cli_check(&box, "vexvm test --confirm=-1", 2, NULL, "--confirm: give a number from 0 to 100");
	cli_check(&box, "vexvm test --junit=", 2, NULL, "--junit: give a file");
	cli_check(&box, "vexvm test --junit=/tmp", 2, NULL, "--junit: give a file to write, not '/tmp'");
	cli_check(&box, "vexvm -C nowhere status", 2, NULL, "cannot enter nowhere: No such file");
	cli_check(&box, "vexvm --project=nowhere status", 2, NULL, "--project nowhere: no such folder");
}

/* Before anything is built, and with what would be right. */
static void test_inject(void)
{
	cli_check(&box, "vexvm test --inject=eio", 2, NULL,
		  "^vexvm: --inject 'eio': eio needs read, write or flush; a rule is eio:read, eio:write, "
		  "eio:flush, torn or slow:ms=M, .*; see --inject in vexvm\\(1\\)\n$");
	cli_check(&box, "vexvm test --inject=torn --inject=torn:read", 2, NULL, "only a write can be torn");
	cli_check(&box, "vexvm test --inject=enospc:write", 2, NULL, "reports as EIO, so use eio:write");
	cli_check(&box, "vexvm test build --inject=torn", 2, NULL, "--inject: 'build' runs no suites");
	cli_check(&box, "vexvm test --inject=torn --cold", 2, NULL, "leave out --cold");
	box_write(&box, "vexvm.conf", "[test]\ninject=eio:read slow\n");
	cli_check(&box, "vexvm test", 2, NULL, "/vexvm.conf:2: inject 'slow': slow needs ms=");
	box_write(&box, "vexvm.conf", "");
}

/* The suites are there: nothing else is said in front of why none of them will do. */
static void test_one_of_none(void)
{
	box_write(&box, "vexvm.conf", "[module]\npath=m\n[test]\nsuites=t/*.sh\n");
	box_write(&box, "m/Kbuild", "obj-m := m.o\n");
	box_write(&box, "t/a.sh", "#!/bin/sh\n");
	cli_check(&box, "vexvm test --test=there", 2, NULL, "\\Avexvm: selectable: none of the 1 suites in ");
	box_write(&box, "vexvm.conf", "");
}

static void test_configuration(void)
{
	box_write(&box, "vexvm.conf", "[vm]\n\nmemroy=4G\n");
	cli_check(&box, "vexvm status", 2, NULL,
		  "^vexvm: .*/a project/vexvm.conf:3: \\[vm\\] has no key 'memroy', did you mean memory\\?");
	cli_check(&box, "vexvm status --json", 2, "^  \"code\" : 2", NULL);
	cli_check(&box, "vexvm help", 0, "Usage", NULL);
	box_write(&box, "vexvm.conf", "");
}

static void test_order(void)
{
	/* Options of every command go before and behind its name. */
	cli_check(&box, "vexvm --json status", 3, "^\\{", NULL);
	cli_check(&box, "vexvm status --json", 3, "^\\{", NULL);
	cli_check(&box, "vexvm --name=one status --name=two", 3, "two$", NULL);
	cli_check(&box, "vexvm -C / --name=x status", 3, "absent", NULL);
	/* Files are named from where the user is, whatever the project. */
	box_write(&box, "other/vexvm.conf", "[vm]\nmemory=nonsense\n");
	cli_check(&box, "vexvm --project=other status", 2, NULL, "/other/vexvm\\.conf:2: ");
	cli_check(&box, "vexvm --project=other/.. test --source=other", 2, NULL, "in /.*/a project/other: ");
	cli_check(&box, "vexvm start --help", 0, "^Usage: vexvm start", NULL);
	cli_check(&box, "vexvm --help start", 0, "^Usage: vexvm start", NULL);
}

static void test_json_errors(void)
{
	cli_check(&box, "vexvm --json frobnicate", 2, "\"error\" : \"'frobnicate' is no command", NULL);
	cli_check(&box, "vexvm status --json --frobnicate", 2, "\"code\" : 2", NULL);
	cli_check(&box, "vexvm ssh --json", 2, "'ssh' has no JSON output", NULL);
	cli_check(&box, "vexvm stop --json", 8, "\"code\" : 8", NULL);
	/* What belongs to the guest's command is not ours. */
	cli_check(&box, "vexvm exec -- ls --json", 8, NULL, "^vexvm: VM 'default' is not set up");
}

static void test_nothing_there(void)
{
	static const char *const lines[] = { "start", "stop", "ssh", "exec true", "log", "monitor",
					     "run", "reset" };

	cli_check(&box, "vexvm status", 3, "absent", NULL);
	for (guint i = 0; i < G_N_ELEMENTS(lines); i++) {
		g_autofree char *line = g_strdup_printf("vexvm %s", lines[i]);

		cli_check(&box, line, 8, NULL,
			  "^vexvm: VM 'default' is not set up; run 'vexvm setup' first\n$");
	}
}

/* Looking leaves no trace, so it works where nothing can be written. */
static void test_read_only(void)
{
	g_autofree char *state = g_build_filename(box.project, ".vexvm", NULL);

	g_assert_cmpint(g_chmod(box.project, 0500), ==, 0);
	cli_check(&box, "vexvm status", 3, "absent", NULL);
	cli_check(&box, "vexvm clean", 0, "Nothing was removed", NULL);
	g_assert_cmpint(g_chmod(box.project, 0700), ==, 0);
	g_assert_false(g_file_test(state, G_FILE_TEST_EXISTS));
}

static void test_full_disk(void)
{
	const char *argv[] = { "sh", "-c", "exec \"$0\" help >/dev/full", NULL, NULL };
	g_autofree char *vexvm = cli_source("build/vexvm");
	auto_cli_result result = { 0 };

	argv[3] = vexvm;
	cli_run(&box, "", NULL, argv, &result);
	cli_expect(&result, 8, NULL, "^vexvm: cannot write the output: No space left on device\n$");
}

static void test_closed_pipe(void)
{
	const char *argv[] = { "bash", "-c", "\"$0\" help | :; echo \"${PIPESTATUS[0]}\"", NULL, NULL };
	g_autofree char *vexvm = cli_source("build/vexvm");
	auto_cli_result result = { 0 };

	argv[3] = vexvm;
	cli_run(&box, "", NULL, argv, &result);
	/* Whether the reader had gone before or after the text was written. */
	cli_expect(&result, 0, "^(141|0)\n$", NULL);
}

/* What has no end is not read. */
static void test_conf_kinds(void)
{
	auto_box own = { 0 };
	g_autofree char *path = NULL;

	box_init(&own);
	path = g_build_filename(own.project, "vexvm.conf", NULL);
	g_assert_cmpint(unlink(path), ==, 0);
	g_assert_cmpint(mkfifo(path, 0600), ==, 0);
	cli_check(&own, "vexvm status", 2, NULL, "is no regular file");
	g_assert_cmpint(unlink(path), ==, 0);
	g_assert_cmpint(symlink("/dev/zero", path), ==, 0);
	cli_check(&own, "vexvm status", 2, NULL, "is no regular file");
}

/* One line, without what a terminal would obey. */
static void test_hostile_words(void)
{
	static const char *const argv[] = { "vexvm", "--name", "a\nb\033[31mc", "status", NULL };
	auto_cli_result result = { 0 };

	cli_run(&box, "", NULL, argv, &result);
	cli_expect(&result, 2, NULL, "^vexvm: [^\n\033]*\n$");
}

int main(int argc, char **argv)
{
	int status;

	g_test_init(&argc, &argv, NULL);
	g_test_set_nonfatal_assertions();
	box_init(&box);
	g_test_add_func("/usage/bare", test_bare);
	g_test_add_func("/usage/unknown", test_unknown);
	g_test_add_func("/usage/arguments", test_arguments);
	g_test_add_func("/usage/values", test_values);
	g_test_add_func("/usage/inject", test_inject);
	g_test_add_func("/usage/one-of-none", test_one_of_none);
	g_test_add_func("/usage/configuration", test_configuration);
	g_test_add_func("/usage/order", test_order);
	g_test_add_func("/usage/json-errors", test_json_errors);
	g_test_add_func("/usage/nothing-there", test_nothing_there);
	g_test_add_func("/usage/read-only", test_read_only);
	g_test_add_func("/usage/full-disk", test_full_disk);
	g_test_add_func("/usage/closed-pipe", test_closed_pipe);
	g_test_add_func("/usage/conf-kinds", test_conf_kinds);
	g_test_add_func("/usage/hostile-words", test_hostile_words);
	status = g_test_run();
	box_clear(&box);
	return status;
}
