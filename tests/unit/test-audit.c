// SPDX-License-Identifier: GPL-2.0-only
/* What is left behind: from the agent's lines to findings. They are hostile. */
#include <glib.h>
#include <string.h>

#include "libvm/audit.h"

#define SECTIONS \
	"section\tgood\t.text 0xffffffffc0800000\t0\t1\n" \
	"section\tgood\t.init.text 0xffffffffc0900000\t0\t1\n" \
	"section\tgood\t.init.text 0xffffffffc0900000\t0\t1\n" \
	"section\tgood\t.text 0xffffffffc0a00000\t0\t1\n"	/* of another load */

static const char *const needs[] = { "libcrc32c", NULL };

static GPtrArray *compare(const char *text)
{
	g_autoptr(GPtrArray) functions = audit_functions_new();

	g_ptr_array_add(functions, audit_function_new("good", ".text", 0, 0x40, "good_first"));
	g_ptr_array_add(functions, audit_function_new("good", ".text", 0x40, 0x20, "good_second"));
	g_ptr_array_add(functions, audit_function_new("good", ".init.text", 0, 0x30, "good_init"));
	return audit_compare(text, functions, needs);
}

/* One finding, in these words. */
static void expect(const char *lines, const char *kind, const char *detail)
{
	g_autofree char *text = g_strconcat(lines, SECTIONS, NULL);
	g_autoptr(GPtrArray) leaks = compare(text);
	const struct leak *leak = leaks->len ? leaks->pdata[0] : NULL;

	g_assert_nonnull(leak);
	g_assert_cmpstr(leak->kind, ==, kind);
	g_assert_cmpstr(leak->detail, ==, detail);
	g_assert_cmpuint(leaks->len, ==, 1);
}

static void expect_none(const char *lines)
{
	g_autofree char *text = g_strconcat(SECTIONS, lines, NULL);
	g_autoptr(GPtrArray) leaks = compare(text);

	if (leaks->len)
		g_test_message("%s", ((struct leak *)leaks->pdata[0])->detail);
	g_assert_cmpuint(leaks->len, ==, 0);
}

/* After a corruption the kernel frees no more of that cache: what it holds is nobody's leak. */
static void test_spoilt(void)
{
	g_autoptr(GPtrArray) leaks = compare("slab\tkmalloc-64\t0xffffffffc080001e kmalloc_trace 64\t0\t1\n"
					     "slab\tkmalloc-6\t0xffffffffc080001e kmalloc_trace 64\t0\t1\n"
					     "slab\tkmalloc-96\t0xffffffffc080001e kmalloc_trace 96\t0\t1\n"
					     "cache\tkmalloc-64\t-\t0\t1\n" SECTIONS);
	g_autoptr(GPtrArray) findings = g_ptr_array_new_with_free_func((GDestroyNotify)finding_free);
	guint all = leaks->len;

	g_ptr_array_add(findings, finding_new("oops", LAB_ERROR_KERNEL, "BUG kmalloc-96 (x)"));
	g_assert_cmpuint(audit_drop_spoilt(leaks, findings), ==, 0);
	g_ptr_array_add(findings, finding_new("slab", LAB_ERROR_KERNEL,
					      "BUG kmalloc-64 (Tainted: G           OE     ): Right Redzone overwritten"));
	g_assert_cmpuint(audit_drop_spoilt(leaks, findings), ==, 1);
	g_assert_cmpuint(leaks->len, ==, all - 1);
	for (guint i = 0; i < leaks->len; i++)
		g_assert_false(g_str_equal(((struct leak *)leaks->pdata[i])->name, "kmalloc-64") &&
			       g_str_equal(((struct leak *)leaks->pdata[i])->kind, "slab"));
}

static void test_slab(void)
{
	expect("slab\tkmalloc-64\t0xffffffffc080001e kmalloc_trace 64\t0\t3\n", "slab",
	       "slab leak: 3 objects of 64 bytes in kmalloc-64, allocated at good_first+0x1e [good]");
	/* A call that is the last of its function returns behind it. */
	expect("slab\tkmalloc-8\t0xffffffffc0800040 __kmalloc 8\t0\t1\n", "slab",
	       "slab leak: 1 object of 8 bytes in kmalloc-8, allocated at good_first+0x40 [good]");
	expect("slab\tkmalloc-8\t0xffffffffc0a00041 kstrdup 8\t4\t6\n", "slab",
	       "slab leak: 2 objects of 8 bytes in kmalloc-8, allocated at good_second+0x1 [good]");
	/* Kernels that have no traces tell the caller alone. */
	expect("slab\tkmalloc-8\t0xffffffffc0900010 - 8\t0\t1\n", "slab",
	       "slab leak: 1 object of 8 bytes in kmalloc-8, allocated at good_init+0x10 [good]");
}

/* Each load may have the module elsewhere: one call is one finding all the same, and no two calls are. */
static void test_loads(void)
{
	g_autoptr(GPtrArray) leaks = NULL;

	expect("slab\tkmalloc-64\t0xffffffffc080001e kmalloc_trace 64\t0\t3\n"
	       "slab\tkmalloc-64\t0xffffffffc0a0001e kmalloc_trace 64\t1\t3\n", "slab",
	       "slab leak: 5 objects of 64 bytes in kmalloc-64, allocated at good_first+0x1e [good]");
	expect("vmalloc\t0xffffffffc080000f\t12288\t0\t20\nvmalloc\t0xffffffffc0a0000f\t12288\t0\t1\n", "vmalloc",
	       "vmalloc leak: 21 areas of 12288 bytes, allocated at good_first+0xf [good]");
	leaks = compare(SECTIONS "vmalloc\t0xffffffffc080000f\t12288\t0\t20\nvmalloc\t0xffffffffc0a0000e\t12288\t0\t1\n"
			"vmalloc\t0xffffffffc0a0000f\t8192\t0\t1\nvmalloc\t0xffffffffc0a00041\t12288\t0\t1\n"
			"vmalloc\t0xffffffffc090000f\t12288\t0\t1\n"
			"slab\tkmalloc-8\t0xffffffffc0a0000f kmalloc_trace 8\t0\t1\n"
			"slab\tkmalloc-16\t0xffffffffc0a0000f kmalloc_trace 16\t0\t1\n");
	g_assert_cmpuint(leaks->len, ==, 7);
}

static void test_members(void)
{
	g_autoptr(GPtrArray) leaks = compare(SECTIONS
		"slab\tkmalloc-64\t0xffffffffc080001e kmalloc_trace 64\t2\t5\n");
	const struct leak *leak;

	g_assert_cmpuint(leaks->len, ==, 1);
	leak = leaks->pdata[0];
	g_assert_cmpstr(leak->name, ==, "kmalloc-64");
	g_assert_cmpstr(leak->module, ==, "good");
	g_assert_cmpstr(leak->section, ==, ".text");
	g_assert_cmpstr(leak->function, ==, "good_first");
	g_assert_cmphex(leak->address, ==, 0xffffffffc080001e);
	g_assert_cmphex(leak->offset, ==, 0x1e);
	g_assert_cmpuint(leak->count, ==, 3);
	g_assert_cmpuint(leak->before, ==, 2);
}

static void expect_time(const char *lines, guint64 first, guint64 last)
{
	g_autofree char *text = g_strconcat(lines, SECTIONS, NULL);
	g_autoptr(GPtrArray) leaks = compare(text);
	const struct leak *leak;

	g_assert_cmpuint(leaks->len, ==, 1);
	leak = leaks->pdata[0];
	g_assert_cmpuint(leak->made_first, ==, first);
	g_assert_cmpuint(leak->made_last, ==, last);
}

/* When it was made: of the same cache and code, wherever the line stands. */
static void test_made(void)
{
#define SLAB "slab\tkmalloc-64\t0xffffffffc080001e kmalloc_trace 64\t0\t5\n"
#define OTHER "slab\tkmalloc-64\t0xffffffffc0a0001e kmalloc_trace 64\t0\t1\n"
#define MADE(words) "made\tkmalloc-64\t" words "\t0\t1\n"
	expect_time(SLAB MADE("0xffffffffc080001e 3000 7000"), 3000, 7000);
	expect_time(MADE("0xffffffffc080001e 3000 7000") MADE("0xffffffffc080001e 2000 4000") SLAB, 2000, 7000);
	expect_time(SLAB MADE("0xffffffffc0800020 3000 7000"), 0, 0);
	expect_time(SLAB "made\tkmalloc-32\t0xffffffffc080001e 3000 7000\t0\t1\n", 0, 0);
	/* Of all of them, at whatever address: then the time of none may be missing. */
	expect_time(SLAB OTHER MADE("0xffffffffc080001e 3000 7000") MADE("0xffffffffc0a0001e 5000 9000"), 3000, 9000);
	expect_time(OTHER SLAB MADE("0xffffffffc080001e 3000 7000"), 0, 0);
	expect_time(SLAB OTHER MADE("0xffffffffc080001e 3000 7000"), 0, 0);
	/* Of what its object stands for. */
	expect_time("proc\t/proc/good\tfile\t0\t1\n"
		    "slab\tproc_dir_entry\t0xffffffffc0800010 proc_create_data 192\t0\t1\n"
		    "made\tproc_dir_entry\t0xffffffffc0800010 3000 3000\t0\t1\n", 3000, 3000);
	/* No times, or in no order. */
	expect_time(SLAB MADE("0xffffffffc080001e 0 0"), 0, 0);
	expect_time(SLAB MADE("0xffffffffc080001e 7000 3000"), 0, 0);
	expect_time(SLAB MADE("0xffffffffc080001e 3000") MADE("0xffffffffc080001e -1 5") MADE(""), 0, 0);
	expect_time(SLAB MADE("0xffffffffc080001e 1 99999999999999999999"), 0, 0);
	expect_none(MADE("0xffffffffc080001e 3000 7000"));
}

static void test_during(void)
{
	const struct leak leak = { .made_first = 10000000, .made_last = 20000000 }, unknown = { 0 };
	static const struct {
		guint64 began, ended;
		bool during;
	} rows[] = {
		{ 9000000, 11000000, true },	{ 11000000, 19000000, false },
		{ 19000000, 21000000, true },	{ 5000000, 9960000, true },
		{ 5000000, 9940000, false },	{ 20040000, 21000000, true },
		{ 20060000, 21000000, false },	{ 0, 0, false },
	};

	for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
		const struct test_result test = { .began = rows[i].began, .ended = rows[i].ended };

		g_test_message("row %zu", i);
		g_assert_cmpint(leak_is_made_during(&leak, &test), ==, rows[i].during);
		g_assert_false(leak_is_made_during(&unknown, &test));
	}
}

static void expect_whose(const char *test, const char *during, const char *words)
{
	const struct leak leak = { .test = (char *)test, .during = (char *)during };
	g_autofree char *whose = leak_whose(&leak);

	g_assert_cmpstr(whose, ==, words);
}

static void test_whose(void)
{
	expect_whose(NULL, NULL, NULL);
	expect_whose("s.sh: a", NULL, "by s.sh: a");
	expect_whose("s.sh: a", "s.sh: a", "by s.sh: a");
	expect_whose(NULL, "s.sh: a", "during s.sh: a");
	expect_whose("s.sh", "s.sh: a", "by s.sh, during s.sh: a");
}

static void test_addresses(void)
{
	expect("vmalloc\t0xffffffffc090000f\t12288\t0\t1\n", "vmalloc",
	       "vmalloc leak: 1 area of 12288 bytes, allocated at good_init+0xf [good]");
	expect("timer\t0xffffffffc0800040\thrtimer\t0\t1\n", "timer",
	       "left behind: pending timer good_second, of good_second+0x0 [good]");
	expect("kthread\tgood_thread\t820\t0\t1\nthread\t820\tgood good_first+0x1e/0x40\t0\t1\n", "kthread",
	       "left behind: kernel thread good_thread, in good_first+0x1e [good]");
	expect("kthread\tgood_thread\t820\t0\t1\nkthread\tgood_thread\t821\t0\t1\n", "kthread",
	       "left behind: kernel thread good_thread (2 times)");
	expect("kthread\tgood_thread\t820\t0\t1\nkthread\tgood_thread\t821\t0\t1\n"
	       "thread\t821\tgood good_first+0x1e/0x40\t0\t1\n", "kthread",
	       "left behind: kernel thread good_thread (2 times), in good_first+0x1e [good]");
	expect("slab\tpool_workqueue\t0xffffffffc0900002 alloc_workqueue 256\t0\t1\n"
	       "slab\tkmalloc-512\t0xffffffffc0900002 alloc_workqueue 512\t0\t1\n", "workqueue",
	       "left behind: workqueue good_init, made at good_init+0x2 [good]");
	/* One that is not unbound has its pool_workqueues in per-CPU memory. */
	expect("slab\tkmalloc-512\t0xffffffffc0900002 alloc_workqueue 512\t0\t1\n", "workqueue",
	       "left behind: workqueue good_init, made at good_init+0x2 [good]");
}

static void test_things(void)
{
	expect("proc\t/proc/good\tfolder\t0\t1\nproc\t/proc/good/state\tfile\t0\t1\n"
	       "slab\tproc_dir_entry\t0xffffffffc0900013 proc_mkdir 192\t0\t1\n", "proc",
	       "left behind: /proc entry /proc/good, made at good_init+0x13 [good]");
	expect("sysfs\t/sys/kernel/slab/good_cache\tfolder\t0\t1\n"
	       "debugfs\t/sys/kernel/debug/slab/good_cache\tfolder\t0\t1\n"
	       "slab\tkmem_cache\t0xffffffffc0900013 kmem_cache_create 192\t0\t1\n", "cache",
	       "left behind: slab cache good_cache, made at good_init+0x13 [good]");
	expect("proc\t/proc/sys/kernel/good\tfile\t0\t1\n", "sysctl",
	       "left behind: sysctl /proc/sys/kernel/good");
	expect("device number\tgood\t245\t0\t1\n"
	       "slab\tkmalloc-128\t0xffffffffc0900003 __register_chrdev_region 128\t0\t1\n", "device number",
	       "left behind: device number of good, made at good_init+0x3 [good]");
	expect("filesystem\tgoodfs\t\t0\t1\n", "filesystem", "left behind: filesystem type goodfs");
	expect("users\tlibcrc32c\t\t1\t3\n", "users",
	       "left behind: reference on module libcrc32c (2 times)");
}

/* The first is what the verdict tells. */
static void test_order(void)
{
	g_autoptr(GPtrArray) leaks = compare(SECTIONS
		"sysfs\t/sys/class/misc/good\tlink\t0\t1\nmisc device\tgood\t125\t0\t1\n"
		"slab\tkmalloc-64\t0xffffffffc080001e kmalloc_trace 64\t2\t5\n");

	g_assert_cmpuint(leaks->len, ==, 3);
	g_assert_cmpstr(((struct leak *)leaks->pdata[0])->kind, ==, "misc device");
	g_assert_cmpstr(((struct leak *)leaks->pdata[2])->kind, ==, "slab");
}

static void test_not_ours(void)
{
	/* Less than before, as much, or gone. */
	expect_none("slab\tkmalloc-64\t0xffffffffc080001e kmalloc 64\t3\t3\nproc\t/proc/x\tfile\t1\t0\n");
	/* Code of other modules, or none that is known. */
	expect_none("slab\tkmalloc-64\t0xffffffffc0b00000 kmalloc 64\t0\t3\n"
		    "vmalloc\t0xffffffffc0b00000\t4096\t0\t1\ntimer\t0xffffffffc0b00000\thrtimer\t0\t1\n"
		    "slab\tkmalloc-64\t0xffffffffc0800061 kmalloc 64\t0\t3\n");
	/* The kernel's, which it made on the way. */
	expect_none("slab\tbuffer_head\t0xffffffffc080001e __bread_gfp 104\t0\t30\n"
		    "slab\tkmalloc-64\t0xffffffffc080001e sb_set_blocksize 64\t0\t1\n");
	expect_none("users\text4\t\t1\t2\n");
}

static void test_passing(void)
{
	expect_none("kthread\tjbd2/vda-8\t12\t0\t1\nkthread\tloop3\t13\t0\t1\n"
		    "sysfs\t/sys/devices/virtual/bdi/9p-3\tfolder\t0\t1\nsysfs\t/sys/class/bdi/9p-3\tlink\t0\t1\n"
		    "sysfs\t/sys/kernel/slab/9p-fcall-cache-1\tfolder\t0\t1\n"
		    "sysfs\t/sys/block/loop9\tlink\t0\t1\nproc\t/proc/fs/jbd2/loop0-8\tfolder\t0\t1\n"
		    "dev\t/dev/loop9\tblock device\t0\t1\ncrypto\thmac(sha256-generic)\t\t0\t1\n");
	/* With a stock module come things that cannot be told from the tested one's. */
	expect_none("module\tdm_flakey\t\t0\t1\nsysfs\t/sys/kernel/slab/dm_bio\tfolder\t0\t1\n");
	/* Not by what the tested one has made of that kind either. */
	expect_none("module\tdm_flakey\t\t0\t1\nsysfs\t/sys/kernel/slab/dm_bio\tfolder\t0\t1\n"
		    "slab\tkmalloc-64\t0xffffffffc0900010 kmem_cache_create_usercopy 64\t0\t1\n");
	expect("module\tdm_flakey\t\t0\t1\nvmalloc\t0xffffffffc090000f\t8192\t0\t1\n"
	       "sysfs\t/sys/kernel/slab/dm_bio\tfolder\t0\t1\n", "vmalloc",
	       "vmalloc leak: 1 area of 8192 bytes, allocated at good_init+0xf [good]");
}

/* However much else has changed, what is known of the modules counts: it is told last. */
static void test_many(void)
{
	g_autoptr(GString) lines = g_string_new(NULL);

	for (guint i = 0; i < 100000; i++)
		g_string_append_printf(lines, "sysfs\t/sys/x%u\tfile\t1\t0\n", i);
	g_string_append(lines, "slab\tkmalloc-8\t0xffffffffc0900010 kmalloc_trace 8\t0\t1\n");
	expect(lines->str, "slab", "slab leak: 1 object of 8 bytes in kmalloc-8, allocated at good_init+0x10 [good]");
}

static void test_hostile(void)
{
	static const char *const texts[] = {
		"", "\n\n", "\t\t\t\t\n", "slab", "slab\t\t\t\t", "slab\tx\ty\t0\t1",
		"slab\tx\t0xffffffffc0800000\t0\t1\n", "slab\tx\t0x kmalloc 64\t0\t1\n",
		"slab\tx\t0xffffffffffffffffffff kmalloc 64\t0\t1\n", "timer\t0x0\t\t0\t1\n",
		"proc\t/proc/x\tfile\t-1\t1\n", "proc\t/proc/x\tfile\t0\t99999999999999999999\n",
		"proc\t/proc/x\tfile\t0\t1\textra\n", "unheard\tof\t\t0\t1\n",
		"section\tgood\t.text\t0\t1\n", "section\tgood\t.text 0xz\t0\t1\n",
		"section\tgood\t.text 0x0\t0\t1\n", "thread\t1\t+\t0\t1\n",
		"slab\tx\t0xffffffffc0800001 kmalloc %s%n\t0\t0\n",
	};
	g_autoptr(GString) many = g_string_new(NULL);
	g_autoptr(GPtrArray) leaks = NULL;

	for (guint i = 0; i < G_N_ELEMENTS(texts); i++)
		expect_none(texts[i]);
	expect("proc\t/proc/\x1b[2J\xff\tfile\t0\t1\n", "proc",
	       "left behind: /proc entry /proc/\\x1b[2J\xef\xbf\xbd");
	for (guint i = 0; i < 5000; i++)
		g_string_append_printf(many, "proc\t/proc/x%u\tfile\t0\t1\n", i);
	leaks = compare(many->str);
	g_assert_cmpuint(leaks->len, ==, AUDIT_LEAKS_MAX);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/audit/spoilt", test_spoilt);
	g_test_add_func("/audit/slab", test_slab);
	g_test_add_func("/audit/loads", test_loads);
	g_test_add_func("/audit/members", test_members);
	g_test_add_func("/audit/made", test_made);
	g_test_add_func("/audit/during", test_during);
	g_test_add_func("/audit/whose", test_whose);
	g_test_add_func("/audit/addresses", test_addresses);
	g_test_add_func("/audit/things", test_things);
	g_test_add_func("/audit/order", test_order);
	g_test_add_func("/audit/not ours", test_not_ours);
	g_test_add_func("/audit/passing", test_passing);
	g_test_add_func("/audit/many", test_many);
	g_test_add_func("/audit/hostile", test_hostile);
	return g_test_run();
}
