// SPDX-License-Identifier: GPL-2.0-only
/* Bare addresses in traces, and the modules that were there. */
#include <glib.h>
#include <string.h>

#include "libvm/oops.h"
#include "libvm/unloaded.h"

static void expect(const struct unloaded *u, const char *text, const char *wanted)
{
	g_autofree char *named = unloaded_named(u, text);

	g_assert_cmpstr(named, ==, wanted);
}

static void test_named(void)
{
	struct unloaded *u = unloaded_new();

	expect(u, "RIP: 0010:0xffffffffc05b1010", NULL);
	unloaded_note(u, "vexvm: unloading a: .text 0xffffffffc05b1000 .exit.text 0xffffffffc05b1100");
	expect(u, "RIP: 0010:0xffffffffc05b1010", "RIP: 0010:unloaded.text+0x10/0x0 [a]");
	expect(u, " ? 0xffffffffc05b1100", " ? unloaded.exit.text+0x0/0x0 [a]");
	expect(u, " 0xffffffffc05b0fff", NULL);
	expect(u, " 0xffffffffc0ab1000", NULL);
	expect(u, "Code: Unable to access opcode bytes at 0xffffffffc05b1010", NULL);
	expect(u, "RIP: 0010:tick+0x10/0x20", NULL);
	expect(u, "RIP: 0010:", NULL);
	expect(u, " ", NULL);
	/* Another one has come to the same place, and gone. */
	unloaded_note(u, "vexvm: unloading b: .text 0xffffffffc05b1000");
	expect(u, "RIP: 0010:0xffffffffc05b1010", "RIP: 0010:unloaded.text+0x10/0x0 [b]");
	unloaded_free(u);
}

/* Its variables, the code of its init, and the lines that tell of them. */
static void test_others(void)
{
	struct unloaded *u = unloaded_new();

	unloaded_note(u, "vexvm: loaded a: .init.text 0xffffffffc0372000");
	expect(u, "Allocated in 0xffffffffc037201b age=72 cpu=0 pid=419",
	       "Allocated in unloaded.init.text+0x1b/0x0 [a] age=72 cpu=0 pid=419");
	expect(u, "INFO: Freed in 0xffffffffc0372020 age=1",
	       "INFO: Freed in unloaded.init.text+0x20/0x0 [a] age=1");
	expect(u, "Allocated in a_open+0x1b/0x40 [a] age=72 cpu=0 pid=419", NULL);
	expect(u, " 0xffffffffc037201b", " unloaded.init.text+0x1b/0x0 [a]");
	/* That far behind it is nothing of its. */
	expect(u, " 0xffffffffc0472000", NULL);
	unloaded_note(u, "vexvm: unloading a: .text 0xffffffffc0500000 .data 0xffffffffc0502000");
	expect(u, "BUG: unable to handle page fault for address: ffffffffc0502008",
	       "BUG: unable to handle page fault for address: unloaded.data+0x8/0x0 [a]");
	expect(u, "Unable to handle kernel paging request at virtual address ffffffffc0502008",
	       "Unable to handle kernel paging request at virtual address unloaded.data+0x8/0x0 [a]");
	expect(u, "BUG: unable to handle page fault for address: 502008", NULL);
	expect(u, "BUG: unable to handle page fault for address: ffffffffc0602008", NULL);
	unloaded_free(u);
}

/* What is no such line, or a spoilt one, names nothing that a trace could not show. */
static void test_hostile(void)
{
	static const char *const lines[] = {
		"vexvm: unloading a", "vexvm: unloading : .text 0x1000", "vexvm: unloading a b: .text 0x1000",
		"vexvm: unloading a: text 0x1000", "vexvm: unloading a: .text 1000",
		"vexvm: unloading a: .text 0x0", "vexvm: unloading a: .text 0x1000z",
		"vexvm: unloading a: .te[xt 0x1000", "vexvm: unloading a: .text", "vexvm: unloading",
		"unloading a: .text 0x1000", "",
	};
	struct unloaded *u = unloaded_new();

	for (guint i = 0; i < G_N_ELEMENTS(lines); i++)
		unloaded_note(u, lines[i]);
	expect(u, " 0x1010", NULL);
	for (guint i = 0; i < 5000; i++)
		unloaded_note(u, "vexvm: unloading a: .text 0x1000");
	expect(u, " 0x1010", " unloaded.text+0x10/0x0 [a]");
	unloaded_free(u);
}

/* A timer that was left behind fires: the module is to blame, though it is gone. */
static void test_finding(void)
{
	static const char *const log[] = {
		"vexvm: unloading ticker: .text 0xffffffffc05b1000",
		"BUG: unable to handle page fault for address: ffffffffc05b1010",
		"#PF: supervisor instruction fetch in kernel mode",
		"CPU: 0 PID: 0 Comm: swapper/0 Tainted: G           OE      6.1.0-18-amd64 #1  Debian 6.1.76-1",
		"RIP: 0010:0xffffffffc05b1010",
		"Call Trace:", " <IRQ>", " ? 0xffffffffc05b1010", " call_timer_fn+0x27/0x130",
		" run_timer_softirq+0x2a/0x60", " </IRQ>", "---[ end trace 0000000000000000 ]---",
	};
	g_autoptr(oops_owner) oops = oops_new();
	g_autofree char *where = NULL;
	const struct finding *finding;
	const struct frame *first;

	for (guint i = 0; i < G_N_ELEMENTS(log); i++)
		oops_feed(oops, 0, log[i]);
	oops_end(oops);
	g_assert_cmpuint(oops_findings(oops)->len, ==, 1);
	finding = oops_findings(oops)->pdata[0];
	g_assert_cmpstr(finding->class, ==, "oops");
	g_assert_cmpstr(finding->module, ==, "ticker");
	g_assert_true(g_str_has_suffix(finding->title, " in unloaded code of ticker (.text)"));
	where = finding_where(finding);
	g_assert_cmpstr(where, ==, "unloaded code of ticker (.text)");
	g_assert_cmpint(finding->guilty, ==, 0);
	first = finding->trace->pdata[0];
	g_assert_cmpstr(first->function, ==, "unloaded.text");
	g_assert_cmpuint(first->offset, ==, 0x10);
	g_assert_true(first->exact);
}

static const struct finding *feed(struct oops *oops, const char *const *log, guint n)
{
	oops_own_module(oops, "late");
	for (guint i = 0; i < n; i++)
		oops_feed(oops, 0, log[i]);
	oops_end(oops);
	g_assert_cmpuint(oops_findings(oops)->len, ==, 1);
	return oops_findings(oops)->pdata[0];
}

/* The timer itself is gone with the module: only the kernel's functions are in the trace. */
static void test_variable(void)
{
	static const char *const log[] = {
		"vexvm: unloading late: .text 0xffffffffc077e000 .data 0xffffffffc0780000",
		"BUG: unable to handle page fault for address: ffffffffc0780008",
		"CPU: 0 PID: 0 Comm: swapper/0 Tainted: G           OE      6.1.0-18-amd64 #1  Debian 6.1.76-1",
		"RIP: 0010:__run_timers+0xd3/0x2c0",
		"Call Trace:", " <IRQ>", " run_timer_softirq+0x2a/0x60", " </IRQ>", "---[ end trace 0000000000000000 ]---",
	};
	g_autoptr(oops_owner) oops = oops_new();
	const struct finding *finding = feed(oops, log, G_N_ELEMENTS(log));

	g_assert_cmpstr(finding->module, ==, "late");
	g_assert_nonnull(finding->owner);
	g_assert_cmpstr(finding->owner->function, ==, "unloaded.data");
	g_assert_cmpuint(finding->owner->offset, ==, 8);
	g_assert_cmpuint(finding->trace->len, ==, 2);
}

/* Who allocated an object in its init is known after the init, too. */
static void test_init(void)
{
	static const char *const log[] = {
		"vexvm: loaded late: .init.text 0xffffffffc0372000",
		"BUG kmalloc-128 (Tainted: G           OE     ): Right Redzone overwritten",
		"Allocated in 0xffffffffc037201b age=72 cpu=0 pid=419", " kmalloc_trace+0x26/0x90",
		" 0xffffffffc037201b", " do_one_initcall+0x59/0x220",
		"CPU: 1 PID: 423 Comm: rmmod Tainted: G           OE      6.1.0-56-amd64 #1  Debian 6.1.192-2",
		"Call Trace:", " check_object+0x1a1/0x280", " __do_sys_delete_module+0x1b9/0x330",
	};
	g_autoptr(oops_owner) oops = oops_new();
	const struct finding *finding = feed(oops, log, G_N_ELEMENTS(log));

	g_assert_cmpstr(finding->class, ==, "slab");
	g_assert_cmpstr(finding->module, ==, "late");
	g_assert_cmpstr(finding->function, ==, "unloaded.init.text");
	g_assert_cmpuint(finding->owner->offset, ==, 0x1b);
}

/* A timer that goes with its module, and waits: what it would call is known by where it was. */
static void test_hint(void)
{
	static const char *const log[] = {
		"vexvm: unloading late: .text 0xffffffffa0000000 .exit.text 0xffffffffa0000001",
		"ODEBUG: free active (active state 0) object type: timer_list hint: 0xffffffffa0000000",
		"WARNING: CPU: 0 PID: 269 at lib/debugobjects.c:515 debug_print_object+0x183/0x260",
		"CPU: 0 PID: 269 Comm: rmmod Tainted: G           O       6.1.192-vexvm-debug #1",
		"RIP: 0010:debug_print_object+0x183/0x260", "Call Trace:", " <TASK>",
		" debug_check_no_obj_freed+0x225/0x3d0", " module_memfree+0x14/0x60", " free_module+0x26a/0x4a0",
		" </TASK>", "---[ end trace 0000000000000000 ]---",
	};
	g_autoptr(oops_owner) oops = oops_new();
	const struct finding *finding = feed(oops, log, G_N_ELEMENTS(log));

	g_assert_cmpstr(finding->class, ==, "odebug");
	g_assert_cmpstr(finding->module, ==, "late");
	g_assert_nonnull(finding->owner);
	g_assert_cmpstr(finding->owner->function, ==, "unloaded.text");
	g_assert_cmpuint(finding->owner->offset, ==, 0);
	/* No call returns there. */
	g_assert_true(finding->owner->exact);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/unloaded/named", test_named);
	g_test_add_func("/unloaded/hostile", test_hostile);
	g_test_add_func("/unloaded/finding", test_finding);
	g_test_add_func("/unloaded/others", test_others);
	g_test_add_func("/unloaded/variable", test_variable);
	g_test_add_func("/unloaded/init", test_init);
	g_test_add_func("/unloaded/hint", test_hint);
	return g_test_run();
}
