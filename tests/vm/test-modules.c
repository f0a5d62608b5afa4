// SPDX-License-Identifier: GPL-2.0-only
/*
 * Any module: `vexvm test --source` on small ones of all kinds, and the exit
 * status and the words for those that are faulty on purpose. The self-check's controls
 * are loaded again and again here.
 */
#include <glib.h>

#include "tests/lib/lab.h"

#define RUN_LIMIT_S 900

struct module {
	const char *dir;	/* below tests */
	int status;
	const char *shows;
};

static const struct module modules[] = {
	{ "modules/hello", 0, "^PASS +hello on " },
	{ "modules/parameters", 0, "^PASS +parameters on " },
	{ "modules/chardev", 0, "^PASS +echo_device on " },
	{ "modules/pair", 0, "^PASS +pair.* on " },
	{ "modules/composite", 0, "^PASS +tally on " },
	{ "modules/counter", 0, "^PASS +counter on " },
	{ "modules/needs-stock", 0, "^PASS +squeeze on " },
	{ "modules/ticker", 0, "^PASS +ticker on " },
	{ "controls/build-error", 3, "build_error\\.c:7:[0-9]+: error: .*undeclared" },
	{ "modules/faulty/unknown-symbol", 3, "vexvm_no_such_symbol" },
	{ "modules/faulty/writes-outside", 3, "/usr/local/escaped.*Read-only file system" },
	{ "controls/init-error", 4, "^FAIL.*init_error" },
	{ "controls/init-result", 4, "^FAIL.*init_result" },
	{ "modules/faulty/no-exit", 4, "^FAIL.*stays" },
	{ "modules/faulty/failing-suite", 1, "^FAIL.*fails" },
	{ "modules/faulty/hanging-suite", 7, "^FAIL.*hangs\\.sh" },
	{ "controls/null-pointer", 5, "^FAIL.*NULL pointer" },
	{ "controls/init-hang", 7, "^FAIL" },
	{ "controls/panic", 5, "^FAIL.*panics on purpose" },
	{ "controls/leak-slab", 6, "^FAIL.*slab leak: 63 objects of 64 bytes in kmalloc-64, "
	  "allocated at leak_slab_init\\+0x[0-9a-f]+ \\[leak_slab\\](.*\n)+ +\\(the module was loaded 21 times\\)\n" },
	{ "controls/leak-vmalloc", 6, "^FAIL.*vmalloc leak: 21 areas of 12288 bytes, "
	  "allocated at leak_vmalloc_init\\+0x[0-9a-f]+ \\[leak_vmalloc\\]" },
	{ "controls/leak-kthread", 6, "^FAIL.*kernel thread leak_kthread \\(21 times\\), in leak_kthread_sleep\\+0x" },
	{ "controls/leak-number", 6, "^FAIL.*device number of leak_number \\(21 times\\), made at leak_number_init\\+0x" },
	{ "controls/leak-timer", 6, "^FAIL.*pending timer.*, of leak_timer\\+0x0 \\[leak_timer\\]" },
	{ "modules/faulty/write-after-free", 5, "^FAIL.*Poison overwritten" },
	{ "controls/write-beyond", 5, "^FAIL.*Right Redzone overwritten" },
	{ "controls/double-free", 5, "^FAIL.*Object already free" },
	/* And after all that the lab still works. */
	{ "modules/hello", 0, "^PASS +hello on " },
};

static void test_module(gconstpointer data)
{
	const struct module *m = data;
	g_autofree char *command =
		g_strdup_printf("build/vexvm test --source tests/%s --timeout 30", m->dir);

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
