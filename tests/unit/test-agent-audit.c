// SPDX-License-Identifier: GPL-2.0-only
/* The agent's snapshots, of a folder that looks like a machine's /proc and /sys. */
#include <elf.h>
#include <glib.h>
#include <string.h>
#include <sys/stat.h>

#include "lib/folder.h"

struct fixture {
	char *agent, *root, *before, *loaded;
};

/* A file of the machine, with its folders. */
static void put(struct fixture *f, const char *path, const char *text)
{
	g_autofree char *full = g_build_filename(f->root, path, NULL);
	g_autofree char *folder = g_path_get_dirname(full);

	g_assert_cmpint(g_mkdir_with_parents(folder, 0755), ==, 0);
	g_assert_true(g_file_set_contents(full, text, -1, NULL));
}

static void set_up(struct fixture *f, gconstpointer data)
{
	g_autofree char *self = g_file_read_link("/proc/self/exe", NULL);
	g_autofree char *unit = g_path_get_dirname(self);

	f->agent = g_build_filename(unit, "..", "vexvm-agent", NULL);
	f->root = g_dir_make_tmp("vexvm-test-XXXXXX", NULL);
	f->before = g_build_filename(f->root, "before", NULL);
	f->loaded = g_build_filename(f->root, "loaded", NULL);
	put(f, "proc/modules", "loop 40960 1 - Live 0xffffffffc0400000\n");
	put(f, "proc/filesystems", "nodev\tproc\n\text4\n");
	put(f, "proc/77/stat", "77 (jbd2/vda-8) S 2 0 0 0\n");
	put(f, "sys/kernel/slab/kmalloc-64/object_size", "64\n");
	put(f, "sys/kernel/debug/slab/kmalloc-64/alloc_traces",
	    "      5 someone+0x1/0x2 age=1/2/3 pid=1 cpus=0\n        kmalloc_trace+0x2a/0xa0\n"
	    "        someone+0x1/0x2\n\n");
}

static void tear_down(struct fixture *f, gconstpointer data)
{
	g_assert_true(folder_remove(f->root, NULL));
	g_free(f->agent);
	g_free(f->root);
	g_free(f->before);
	g_free(f->loaded);
}

/* What the agent prints; it must end with @status. */
static char *run(struct fixture *f, int status, const char *word, const char *a, const char *b)
{
	const char *argv[7] = { f->agent, "--audit", word };
	g_autoptr(GError) error = NULL;
	char *out = NULL;
	guint n = 3;
	int wait_status;

	if (a)
		argv[n++] = a;
	if (b)
		argv[n++] = b;
	argv[n] = f->root;
	g_spawn_sync(NULL, (char **)argv, NULL, G_SPAWN_STDERR_TO_DEV_NULL, NULL, NULL, &out, NULL,
		     &wait_status, &error);
	g_assert_no_error(error);
	g_assert_cmpint(WIFEXITED(wait_status) ? WEXITSTATUS(wait_status) : -1, ==, status);
	return out;
}

static void save(struct fixture *f)
{
	g_free(run(f, 0, "save", f->before, NULL));
}

/* Without what stands in the root itself, which no tree covers. */
static void expect(struct fixture *f, const char *wanted)
{
	g_autofree char *out = run(f, 0, "since", f->before, f->loaded);

	g_assert_cmpstr(out, ==, wanted);
}

static void test_nothing(struct fixture *f, gconstpointer data)
{
	save(f);
	expect(f, "");
}

static void test_tables(struct fixture *f, gconstpointer data)
{
	save(f);
	put(f, "proc/filesystems", "nodev\tproc\n\text4\nnodev\tgoodfs\n");
	put(f, "proc/modules", "loop 40960 3 - Live 0xffffffffc0400000\n"
			       "kvm 1028096 1 - Loading 0xffffffffc0500000\n");
	put(f, "proc/devices", "Character devices:\n  1 mem\n245 good\n\nBlock devices:\n");
	put(f, "proc/vmallocinfo",
	    "0xff-0x100   8192 0xffffffffc0900010 pages=1 vmalloc N0=1\n"
	    "0xff-0x100   8192 load_module+0x1/0x2 pages=1 vmalloc N0=1\n"
	    "0xff-0x100   8192 0xffffffffc0900010 pages=1 vmalloc N0=1\n");
	put(f, "proc/timer_list", " #0: <ff286785>, 0xffffffffc0900040, S:01\n #1: <ff28>, tick, S:01\n");
	put(f, "proc/net/netlink", "sk Eth Pid Groups\nffff 0 0 0\nffff 4 1234 0\n");
	put(f, "proc/crypto", "name         : good\ndriver       : good-generic\n");
	put(f, "proc/interrupts", "           CPU0       CPU1\n"
				  "  5:     100000          0   IO-APIC   5-fasteoi\n"
				  " 12:         10          2   IO-APIC  12-edge      good\n"
				  "NMI:          0          0   Non-maskable interrupts\n");
	expect(f, "crypto\tgood-generic\t\t0\t1\n"
		  "device number\tgood\t245\t0\t1\n"
		  "device number\tmem\t1\t0\t1\n"
		  "filesystem\tgoodfs\t\t0\t1\n"
		  "interrupt\tgood\t12:\t0\t1\n"
		  "module\tkvm\t\t0\t1\n"
		  "netlink\t0\t\t0\t1\n"
		  "proc\t/proc/crypto\tfile\t0\t1\n"
		  "proc\t/proc/devices\tfile\t0\t1\n"
		  "proc\t/proc/interrupts\tfile\t0\t1\n"
		  "proc\t/proc/net\tfolder\t0\t1\n"
		  "proc\t/proc/net/netlink\tfile\t0\t1\n"
		  "proc\t/proc/timer_list\tfile\t0\t1\n"
		  "proc\t/proc/vmallocinfo\tfile\t0\t1\n"
		  "timer\t0xffffffffc0900040\thrtimer\t0\t1\n"
		  "users\tloop\t\t1\t3\n"
		  "vmalloc\t0xffffffffc0900010\t8192\t0\t2\n");
}

static void test_slabs(struct fixture *f, gconstpointer data)
{
	static const char traces[] =
		"      3 good_take+0x1e/0x40 age=1/2/3 pid=1 cpus=0\n        kmalloc_trace+0x2a/0xa0\n"
		"        0xffffffffc080001e\n        0xffffffffc0900001\n        do_one_initcall+0x59/0x220\n\n"
		"      2 0xffffffffc080001e age=7 pid=9\n        kmalloc_trace+0x2a/0xa0\n"
		"        0xffffffffc080001e\n\n"
		"      1 0xffffffffc0800099 age=7 pid=9\n\n"
		"      4 someone+0x1/0x2 age=1\n        someone+0x1/0x2\n";

	save(f);
	put(f, "sys/kernel/debug/slab/kmalloc-64/alloc_traces", traces);
	/* One that is not looked at. */
	put(f, "sys/kernel/slab/dentry/object_size", "192\n");
	save(f);
	put(f, "sys/kernel/debug/slab/kmalloc-64/alloc_traces", "");
	expect(f, "slab\tkmalloc-64\t0xffffffffc080001e kmalloc_trace 64\t5\t0\n"
		  "slab\tkmalloc-64\t0xffffffffc0800099 - 64\t1\t0\n");
}

#define CLOCKS "sys/kernel/debug/sched/debug"

/* 100 s after boot, 100.5 s by the log's clock, at @rate ticks a second, of which some were lost. */
static char *clocks(int rate, int lost)
{
	return g_strdup_printf("Sched Debug Version: v0.11, 6.1.0 #1\n"
			       "ktime                                   : 100000.250000\n"
			       "sched_clk                               : 100900.000000\n"
			       "cpu_clk                                 : 100500.125000\n"
			       "jiffies                                 : %lld\n",
			       (1ll << 32) - 200ll * rate - lost);
}

/* What was made when, as the clock of the log has it; of code that is gone alone, and afterwards alone. */
static void test_made(struct fixture *f, gconstpointer data)
{
	static const char traces[] =
		"      1 0xffffffffc0800010 age=250 pid=9\n\n"
		"      3 good_take+0x1e/0x40 waste=1/2 age=25/50/100 pid=1 cpus=0\n"
		"        kmalloc_trace+0x2a/0xa0\n        0xffffffffc080001e\n\n"
		"      1 0xffffffffc0800020 age=4294967295 pid=9\n\n"
		"      4 someone+0x1/0x2 age=1\n        someone+0x1/0x2\n";
	static const char slabs[] = "slab\tkmalloc-64\t0xffffffffc0800010 - 64\t0\t1\n"
				    "slab\tkmalloc-64\t0xffffffffc080001e kmalloc_trace 64\t0\t3\n"
				    "slab\tkmalloc-64\t0xffffffffc0800020 - 64\t0\t1\n";
	static const struct {
		int rate, lost;
		const char *made;
	} rows[] = {
		{ 250, 0, "made\tkmalloc-64\t0xffffffffc0800010 99500125 99500125\t0\t1\n"
			  "made\tkmalloc-64\t0xffffffffc080001e 100100125 100400125\t0\t1\n"
			  "made\tkmalloc-64\t0xffffffffc0800020 0 0\t0\t1\n" },
		{ 1000, 1500, "made\tkmalloc-64\t0xffffffffc0800010 100250125 100250125\t0\t1\n"
			      "made\tkmalloc-64\t0xffffffffc080001e 100400125 100475125\t0\t1\n"
			      "made\tkmalloc-64\t0xffffffffc0800020 0 0\t0\t1\n" },
		/* A clock that fits no rate, and none at all. */
		{ 250, 5000, "" },
		{ 0, 0, "" },
	};

	for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
		g_autofree char *text = rows[i].rate ? clocks(rows[i].rate, rows[i].lost) : g_strdup("");
		g_autofree char *wanted = g_strconcat(rows[i].made, slabs, NULL);

		put(f, "sys/kernel/debug/slab/kmalloc-64/alloc_traces", "");
		put(f, CLOCKS, text);
		save(f);
		put(f, "sys/kernel/debug/slab/kmalloc-64/alloc_traces", traces);
		expect(f, wanted);
	}
}

static void test_trees(struct fixture *f, gconstpointer data)
{
	save(f);
	put(f, "proc/good/state", "");
	put(f, "proc/4711/stat", "4711 (sh) S 1 0 0\n");
	put(f, "sys/kernel/slab/good_cache/objects", "");
	put(f, "sys/kernel/debug/good/x", "");
	put(f, "sys/kernel/debug/tracing/trace", "");
	put(f, "dev/good", "");
	expect(f, "debugfs\t/sys/kernel/debug/good\tfolder\t0\t1\n"
		  "debugfs\t/sys/kernel/debug/good/x\tfile\t0\t1\n"
		  "debugfs\t/sys/kernel/debug/tracing\tfolder\t0\t1\n"
		  "dev\t/dev/good\tfile\t0\t1\n"
		  "proc\t/proc/good\tfolder\t0\t1\n"
		  "proc\t/proc/good/state\tfile\t0\t1\n"
		  "sysfs\t/sys/kernel/debug/good\tfolder\t0\t1\n"
		  "sysfs\t/sys/kernel/debug/good/x\tfile\t0\t1\n"
		  "sysfs\t/sys/kernel/debug/tracing\tfolder\t0\t1\n"
		  "sysfs\t/sys/kernel/slab/good_cache\tfolder\t0\t1\n");
}

static void test_threads(struct fixture *f, gconstpointer data)
{
	save(f);
	put(f, "proc/80/stat", "80 (a) S (b) S 2 0 0 0\n");
	put(f, "proc/81/stat", "81 (kworker/u4:1) I 2 0 0 0\n");
	put(f, "proc/82/stat", "82 (bash) S 1 0 0 0\n");
	put(f, "proc/83/stat", "83 (cut");
	expect(f, "kthread\ta) S (b\t80\t0\t1\n");
}

static void test_loaded(struct fixture *f, gconstpointer data)
{
	g_autofree char *log = g_build_filename(f->root, "dev/kmsg", NULL), *told = NULL;

	put(f, "dev/kmsg", "");
	save(f);
	put(f, "sys/module/good/sections/.text", "0xffffffffc0800000\n");
	put(f, "sys/module/good/sections/.bss", "0x0000000000000000\n");
	put(f, "proc/77/stack", "[<0>] kthread+0xd7/0x100\n[<0>] good_sleep+0x1e/0x30 [good]\n"
				"[<0>] good_thread+0x1/0x30 [good]\n");
	g_free(run(f, 0, "loaded", f->loaded, "good"));
	g_free(run(f, 0, "loaded", f->loaded, "gone"));
	g_assert_true(g_file_get_contents(log, &told, NULL, NULL));
	g_assert_cmpstr(told, ==, "<6>vexvm: unloading good: .text 0xffffffffc0800000\n");
	put(f, "sys/module/good/sections/.text", "no number\n");
	save(f);
	expect(f, "section\tgood\t.text 0xffffffffc0800000\t0\t1\n"
		  "thread\t77\tgood good_sleep+0x1e/0x30\t0\t1\n");
}

/* What is told of a module whose init has ended, and of its variables before it goes. */
static void test_note(struct fixture *f, gconstpointer data)
{
	g_autofree char *log = g_build_filename(f->root, "dev/kmsg", NULL), *loaded = NULL, *gone = NULL;

	put(f, "dev/kmsg", "");
	put(f, "sys/module/good/sections/.text", "0xffffffffc0800000\n");
	put(f, "sys/module/good/sections/.init.text", "0xffffffffc0900000\n");
	g_free(run(f, 0, "init", "good", NULL));
	g_free(run(f, 0, "init", "gone", NULL));
	g_assert_true(g_file_get_contents(log, &loaded, NULL, NULL));
	g_assert_cmpstr(loaded, ==, "<6>vexvm: loaded good: .init.text 0xffffffffc0900000\n");
	put(f, "dev/kmsg", "");
	put(f, "sys/module/other/sections/.data", "0xffffffffc0802000\n");
	put(f, "sys/module/other/sections/.rodata", "0xffffffffc0803000\n");
	g_free(run(f, 0, "loaded", f->loaded, "other"));
	g_assert_true(g_file_get_contents(log, &gone, NULL, NULL));
	g_assert_cmpstr(gone, ==, "<6>vexvm: unloading other: .data 0xffffffffc0802000\n");
}

/* Names that would be other lines, colours, or without end. */
static void test_hostile(struct fixture *f, gconstpointer data)
{
	g_autofree char *out = NULL;
	g_autofree char *deep = g_strnfill(200, 'x');
	g_autofree char *path = g_strdup_printf("proc/%s/%s/%s/%s/%s/%s", deep, deep, deep, deep, deep, deep);

	save(f);
	put(f, "proc/a\tb\n\x1b[31m\xff\\", "");
	put(f, path, "");
	out = run(f, 0, "since", f->before, f->loaded);
	g_assert_nonnull(strstr(out, "proc\t/proc/a\\x09b\\x0a\\x1b[31m\\xff\\x5c\tfile\t0\t1\n"));
	g_assert_null(strchr(out, '\x1b'));
	for (char **line = g_strsplit(out, "\n", -1), **at = line; at; at = *at ? at + 1 : NULL) {
		if (!*at) {
			g_strfreev(line);
			break;
		}
		g_assert_cmpuint(strlen(*at), <, 600);
	}
}

/*
 * A machine of one CPU in a kcore: at the address MEMORY an offset of 0, then a timer
 * base with one timer in its first vector, whose function is a module's.
 */
#define MEMORY 0xff00000000000000ull
#define BASES 4096
#define TIMER 32768
#define FUNCTION 0xffffffffc0800040ull
#define DATA 0x1000

static void put64(char *memory, gsize at, guint64 value)
{
	memcpy(memory + at, &value, sizeof(value));
}

static void put_core(struct fixture *f, guint32 cpu, guint64 bits, guint64 next)
{
	const Elf64_Ehdr elf = { .e_ident = { 0x7f, 'E', 'L', 'F', ELFCLASS64 }, .e_phnum = 1,
				 .e_phoff = 64, .e_phentsize = sizeof(Elf64_Phdr) };
	const Elf64_Phdr header = { .p_type = PT_LOAD, .p_offset = DATA, .p_vaddr = MEMORY, .p_memsz = 65536 };
	g_autofree char *path = g_build_filename(f->root, "proc/kcore", NULL);
	g_autofree char *core = g_malloc0(DATA + 65536);
	char *memory = core + DATA;

	memcpy(core, &elf, sizeof(elf));
	memcpy(core + 64, &header, sizeof(header));
	/* What would be the second CPU's is not its own. */
	put64(memory, 8, 0);
	for (guint i = 0; i < 2; i++)
		memcpy(memory + BASES + 4736 * i + 32, &cpu, sizeof(cpu));
	put64(memory, BASES + 40, bits);
	put64(memory, BASES + 112, MEMORY + TIMER);
	put64(memory, TIMER, next);
	put64(memory, TIMER + 24, FUNCTION);
	g_assert_true(g_file_set_contents(path, core, DATA + 65536, NULL));
}

static void test_timers(struct fixture *f, gconstpointer data)
{
	static const char found[] = "timer\t0xffffffffc0800040\ttimer\t0\t1\n";
	g_autofree char *ring = NULL;

	put(f, "proc/kallsyms", "ff00000000001000 A timer_bases\nff00000000000000 D __per_cpu_offset\n"
				"short\n\nff00000000001000 A timer_bases_not\n");
	put(f, "proc/kcore", "no kcore");
	save(f);
	expect(f, "");
	put_core(f, 0, 1, 0);
	expect(f, found);
	/* A base that does not know its CPU, a timer without a bit: another layout. */
	put_core(f, 7, 1, 0);
	expect(f, "");
	put_core(f, 0, 2, 0);
	expect(f, "");
	/* A timer in memory that is gone, a module's; and a list without an end. */
	put_core(f, 0, 1, 0xffffffffc0a00000);
	expect(f, "timer\t0xffffffffc0800040\ttimer\t0\t1\ntimer\t0xffffffffc0a00000\ttimer itself\t0\t1\n");
	put_core(f, 0, 1, MEMORY + TIMER);
	ring = run(f, 0, "since", f->before, f->loaded);
	g_assert_cmpstr(ring, ==, "timer\t0xffffffffc0800040\ttimer\t0\t10000\n");
}

static void test_validate(struct fixture *f, gconstpointer data)
{
	g_autofree char *path = g_build_filename(f->root, "sys/kernel/slab/kmalloc-64/validate", NULL);
	g_autofree char *text = NULL;

	put(f, "sys/kernel/slab/kmalloc-64/validate", "");
	g_free(run(f, 0, "validate", NULL, NULL));
	g_assert_true(g_file_get_contents(path, &text, NULL, NULL));
	g_assert_cmpstr(text, ==, "1\n");
}

static void test_faults(struct fixture *f, gconstpointer data)
{
	g_autofree char *nowhere = g_build_filename(f->root, "no", "file", NULL);

	g_free(run(f, 1, "since", nowhere, f->loaded));
	g_free(run(f, 1, "save", nowhere, NULL));
	g_free(run(f, 1, "loaded", nowhere, "good"));
	g_free(run(f, 2, "unheard-of", NULL, NULL));
}

#define ADD(name, fn) g_test_add("/agent-audit/" name, struct fixture, NULL, set_up, fn, tear_down)

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	ADD("nothing", test_nothing);
	ADD("tables", test_tables);
	ADD("slabs", test_slabs);
	ADD("made", test_made);
	ADD("trees", test_trees);
	ADD("threads", test_threads);
	ADD("loaded", test_loaded);
	ADD("note", test_note);
	ADD("hostile", test_hostile);
	ADD("timers", test_timers);
	ADD("validate", test_validate);
	ADD("faults", test_faults);
	return g_test_run();
}
