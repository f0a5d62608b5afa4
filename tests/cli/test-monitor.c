// SPDX-License-Identifier: GPL-2.0-only
#include "tests/lib/cli.h"
#include "tests/lib/fakevm.h"

static struct box box;

static void test_one_command(void)
{
	cli_check(&box, "vexvm monitor info status", 0, "^HMP: info status\r?\n$", NULL);
	cli_check(&box, "vexvm monitor -- info -x", 0, "^HMP: info -x\r?\n$", NULL);
}

static void test_lines(void)
{
	const char *argv[] = { "vexvm", "monitor", NULL };
	auto_cli_result result = { 0 };

	cli_run(&box, "", "info status\n\n  info cpus  \nlast", argv, &result);
	cli_expect(&result, 0,
		   "^HMP: info status\r?\nHMP: info cpus\r?\nHMP: last\r?\n$", NULL);
}

static void test_nothing(void)
{
	const char *argv[] = { "vexvm", "monitor", NULL };
	auto_cli_result result = { 0 };

	cli_run(&box, "", "", argv, &result);
	cli_expect(&result, 0, NULL, NULL);
}

/* What QEMU refuses is no success. */
static void test_refused(void)
{
	cli_check(&box, "vexvm monitor frobnicate", 2, "^unknown command: frobnicate",
		  "refused 'frobnicate'");
}

int main(int argc, char **argv)
{
	struct fakevm *vm;
	int status;

	g_test_init(&argc, &argv, NULL);
	g_test_set_nonfatal_assertions();
	box_init(&box);
	vm = fakevm_start(&box, "running");
	g_test_add_func("/monitor/one-command", test_one_command);
	g_test_add_func("/monitor/lines", test_lines);
	g_test_add_func("/monitor/nothing", test_nothing);
	g_test_add_func("/monitor/refused", test_refused);
	status = g_test_run();
	fakevm_free(vm);
	box_clear(&box);
	return status;
}
