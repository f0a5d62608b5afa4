// SPDX-License-Identifier: GPL-2.0-only
/* A kernel that panics, what is kept of it, and gdb in a guest that goes on. */
#include <glib.h>
#include <signal.h>

#include "tests/lib/lab.h"

#define LIMIT_S 600
#define PANIC "build/vexvm test load --source tests/controls/panic"
#define LATEST ".vexvm/default/runs/latest/"

/* Its memory, its registers and all of its words are kept, and its module is found in it. */
static void test_panic(void)
{
	g_autofree char *class = NULL;

	lab_check("", PANIC, LIMIT_S, 5, "^FAIL.*panics on purpose");
	lab_check("", "grep 'end Kernel panic' " LATEST "console.log", 10, 0, "panics on purpose");
	lab_check("", "head -c 12 " LATEST "vmcore", 10, 0, "^makedumpfile");
	lab_check("", "grep RIP= " LATEST "registers.txt", 10, 0, "RIP=ffffffff");
	lab_check("", "build/vexvm crash", 10, 0, "MB  panic: kernel panic: panics on purpose");
	lab_check("", "build/vexvm crash show", 10, 0, "0xffffffffc[0-9a-f]+ \\.init\\.text");
	class = lab_result_json(LATEST "vmcore.json", "format");
	g_assert_cmpstr(class, ==, "kdump");
}

/* The clone is left, and the verdict is not waited for. */
static void test_keep(void)
{
	lab_check("", PANIC " --keep", LIMIT_S, 5, "^FAIL.*panics on purpose");
	lab_check("", "name=default/$(ls .vexvm/default/clones); build/vexvm --name=$name status; "
		  "echo 'info registers rip' >commands.gdb; build/vexvm --name=$name gdb --batch commands.gdb; "
		  "build/vexvm --name=$name stop", LIMIT_S, 0, "panicked(.*\n)*rip .*0xffffffff");
}

static const char commands[] =
	"printf 'bt 1\\nnext\\nprint selftest\\n' >commands.gdb";

/* At the first line of a module's init; then it is loaded, and the guest goes on. */
static void test_break(void)
{
	struct lab_program gdb;

	lab_check("", commands, 10, 0, NULL);
	lab_check("", "build/vexvm stop; build/vexvm test load && build/vexvm start --headless --from-template", LIMIT_S, 0, NULL);
	lab_start(&gdb, "build/vexvm gdb --break vexfs_init --batch commands.gdb");
	lab_await(&gdb, "waiting for vexfs to be loaded", LIMIT_S);
	lab_check("", "build/vexvm exec --timeout=120 -- insmod /mnt/vexfs_source/vexfs/vexfs.ko", LIMIT_S, 0, NULL);
	/* Without the module gdb would wait for ever. */
	if (g_test_failed())
		kill(gdb.pid, SIGKILL);
	lab_await(&gdb, "vexfs_init () at /mnt/vexfs_source/vexfs/src/vexfs.c:", LIMIT_S);
	lab_await(&gdb, "$1 = false", LIMIT_S);
	g_assert_cmpint(lab_end(&gdb, 0), ==, 0);
	lab_check("", "build/vexvm exec cat /proc/modules", LIMIT_S, 0, "^vexfs ");
}

/* What is found in the guest's memory is what its own files say. */
static void test_sections(void)
{
	lab_check("", "echo 'info files' >commands.gdb; build/vexvm gdb --batch commands.gdb | "
		  "sed -n 's/^\t\\(\\..*\\)_addr = /\\1 /p' | while read -r name address; do "
		  "build/vexvm exec grep -Fx $address /sys/module/vexfs/sections/$name || exit 1; done",
		  LIMIT_S, 0, "^0x");
	lab_check("", "build/vexvm gdb --batch commands.gdb | grep -c '_addr = 0x'", LIMIT_S, 0, "^[5-9]|^[1-9][0-9]");
	/* A gdb that is killed leaves no breakpoint behind. */
	lab_check("", "echo 'break vexfs_exit\nshell kill -9 $PPID' >commands.gdb; "
		  "build/vexvm gdb --batch commands.gdb; build/vexvm exec rmmod vexfs && build/vexvm stop", LIMIT_S, 0, NULL);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_set_nonfatal_assertions();
	signal(SIGPIPE, SIG_IGN);
	g_test_add_func("/crash/panic", test_panic);
	g_test_add_func("/crash/keep", test_keep);
	g_test_add_func("/crash/break", test_break);
	g_test_add_func("/crash/sections", test_sections);
	return g_test_run();
}
