// SPDX-License-Identifier: GPL-2.0-only
/* What kmemleak tells of modules that are gone, in the kernel's own format. */
#include <glib.h>
#include <string.h>

#include "libvm/audit.h"
#include "libvm/kmemleak.h"
#include "libvm/oops.h"

static const char sections[] =
	"section\tleaky\t.text 0xffffffffa0010000\t0\t1\n"
	"section\tleaky\t.init.text 0xffffffffa0020000\t0\t1\n"
	"thread\t77\tleaky sleeper+0x1/0x2\t0\t1\n"
	"section\tleaky\t.text 0xffffffffa0110000\t0\t1\n"
	"section\tleaky\t.init.text 0xffffffffa0120000\t0\t1\n";

#define OBJECT(address, frame) \
	"unreferenced object 0x" address " (size 64):\n" \
	"  comm \"vexvm-agent\", pid 412, jiffies 4294900000 (age 12.340s)\n" \
	"  hex dump (first 32 bytes):\n" \
	"    6b 6b 6b 6b 6b 6b 6b 6b 6b 6b 6b 6b 6b 6b 6b 6b  kkkkkkkkkkkkkkkk\n" \
	"  backtrace:\n" \
	"    [<00000000b1f2c3d4>] kmalloc_trace+0x2a/0xa0\n" \
	"    [<000000002d1a7c11>] " frame "\n" \
	"    [<00000000c1f2c3d4>] do_one_initcall+0x59/0x220\n"

static GPtrArray *functions(void)
{
	GPtrArray *list = audit_functions_new();

	g_ptr_array_add(list, audit_function_new("leaky", ".text", 0x10, 0x40, "leaky_take"));
	g_ptr_array_add(list, audit_function_new("leaky", ".init.text", 0, 0x20, "leaky_init"));
	g_ptr_array_add(list, audit_function_new("other", ".text", 0x10, 0x40, "other_take"));
	return list;
}

static char *reports(const char *text)
{
	g_autoptr(GPtrArray) list = functions();
	g_autofree char *all = g_strconcat(sections, text, NULL);
	g_auto(GStrv) lines = kmemleak_reports(all, list);

	return g_strjoinv("\n", lines);
}

static void expect_frame(const char *frame, const char *shown)
{
	g_autofree char *text = g_strdup_printf(OBJECT("ffff888104a3c000", "%s"), frame);
	g_autofree char *got = reports(text);

	if (strstr(got, shown) && g_str_has_prefix(got, "BUG: memory leak\nunreferenced object 0xffff888104a3c000"))
		return;
	g_test_message("wanted: %s\nin:\n%s", shown, got);
	g_test_fail();
}

static void test_names(void)
{
	expect_frame("0xffffffffa0010022", "] leaky_take+0x12/0x40 [leaky]\n");
	expect_frame("0xffffffffa0110022", "] leaky_take+0x12/0x40 [leaky]\n");
	expect_frame("0xffffffffa0120005", "] leaky_init+0x5/0x20 [leaky]\n");
	/* The last thing that a function does is a call: it returns to behind its end. */
	expect_frame("0xffffffffa0010050", "] leaky_take+0x40/0x40 [leaky]\n");
	/* Of a load that nothing is known of it is told that it is a module's. */
	expect_frame("0xffffffffa0990005", "] 0xffffffffa0990005\n");
}

static void test_others(void)
{
	g_autofree char *kernel = reports(OBJECT("ffff888104a3c000", "start_kernel+0x2a/0xa0"));
	g_autofree char *user = reports(OBJECT("ffff888104a3c000", "0x7fff00000000"));
	g_autofree char *beyond = reports(OBJECT("ffff888104a3c000", "0xffffffffff000000"));
	g_autofree char *nothing = reports("");
	g_autofree char *cut = reports("section\tleaky\nsection\t\nunreferenced object 0x\n    [<");
	g_autofree char *one = reports(OBJECT("ffff888104a3c000", "start_kernel+0x2a/0xa0")
				       OBJECT("ffff888104a3d000", "0xffffffffa0010022")
				       OBJECT("ffff888104a3e000", "start_kernel+0x2a/0xa0"));
	const char *const none[] = { kernel, user, beyond, nothing, cut };

	for (guint i = 0; i < G_N_ELEMENTS(none); i++)
		g_assert_cmpstr(none[i], ==, "");
	g_assert_nonnull(strstr(one, "object 0xffff888104a3d000"));
	g_assert_null(strstr(one, "3c000"));
	g_assert_null(strstr(one, "3e000"));
}

/* Each is a finding that blames the module's function. */
static void test_finding(void)
{
	g_autofree char *text = reports(OBJECT("ffff888104a3d000", "0xffffffffa0010022"));
	g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
	g_autoptr(oops_owner) oops = oops_new();
	const struct finding *f;

	oops_own_module(oops, "leaky");
	for (char **line = lines; *line; line++)
		oops_feed(oops, 1, *line);
	oops_end(oops);
	g_assert_cmpuint(oops_findings(oops)->len, ==, 1);
	f = oops_findings(oops)->pdata[0];
	g_assert_cmpstr(f->class, ==, "kmemleak");
	g_assert_cmpint(f->code, ==, LAB_ERROR_LEAK);
	g_assert_cmpstr(f->function, ==, "leaky_take");
	g_assert_cmpstr(f->module, ==, "leaky");
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_set_nonfatal_assertions();
	g_test_add_func("/kmemleak/names", test_names);
	g_test_add_func("/kmemleak/others", test_others);
	g_test_add_func("/kmemleak/finding", test_finding);
	return g_test_run();
}
