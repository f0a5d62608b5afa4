// SPDX-License-Identifier: GPL-2.0-only
/* crash and gdb, with runs that are none, a gdb that is none, and a VM that is none. */
#include "libvm/state.h"
#include "tests/lib/cli.h"
#include "tests/lib/fakevm.h"

#define RUN ".vexvm/default/runs/20260101-000000-001/"

static const char result[] =
	"{\"source\": \"/elsewhere/mine\", \"started\": \"2026-01-01T00:00:00Z\", \"kernel\": \"6.1.0-1-amd64\", "
	"\"modules\": [{\"name\": \"mine\"}], \"verdict\": {\"reason\": \"it broke\\u001b[2J\"}, "
	"\"findings\": [{\"class\": \"panic\", \"title\": \"Kernel panic in mine_init\"}]}";

static const char about[] =
	"{\"format\": \"elf\", \"symbols\": {\"modules\": 4096, \"do_init_module\": 8192}, \"modules\": "
	"[{\"name\": \"mine\", \"file\": \"/src/mine.ko\", \"sections\": {\".text\": \"0xffffffffc0001000\"}}]}";

#define OOPS "{\"class\": \"oops\", \"title\": \"BUG: NULL in mine_read\", \"line\": \"BUG: NULL\", \"count\": 1, " \
	"\"fatal\": true, \"function\": \"mine_read\", \"module\": \"mine\", \"file\": \"mine.c\", \"file_line\": 67, " \
	"\"first_line\": 30, \"last_line\": 81, \"hash\": \"c8207297d2c07757\", \"task\": \"cat\", \"pid\": 7, \"trace\": " \
	"[{\"function\": \"mine_read\", \"module\": \"mine\", \"offset\": 5, \"size\": 32, \"reliable\": true, " \
	"\"guilty\": true, \"place\": \"mine.c:67\"}, {\"function\": \"vfs_read\", \"reliable\": true}]}"
#define RESULT(findings) "{\"modules\": [{\"name\": \"mine\"}], \"verdict\": {\"reason\": \"an oops\"}, " \
	"\"findings\": [" findings "]}"
#define SHOWN "oops: BUG: NULL in mine_read\n  where  mine_read\\+0x5/0x20 \\[mine\\]\n  source mine.c:67\n" \
	"  task   cat, pid 7\n  lines  30-81\n  hash   c8207297d2c07757\n  trace\n" \
	"    -->  mine_read\\+0x5/0x20 \\[mine\\]  mine.c:67\n         vfs_read\n"

/* Prints what it was told, without the kernel's folders that it stands in. */
static const char fake_gdb[] = "#!/bin/sh\necho \"gdb $*\"\ncat \"$4\"\nexit 3\n";

static void test_none(void)
{
	auto_box box = { 0 };

	box_init(&box);
	cli_check(&box, "vexvm crash", 0, "^No run that is kept broke its kernel\n$", NULL);
	cli_check(&box, "vexvm crash --json", 0, "^\\[ *\\]\n$", NULL);
	cli_check(&box, "vexvm crash show", 2, NULL, "no run that is kept");
	cli_check(&box, "vexvm crash show nonsense", 2, NULL, "'nonsense' is no run that broke");
	cli_check(&box, "vexvm crash dump", 8, NULL, "VM 'default' is not running; run 'vexvm start' first");
	cli_check(&box, "vexvm crash frob", 2, NULL, "'frob' is none of list, show, gdb and dump");
	cli_check(&box, "vexvm crash list frob", 2, NULL, "crash list: it takes no argument");
	cli_check(&box, "vexvm gdb", 8, NULL, "not set up");
}

static void write_run(struct box *box)
{
	box_write(box, RUN "result.json", result);
	box_write(box, RUN "vmcore.json", about);
	box_write(box, RUN "vmcore", "memory");
	box_write(box, RUN "console.log", "booting\n[    1.000000] Kernel panic - not syncing: x\033[2J\nRIP: here\n");
}

/* What the guest said goes to a pipe as it is, and a terminal obeys none of it. */
static void test_show(void)
{
	auto_box box = { 0 };
	auto_cli_result shown = { 0 };

	box_init(&box);
	write_run(&box);
	cli_check(&box, "vexvm crash list", 0, "^20260101-000000-001 .* mine: it broke\\\\x1b\\[2J\n$", NULL);
	cli_check(&box, "vexvm crash --json", 0, "\"where\" : \"Kernel panic in mine_init\"", NULL);
	cli_check(&box, "vexvm crash show 20260101-000000-001", 0,
		  "where     Kernel panic in mine_init\n(.*\n)*module    mine\n +0xffffffffc0001000 .text\n"
		  "(.*\n)*\\[    1.000000\\] Kernel panic.*\nRIP: here\n$", NULL);
	cli_type_tty(&box, "vexvm crash show", &shown);
	cli_expect(&shown, 0, "not syncing: x\\\\x1b\\[2J", NULL);
	cli_check(&box, "vexvm crash show --json", 0, "\"words\" : \".*RIP: here", NULL);
}

/* One that went on after its fault has no memory to show, but all the rest. */
static void test_oops(void)
{
	auto_box box = { 0 };

	box_init(&box);
	box_write(&box, RUN "result.json", RESULT(OOPS));
	box_write(&box, RUN "console.log", "booting\n");
	cli_check(&box, "vexvm crash list", 0, "^20260101-000000-001 +-  mine: an oops\n$", NULL);
	cli_check(&box, "vexvm crash show", 0, "\nwhere     BUG: NULL in mine_read at mine.c:67\n"
		  "vmcore    none was kept: the kernel did not panic, and went on\n\n" SHOWN
		  "\nThe lines are those of /.*/20260101-000000-001/kmsg.jsonl\n$", NULL);
	cli_check(&box, "vexvm crash show --json", 0, "\"findings\" : \\[\\s*\\{\\s*\"class\" : \"oops\"", NULL);
	cli_check(&box, "vexvm crash gdb", 2, NULL, "memory was not kept in run 20260101-000000-001: the kernel went on");
	/* Nor did one go on that had nobody in it answer, whose kernel still did. */
	box_write(&box, RUN "result.json", "{\"hang\": \"programs hung: in a.sh; none in the guest answers\", "
		  "\"findings\": [" OOPS "]}");
	cli_check(&box, "vexvm crash show", 0, "\nvmcore    none was kept\n", NULL);
	/* A warning breaks nothing, nor does what is no finding. */
	box_write(&box, RUN "result.json", RESULT("{\"class\": \"warning\", \"fatal\": false}, 7, {\"class\": 3}"));
	cli_check(&box, "vexvm crash list", 0, "^No run that is kept", NULL);
}

/* Of a hang nothing more may be known, and its memory may have made way for newer ones. */
static void test_hang(void)
{
	auto_box box = { 0 };

	box_init(&box);
	box_write(&box, RUN "result.json", "{\"hang\": \"kernel hung: in a.sh\", \"verdict\": {\"reason\": \"it hung\"}}");
	box_write(&box, RUN "vmcore", "memory");
	box_write(&box, RUN "vmcore.json", about);
	cli_check(&box, "vexvm crash show", 0, "\nverdict   it hung\nvmcore    /", NULL);
	cli_check(&box, "rm " RUN "vmcore", 0, NULL, NULL);
	cli_check(&box, "vexvm crash list", 0, "^20260101-000000-001 +pruned  : it hung\n$", NULL);
	cli_check(&box, "vexvm crash show", 0, "\nverdict   it hung\nvmcore    pruned: newer ones took its place", NULL);
	cli_check(&box, "vexvm crash gdb", 2, NULL, "memory in run 20260101-000000-001 is pruned: .*; keep= ");
}

/* A panic that follows an oops tells less than the oops. */
static void test_oops_and_panic(void)
{
	g_autoptr(GString) console = g_string_new("booting\n[    1.000000] BUG: kernel NULL pointer dereference\n");
	auto_box box = { 0 };

	box_init(&box);
	box_write(&box, RUN "result.json", RESULT("{\"class\": \"warning\", \"title\": \"a warning\"}, " OOPS
						  ", {\"class\": \"panic\", \"title\": \"kernel panic\", \"fatal\": true}"));
	for (guint i = 0; i < 120; i++)
		g_string_append(console, "[    1.000001]  the report\n");
	g_string_append(console, "[    1.000002] Kernel panic - not syncing: Fatal exception\n");
	box_write(&box, RUN "console.log", console->str);
	cli_check(&box, "vexvm crash show", 0, "\nwhere     BUG: NULL in mine_read at mine.c:67\nvmcore    none was kept\n"
		  "(.*\n)*" SHOWN "(.*\n)*panic: kernel panic\n(.*\n)*\nThe kernel's last words:\n"
		  "\\[    1.000000\\] BUG: kernel NULL", NULL);
}

static void test_core_in_gdb(void)
{
	auto_box box = { 0 };

	box_init(&box);
	write_run(&box);
	box_fake(&box, "gdb", fake_gdb);
	cli_check(&box, "vexvm crash gdb", 3, "core-file .*/20260101-000000-001/vmcore\n"
		  "add-symbol-file /src/mine.ko -s .text 0xffffffffc0001000\n",
		  "There is no /usr/lib/debug/boot/vmlinux-6.1.0-1-amd64: .* linux-image-6.1.0-1-amd64-dbg");
	cli_check(&box, "vexvm crash gdb", 3, "set substitute-path /mnt/vexfs_source /elsewhere/mine\n", "linux-image");
	cli_check(&box, "vexvm crash gdb --vmlinux=nowhere", 2, NULL, "nowhere: no such file");
	box_write(&box, RUN "vmcore.json", "{\"format\": \"kdump\"}");
	cli_check(&box, "vexvm crash gdb", 2, NULL, "is for crash\\(8\\)");
}

/* gdb's server is started and ended by QEMU's monitor; here nobody listens. */
static void test_gdb(void)
{
	g_autofree char *inside = NULL;
	auto_box box = { 0 };
	struct fakevm *vm;

	box_init(&box);
	vm = fakevm_start(&box, "paused");
	box_fake(&box, "gdb", fake_gdb);
	box_write(&box, "commands", "bt\n");
	cli_check(&box, "vexvm gdb --batch=commands", 3, "-batch -x commands\n(.*\n)*target remote .*/gdb\n$",
		  "Modules are not found in this guest");
	cli_check(&box, "vexvm gdb --module=no.ko --break=f", 3, "\nbreak f\ncontinue\n$", "not found");
	/* A module that was given by --source lies outside of the project. */
	box_write(&box, ".vexvm/default/runs/latest/result.json", result);
	cli_check(&box, "vexvm gdb --batch=commands", 3, "set substitute-path /mnt/vexfs_source /elsewhere/mine\n", "linux-image");
	inside = g_strdup_printf("{\"source\": \"%s/module\"}", box.project);
	box_write(&box, ".vexvm/default/runs/latest/result.json", inside);
	cli_check(&box, "vexvm gdb --batch=commands", 3, "set substitute-path /mnt/vexfs_source /.*/a\\\\ project\n",
		  "linux-image");
	fakevm_free(vm);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_set_nonfatal_assertions();
	g_test_add_func("/crash/none", test_none);
	g_test_add_func("/crash/list and show", test_show);
	g_test_add_func("/crash/an oops", test_oops);
	g_test_add_func("/crash/a hang", test_hang);
	g_test_add_func("/crash/an oops and a panic", test_oops_and_panic);
	g_test_add_func("/crash/gdb on a vmcore", test_core_in_gdb);
	g_test_add_func("/crash/gdb on a VM", test_gdb);
	return g_test_run();
}
