// SPDX-License-Identifier: GPL-2.0-only
/* vexvm ssh, with a program in ssh's place that shows how it was called. */
#include "tests/lib/cli.h"
#include "tests/lib/fakevm.h"

static struct box box;
static struct fakevm *vm;

/* Prints each word of the command (what follows user@host) in brackets. */
static const char show_command[] =
	"while [ \"$1\" ] && [ \"$1\" != vexfs@127.0.0.1 ]; do shift; done; shift\n"
	"for w; do printf '[%s]' \"$w\"; done; echo";

static void test_login(void)
{
	g_autofree char *port = g_strdup_printf("(^| )-p%u( |$)", fakevm_ssh_port(vm));

	box_fake(&box, "ssh", "echo \"$@\"");
	cli_check(&box, "vexvm ssh", 0, "vexfs@127.0.0.1$", NULL);
	cli_check(&box, "vexvm ssh", 0, port, NULL);
	cli_check(&box, "vexvm ssh", 0, "StrictHostKeyChecking=yes", NULL);
	/* No terminal here, so none is asked for there. */
	cli_check(&box, "vexvm ssh", 0, "(^| )-T ", NULL);
}

static void test_command(void)
{
	box_fake(&box, "ssh", show_command);
	cli_check(&box, "vexvm ssh uname -a", 0, "^\\[uname\\]\\[-a\\]$", NULL);
	cli_check(&box, "vexvm ssh -- -x", 0, "^\\[-x\\]$", NULL);
	cli_check(&box, "vexvm ssh ls --json --help", 0, "^\\[ls\\]\\[--json\\]\\[--help\\]$", NULL);
	cli_check(&box, "vexvm ssh 'cd /a && ./b \"c  d\"'", 0,
		  "^\\[cd /a && ./b \"c  d\"\\]$", NULL);
	cli_check(&box, "vexvm ssh a -- b", 0, "^\\[a\\]\\[--\\]\\[b\\]$", NULL);
	cli_check(&box, "vexvm ssh ''", 0, "^\\[\\]$", NULL);
}

static void test_status(void)
{
	box_fake(&box, "ssh", "exit 7");
	cli_check(&box, "vexvm ssh false", 7, NULL, NULL);
	box_fake(&box, "ssh", "echo out; echo err >&2; exit 255");
	cli_check(&box, "vexvm ssh x", 255, "^out\n$", "^err\n$");
	box_fake(&box, "ssh", "kill -9 $$");
	cli_check(&box, "vexvm ssh x", 137, NULL, NULL);
}

static void test_input(void)
{
	const char *argv[] = { "vexvm", "ssh", "cat", NULL };
	auto_cli_result result = { 0 };

	box_fake(&box, "ssh", "cat");
	cli_run(&box, "", "typed text\n", argv, &result);
	cli_expect(&result, 0, "^typed text\n$", NULL);
}

static void test_terminal(void)
{
	auto_cli_result result = { 0 };

	box_fake(&box, "ssh", "echo \"$@\"");
	cli_type_tty(&box, "vexvm ssh", &result);
	cli_expect(&result, 0, " -t vexfs@", NULL);
}

static void test_config(void)
{
	cli_check(&box, "vexvm ssh --config", 0, "^Host vexvm\n", NULL);
}

static void test_no_ssh(void)
{
	auto_box bare = { 0 };
	struct fakevm *other;

	box_init(&bare);
	other = fakevm_start(&bare, "running");
	box_setenv(&bare, "PATH", "/nonexistent");
	cli_check(&bare, "vexvm ssh", 8, NULL, "^vexvm: cannot run ssh \\(package openssh-client\\)");
	fakevm_free(other);
}

int main(int argc, char **argv)
{
	int status;

	g_test_init(&argc, &argv, NULL);
	g_test_set_nonfatal_assertions();
	box_init(&box);
	vm = fakevm_start(&box, "running");
	g_test_add_func("/ssh/login", test_login);
	g_test_add_func("/ssh/command", test_command);
	g_test_add_func("/ssh/status", test_status);
	g_test_add_func("/ssh/input", test_input);
	g_test_add_func("/ssh/terminal", test_terminal);
	g_test_add_func("/ssh/config", test_config);
	g_test_add_func("/ssh/no-ssh", test_no_ssh);
	status = g_test_run();
	fakevm_free(vm);
	box_clear(&box);
	return status;
}
