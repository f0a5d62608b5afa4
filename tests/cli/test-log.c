// SPDX-License-Identifier: GPL-2.0-only
#include "tests/lib/cli.h"
#include "tests/lib/fakevm.h"

static struct box box;
static struct fakevm *vm;

static void test_lines(void)
{
	cli_check(&box, "vexvm log", 0, "^first\nsecond\nthird.*\nlast\n$", NULL);
	cli_check(&box, "vexvm log console -n 1", 0, "^last\n$", NULL);
	cli_check(&box, "vexvm log --lines=2", 0, "^third.*\nlast\n$", NULL);
	cli_check(&box, "vexvm log -n 1000", 0, "^first\n", NULL);
}

static void test_refusals(void)
{
	cli_check(&box, "vexvm log frobnicate", 2, NULL, "'frobnicate' is neither console nor kernel");
	cli_check(&box, "vexvm log -n -5", 2, NULL, "lines");
	cli_check(&box, "vexvm log --json", 2, "only 'log kernel' has JSON", NULL);
}

/* A pipe gets the bytes as they are, a terminal gets none that it would obey. */
static void test_hostile(void)
{
	auto_cli_result result = { 0 };

	cli_check(&box, "vexvm log", 0, "third\033\\[2J\n", NULL);
	cli_type_tty(&box, "vexvm log", &result);
	cli_expect(&result, 0, "third\\\\x1b\\[2J\r\n", NULL);
	g_assert_null(strchr(result.out, '\033'));
}


/* Follows to the end of the process: what is added meanwhile is shown. */
static gpointer add_and_end(gpointer data)
{
	fakevm_console(vm, "added\nunended");
	fakevm_power_off(vm);
	return NULL;
}

static void test_follow(void)
{
	GThread *thread = g_thread_new("later", add_and_end, NULL);

	cli_check(&box, "vexvm log --follow", 0, "^first\n(.*\n)*last\n", NULL);
	g_thread_join(thread);
	cli_check(&box, "vexvm log --follow -n 2", 0, "^added\nunended\n$", NULL);
}

int main(int argc, char **argv)
{
	int status;

	g_test_init(&argc, &argv, NULL);
	g_test_set_nonfatal_assertions();
	box_init(&box);
	vm = fakevm_start(&box, "running");
	fakevm_console(vm, "first\nsecond\nthird\033[2J\nlast\n");
	g_test_add_func("/log/lines", test_lines);
	g_test_add_func("/log/refusals", test_refusals);
	g_test_add_func("/log/hostile", test_hostile);
	g_test_add_func("/log/follow", test_follow);
	status = g_test_run();
	fakevm_free(vm);
	box_clear(&box);
	return status;
}
