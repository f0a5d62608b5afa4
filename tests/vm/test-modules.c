// SPDX-License-Identifier: GPL-2.0-only
/*
 * Any module: `vexvm test --source` on small ones of all kinds, and the exit
 * status and the words for those that are faulty on purpose.
 */
#include <glib.h>

#include "tests/lib/lab.h"

#define RUN_LIMIT_S 900

struct module {
	const char *dir;	/* below tests/modules */
	int status;
	const char *shows;
};

static const struct module modules[] = {
	{ "hello", 0, "^PASS +hello on " },
	{ "parameters", 0, "^PASS +parameters on " },
	{ "chardev", 0, "^PASS +echo_device on " },
	{ "pair", 0, "^PASS +pair.* on " },
	{ "composite", 0, "^PASS +tally on " },
	{ "counter", 0, "^PASS +counter on " },
	{ "needs-stock", 0, "^PASS +squeeze on " },
	{ "ticker", 0, "^PASS +ticker on " },
	{ "faulty/compile-error", 3, "broken\\.c:7:[0-9]+: error: .*undeclared_name" },
	{ "faulty/unknown-symbol", 3, "vexvm_no_such_symbol" },
	{ "faulty/writes-outside", 3, "/usr/local/escaped.*Read-only file system" },
	{ "faulty/init-error", 4, "^FAIL.*refuses" },
	{ "faulty/init-positive", 4, "^FAIL.*positive" },
	{ "faulty/no-exit", 4, "^FAIL.*stays" },
	{ "faulty/failing-suite", 1, "^FAIL.*fails" },
	{ "faulty/hanging-suite", 7, "^FAIL.*hangs\\.sh" },
	{ "faulty/init-oops", 5, "^FAIL.*NULL pointer" },
	{ "faulty/init-hang", 7, "^FAIL" },
	{ "faulty/panic", 5, "^FAIL.*panics on purpose" },
	{ "faulty/leak-kmalloc", 6, "^FAIL.*slab leak: 63 objects of 64 bytes in kmalloc-64, "
	  "allocated at leaks_memory_take\\+0x[0-9a-f]+ \\[leaks_memory\\]" },
	{ "faulty/leak-vmalloc", 6, "^FAIL.*vmalloc leak: 21 areas of 12288 bytes, "
	  "allocated at leaks_pages_init\\+0x[0-9a-f]+ \\[leaks_pages\\]" },
	{ "faulty/leak-cache", 6, "^FAIL.*slab cache leaves_cache, made at leaves_cache_init\\+0x" },
	{ "faulty/leak-kthread", 6, "^FAIL.*kernel thread leaves_thread \\(21 times\\), in leaves_thread_sleep\\+0x" },
	{ "faulty/leak-proc", 6, "^FAIL.*/proc entry /proc/leaves_proc, made at leaves_proc_init\\+0x" },
	{ "faulty/leak-sysfs", 6, "^FAIL.*/sys entry /sys/kernel/leaves_object, made at leaves_object_init\\+0x" },
	{ "faulty/leak-debugfs", 6, "^FAIL.*debugfs entry /sys/kernel/debug/leaves_debug" },
	{ "faulty/leak-chrdev", 6, "^FAIL.*device number of leaves_number \\(21 times\\), made at leaves_number_init\\+0x" },
	{ "faulty/leak-timer", 6, "^FAIL.*pending timer.*, of timer\\+0x0 \\[leaves_timer\\]" },
	{ "faulty/write-after-free", 5, "^FAIL.*Poison overwritten" },
	{ "faulty/write-beyond", 5, "^FAIL.*Right Redzone overwritten" },
	{ "faulty/double-free", 5, "^FAIL.*Object already free" },
	/* And after all that the lab still works. */
	{ "hello", 0, "^PASS +hello on " },
};

static void test_module(gconstpointer data)
{
	const struct module *m = data;
	g_autofree char *command =
		g_strdup_printf("build/vexvm test --source tests/modules/%s --timeout 30", m->dir);

	lab_check("", command, RUN_LIMIT_S, m->status, m->shows);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_set_nonfatal_assertions();
	for (guint i = 0; i < G_N_ELEMENTS(modules); i++) {
		g_autofree char *name = g_strdup_printf("/modules/%02u %s", i + 1, modules[i].dir);

		g_strdelimit(name + strlen("/modules/"), "/", '\\');
		g_test_add_data_func(name, &modules[i], test_module);
	}
	return g_test_run();
}
