// SPDX-License-Identifier: GPL-2.0-only
/* What a kernel log tells: faults are found, everything else is not. */
#include "libvm/oops.h"

struct sample {
	const char *name;
	const char *log;	/* lines */
	const char *classes;	/* of the findings, in order */
	const char *title;	/* of the first; NULL = not looked at */
};

static const struct sample samples[] = {
	{ "null",
	  "BUG: kernel NULL pointer dereference, address: 0000000000000000\n"
	  "#PF: supervisor write access in kernel mode\n"
	  "Oops: 0002 [#1] PREEMPT SMP NOPTI\n"
	  "CPU: 0 PID: 412 Comm: insmod Tainted: G           OE      6.1.0 #1\n"
	  "RIP: 0010:oopses_init+0x5/0x1000 [oopses]\n"
	  "---[ end trace 0000000000000000 ]---\n",
	  "oops", "BUG: unable to handle kernel NULL pointer dereference in oopses_init" },
	{ "bug",
	  "------------[ cut here ]------------\nkernel BUG at /src/super.c:12!\n"
	  "invalid opcode: 0000 [#1] PREEMPT SMP\nRIP: 0010:vexfs_fill+0x12/0x40 [vexfs]\n",
	  "bug", "kernel BUG in vexfs_fill" },
	{ "warning",
	  "WARNING: CPU: 1 PID: 7 at /src/inode.c:300 drop_it+0x20/0x30 [vexfs]\n"
	  "RIP: 0010:drop_it+0x20/0x30 [vexfs]\n---[ end trace 12 ]---\n",
	  "warning", "WARNING in drop_it" },
	{ "refcount",
	  "------------[ cut here ]------------\nrefcount_t: underflow; use-after-free.\n"
	  "WARNING: CPU: 0 PID: 9 at lib/refcount.c:28 refcount_warn_saturate+0xd8/0xe0\n",
	  "refcount", NULL },
	{ "kasan-then-oops",
	  "BUG: KASAN: use-after-free in read_it+0x10/0x20 [m]\n"
	  "general protection fault, probably for non-canonical address 0xdead: 0000 [#1]\n"
	  "Kernel panic - not syncing: Fatal exception\n",
	  "kasan panic", "KASAN: use-after-free in read_it" },
	{ "lockup", "watchdog: BUG: soft lockup - CPU#0 stuck for 26s! [insmod:412]\n", "lockup", NULL },
	{ "rcu", "rcu: INFO: rcu_preempt self-detected stall on CPU\n", "rcu-stall", NULL },
	{ "hung", "INFO: task rmmod:513 blocked for more than 120 seconds.\n", "hung-task", NULL },
	{ "atomic", "BUG: sleeping function called from invalid context at mm/slab.h:274\n", "atomic", NULL },
	{ "lockdep", "WARNING: possible circular locking dependency detected\n", "lockdep", NULL },
	{ "slab", "BUG kmalloc-64 (Tainted: G    B      OE     ): Redzone overwritten\n", "slab", NULL },
	{ "slab-leak",
	  "kmem_cache_destroy vexfs_inode: Slab cache still has objects when called from exit+0x1/0x2\n"
	  "WARNING: CPU: 0 PID: 3 at mm/slab_common.c:500 kmem_cache_destroy+0x1/0x2\n",
	  "slab-leak", NULL },
	{ "busy", "VFS: Busy inodes after unmount of vdb. Self-destruct in 5 seconds.\n", "busy-inodes", NULL },
	{ "positive",
	  "do_init_module: 'm'->init suspiciously returned 246, it should follow 0/-E convention\\x0a"
	  "do_init_module: loading module anyway...\n",
	  "init-result",
	  "do_init_module: 'm'->init suspiciously returned 246, it should follow 0/-E convention" },
	{ "two-in-one-record", "harmless\\x0aUBSAN: shift-out-of-bounds in m.c:1:2\n", "ubsan", NULL },
	{ "twice", "UBSAN: overflow in a.c:1\n---[ end trace ]---\nUBSAN: overflow in a.c:1\n", "ubsan", NULL },
	{ "list", "list_del corruption. prev->next should be a, but was b\nkernel BUG at lib/list_debug.c:51!\n",
	  "list", NULL },
	/* An allocation of the module's own that was made to fail, and of the loader's. */
	{ "injected",
	  "FAULT_INJECTION: forcing a failure.\\x0aname failslab, interval 1, probability 0, space 0, times 0\n"
	  "CPU: 0 PID: 9 Comm: vexvm-agent Tainted: G           O       6.1.0 #1\nCall Trace:\n"
	  " dump_stack_lvl+0x1/0x2\n take_it+0x1/0x2 [m]\n"
	  "vexvm-agent: vmalloc error: size 16384, vm_struct allocation failed, mode:0xcc0(GFP_KERNEL)\n"
	  "CPU: 0 PID: 9 Comm: vexvm-agent Tainted: G           O       6.1.0 #1\nCall Trace:\n"
	  " vmalloc+0x1/0x2\n take_it+0x1/0x2 [m]\n", "", NULL },
	{ "injected-then-oops",
	  "FAULT_INJECTION: forcing a failure.\n"
	  "vexvm-agent: vmalloc error: size 16384, vm_struct allocation failed, mode:0xcc0(GFP_KERNEL)\n"
	  "Call Trace:\n vmalloc+0x1/0x2\n load_module+0x1/0x2\n"
	  "general protection fault, probably for non-canonical address 0xdffffc0000000000: 0000 [#1]\n"
	  "RIP: 0010:take_it+0x96/0xfff [m]\n", "oops", "general protection fault in take_it" },
	{ "memory-then-oops",
	  "prog: vmalloc error: size 16384, vm_struct allocation failed, mode:0xcc0(GFP_KERNEL)\n"
	  "Call Trace:\n vmalloc+0x1/0x2\n load_module+0x1/0x2\n"
	  "general protection fault, probably for non-canonical address 0xdffffc0000000000: 0000 [#1]\n"
	  "RIP: 0010:take_it+0x96/0xfff [m]\n", "oops", "general protection fault in take_it" },
	/* Nothing of this is a fault. */
	{ "quiet",
	  "hello: loading out-of-tree module taints kernel.\n"
	  "hello: module verification failed: signature and/or required key missing - tainting kernel\n"
	  "traps: prog[12] general protection fault ip:55 sp:7f error:0 in prog\n"
	  "prog[13]: segfault at 0 ip 0000 sp 0000 error 4 in prog\n"
	  "Bluetooth: HCI bug workaround\nvexfs: this is a BUG: in my words\n"
	  "UBSAN: enabled\nUBSAN: enabled with traps\n"
	  "audit: type=1300 audit(1.0:1): comm=\"BUG: KASAN: oops\"\n"
	  "type=1400 audit(1.0:1): comm=\"BUG: KASAN: oops\"\n"
	  "I/O error, dev vdb, sector 16 op 0x1:(WRITE) flags 0x8800 phys_seg 1 prio class 2\n"
	  "blk_update_request: I/O error, dev vdb, sector 16 op 0x0:(READ) flags 0x0 phys_seg 1 prio class 0\n"
	  "Buffer I/O error on dev vdb, logical block 2, lost async page write\n"
	  "buffer_io_error: 3 callbacks suppressed\n"
	  "critical medium error, dev vdb, sector 16\n"
	  "EXT4-fs error (device vdb): ext4_wait_block_bitmap:574: comm touch: Cannot read block bitmap\n"
	  "EXT4-fs (vdb): I/O error while writing superblock\n"
	  "Aborting journal on device vdb-8.\n"
	  "systemd[1]: Warning: nothing\nkernel: no WARNING: here\nACPI: debug: ok\n",
	  "", NULL },
};

static void test_sample(gconstpointer data)
{
	const struct sample *sample = data;
	g_autoptr(oops_owner) oops = oops_new();
	g_autoptr(GString) classes = g_string_new(NULL);
	g_auto(GStrv) lines = g_strsplit(sample->log, "\n", -1);
	GPtrArray *findings;

	for (guint i = 0; lines[i]; i++)
		oops_feed(oops, 1000 + i, lines[i]);
	findings = oops_findings(oops);
	for (guint i = 0; i < findings->len; i++)
		g_string_append_printf(classes, "%s%s", i ? " " : "",
				       ((struct finding *)findings->pdata[i])->class);
	g_assert_cmpstr(classes->str, ==, sample->classes);
	if (sample->title)
		g_assert_cmpstr(((struct finding *)findings->pdata[0])->title, ==, sample->title);
}

static void test_codes(void)
{
	g_autoptr(oops_owner) oops = oops_new();
	struct finding *f;

	f = oops_feed(oops, 1, "kmem_cache_destroy x: Slab cache still has objects");
	g_assert_cmpint(f->code, ==, LAB_ERROR_LEAK);
	g_assert_false(f->fatal);
	f = oops_feed(oops, 2, "'m'->init suspiciously returned 1, it should");
	g_assert_cmpint(f->code, ==, LAB_ERROR_LOAD);
	f = oops_feed(oops, 3, "BUG: KASAN: use-after-free in f");
	g_assert_false(f->fatal);
	oops_feed(oops, 3, "Oops: general protection fault");
	g_assert_true(f->fatal);
	f = oops_feed(oops, 3, "Kernel panic - not syncing: x");
	g_assert_cmpint(f->code, ==, LAB_ERROR_KERNEL);
	g_assert_true(f->fatal);
}

static void test_count(void)
{
	g_autoptr(oops_owner) oops = oops_new();
	struct finding *f = oops_feed(oops, 1, "UBSAN: overflow in a.c:1");

	for (guint i = 0; i < 20; i++)
		g_assert_null(oops_feed(oops, 2 + i, "UBSAN: overflow in a.c:1"));
	g_assert_cmpuint(f->count, ==, 21);
	g_assert_cmpuint(oops_findings(oops)->len, ==, 1);
}

static void feed_warning(struct oops *oops, const char *line)
{
	static const char *const rest[] = { "Modules linked in: uaf(OE)", "RIP: 0010:dev_write+0x%s/0x180 [uaf]", "Call Trace:",
					    " vfs_write+0xcd/0x400", "---[ end trace 0000000000000000 ]---" };
	g_autofree char *first = g_strdup_printf("WARNING: CPU: 0 PID: 12 at /src/uaf.c:%s dev_write+0x%s/0x180 [uaf]", line, line);

	oops_feed(oops, 1, first);
	for (guint i = 0; i < G_N_ELEMENTS(rest); i++) {
		g_auto(GStrv) part = g_strsplit(rest[i], "%s", 2);
		g_autofree char *text = part[1] ? g_strconcat(part[0], line, part[1], NULL) : g_strdup(rest[i]);

		oops_feed(oops, 1, text);
	}
}

static void expect_counts(struct oops *oops, guint one, guint other)
{
	const GPtrArray *findings = oops_findings(oops);

	oops_end(oops);
	g_assert_cmpuint(findings->len, ==, 2);
	g_assert_cmpuint(((struct finding *)findings->pdata[0])->count, ==, one);
	g_assert_cmpuint(((struct finding *)findings->pdata[1])->count, ==, other);
}

/* Two faults of one function are two, however often each is reported. */
static void test_two_of_one(void)
{
	static const char *const lines[] = { "34", "36", "34", "36", "34" };
	g_autoptr(oops_owner) oops = oops_new(), kasan = oops_new();

	for (guint i = 0; i < G_N_ELEMENTS(lines); i++)
		feed_warning(oops, lines[i]);
	expect_counts(oops, 3, 2);
	/* By the place in the code, where no line is named. */
	for (guint i = 0; i < G_N_ELEMENTS(lines); i++) {
		g_autofree char *first = g_strdup_printf("BUG: KASAN: use-after-free in dev_write+0x%s/0x180 [uaf]", lines[i]);
		g_autofree char *frame = g_strdup_printf(" dev_write+0x%s/0x180 [uaf]", lines[i]);

		oops_feed(kasan, 1, first);
		oops_feed(kasan, 1, "Write of size 8 at addr ffff888003a5c000 by task sh/12");
		oops_feed(kasan, 1, "Call Trace:");
		oops_feed(kasan, 1, " dump_stack_lvl+0x34/0x44");
		oops_feed(kasan, 1, " kasan_report+0xa7/0xe0");
		oops_feed(kasan, 1, frame);
		oops_feed(kasan, 1, "==================================================================");
	}
	expect_counts(kasan, 3, 2);
}

/* A report without an end mark ends by time: what comes later is another one. */
static void test_time(void)
{
	g_autoptr(oops_owner) oops = oops_new();

	g_assert_nonnull(oops_feed(oops, 1000000, "BUG: unable to handle page fault for address: 1"));
	g_assert_null(oops_feed(oops, 1000100, "WARNING: CPU: 0 PID: 1 at a.c:1 f+0x1/0x2"));
	g_assert_nonnull(oops_feed(oops, 9000000, "WARNING: CPU: 0 PID: 1 at a.c:1 f+0x1/0x2"));
}

static void test_bounds(void)
{
	g_autoptr(oops_owner) oops = oops_new();
	g_autofree char *huge = g_strnfill(1024 * 1024, 'x');
	g_autofree char *line = g_strconcat("BUG: ", huge, NULL);

	for (guint i = 0; i < OOPS_FINDINGS_MAX * 3; i++) {
		g_autofree char *one = g_strdup_printf("UBSAN: %u in a.c", i);

		oops_feed(oops, i * 10000000, one);
	}
	oops_feed(oops, 0, line);
	g_assert_cmpuint(oops_findings(oops)->len, ==, OOPS_FINDINGS_MAX);
	for (guint i = 0; i < OOPS_FINDINGS_MAX; i++)
		g_assert_cmpuint(strlen(((struct finding *)oops_findings(oops)->pdata[i])->line), <=,
				 OOPS_LINE_MAX);
}

/* What stamps later show to be a program's is not told of as left out. */
static void test_dropped_unstamped(void)
{
	static const char *const stamped = "[    1.000000] Linux version 6.1.0";
	g_autoptr(oops_owner) oops = oops_new();

	for (guint i = 0; i < OOPS_FINDINGS_MAX * 2; i++) {
		g_autofree char *line = g_strdup_printf("UBSAN: %u in a.c", i);

		oops_feed_console(oops, line, strlen(line));
	}
	g_assert_cmpuint(oops_dropped(oops), >, 0);
	for (guint i = 0; i < 2; i++)
		oops_feed_console(oops, stamped, strlen(stamped));
	oops_end(oops);
	g_assert_cmpuint(oops_findings(oops)->len, ==, 0);
	g_assert_cmpuint(oops_dropped(oops), ==, 0);
}

/* Such a line is no kernel's, and where there are many, neither is what stands between them. */
static void test_nul(void)
{
	static const char line[] = "BUG: KASAN: use-after-free in f+0x1/0x2\0%s";
	g_autoptr(oops_owner) oops = oops_new();

	oops_feed_console(oops, "BUG: KASAN: use-after-free in f+0x1/0x2", 39);
	for (guint i = 0; i < 20; i++)
		oops_feed_console(oops, line, sizeof(line) - 1);
	oops_feed_console(oops, "BUG: KASAN: use-after-free in g+0x1/0x2", 39);
	oops_end(oops);
	g_assert_cmpuint(oops_findings(oops)->len, ==, 0);
}

static void test_console(void)
{
	static const struct {
		const char *line, *text;
		guint64 usec;
	} lines[] = {
		{ "[   12.345678] hello", "hello", 12345678 },
		{ "[12345.000001][  T12] hello", "hello", 12345000001 },
		{ "[    0.000000][    C1] hello", "hello", 0 },
		{ "[    1.500000]  ? indented", " ? indented", 1500000 },
		{ "login: ", "login: ", 0 },
		{ "[  OK  ] Started x", "[  OK  ] Started x", 0 },
		{ "[1.5] x", "[1.5] x", 0 },
		{ "[", "[", 0 },
		{ "", "", 0 },
		{ "[   12.345678] [unended", "[unended", 12345678 },
		{ "vexvm login: [   12.345678] hello", "hello", 12345678 },
		{ "[x] [1.5] [   12.345678] [   13.345678] y", "[   13.345678] y", 12345678 },
	};

	for (guint i = 0; i < G_N_ELEMENTS(lines); i++) {
		guint64 usec = 99;

		g_assert_cmpstr(oops_console_text(lines[i].line, &usec), ==, lines[i].text);
		g_assert_cmpuint(usec, ==, lines[i].usec);
		g_assert_cmpstr(oops_console_text(lines[i].line, NULL), ==, lines[i].text);
	}
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	for (guint i = 0; i < G_N_ELEMENTS(samples); i++) {
		g_autofree char *path = g_strdup_printf("/oops/sample/%s", samples[i].name);

		g_test_add_data_func(path, &samples[i], test_sample);
	}
	g_test_add_func("/oops/codes", test_codes);
	g_test_add_func("/oops/count", test_count);
	g_test_add_func("/oops/two of one", test_two_of_one);
	g_test_add_func("/oops/time", test_time);
	g_test_add_func("/oops/bounds", test_bounds);
	g_test_add_func("/oops/dropped-unstamped", test_dropped_unstamped);
	g_test_add_func("/oops/nul", test_nul);
	g_test_add_func("/oops/console", test_console);
	return g_test_run();
}
