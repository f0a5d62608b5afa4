// SPDX-License-Identifier: GPL-2.0-only
/* The kernel's log kept, searched, and tied to what ran. */
#include <glib/gstdio.h>
#include <json-glib/json-glib.h>
#include <poll.h>

#include "libvm/kmsg.h"

struct fixture {
	char *path;
	struct kmsg *kmsg;
};

static void set_up(struct fixture *f, gconstpointer data)
{
	int fd = g_file_open_tmp("vexvm-kmsg-XXXXXX", &f->path, NULL);

	g_assert_cmpint(fd, >=, 0);
	close(fd);
	f->kmsg = kmsg_new(f->path, NULL);
	g_assert_nonnull(f->kmsg);
}

static void tear_down(struct fixture *f, gconstpointer data)
{
	kmsg_free(f->kmsg);
	g_unlink(f->path);
	g_free(f->path);
}

static void say(struct fixture *f, guint64 seq, const char *text)
{
	const struct kmsg_record record = { .seq = seq, .usec = seq * 1000, .level = 4,
					    .text = (char *)text };

	kmsg_take(f->kmsg, &record);
}

static void test_file(struct fixture *f, gconstpointer data)
{
	g_autofree char *text = NULL;
	g_auto(GStrv) lines = NULL;
	g_autoptr(JsonNode) root = NULL;
	JsonObject *object;

	say(f, 1, "before");
	kmsg_set_stage(f->kmsg, "load", "a \"quoted\" test");
	say(f, 2, "with \"quotes\", a \xff byte and \\x0a");
	g_assert_true(g_file_get_contents(f->path, &text, NULL, NULL));
	lines = g_strsplit(text, "\n", -1);
	g_assert_cmpuint(g_strv_length(lines), ==, 3);
	root = json_from_string(lines[1], NULL);
	g_assert_nonnull(root);
	object = json_node_get_object(root);
	g_assert_cmpint(json_object_get_int_member(object, "seq"), ==, 2);
	g_assert_cmpint(json_object_get_int_member(object, "usec"), ==, 2000);
	g_assert_cmpstr(json_object_get_string_member(object, "stage"), ==, "load");
	g_assert_cmpstr(json_object_get_string_member(object, "test"), ==, "a \"quoted\" test");
	g_assert_nonnull(strstr(json_object_get_string_member(object, "text"), "with \"quotes\""));
}

static void test_reason(struct fixture *f, gconstpointer data)
{
	guint64 mark;
	g_autofree char *reason = NULL, *none = NULL;

	say(f, 1, "hello: an old word");
	mark = kmsg_mark(f->kmsg);
	none = kmsg_reason(f->kmsg, mark, "hello");
	g_assert_null(none);
	say(f, 2, "hello: loading out-of-tree module taints kernel.");
	say(f, 3, "eth0: link up");
	say(f, 4, "hello: Unknown symbol foo (err -2)");
	say(f, 5, "vexvm: load hello 1");
	reason = kmsg_reason(f->kmsg, mark, "hello");
	g_assert_cmpstr(reason, ==, "hello: Unknown symbol foo (err -2)");
}

/* Of a fault its first words alone: what follows is no reason. */
static void test_reason_of_fault(struct fixture *f, gconstpointer data)
{
	g_autofree char *reason = NULL;

	say(f, 0, "------------[ cut here ]------------");
	say(f, 1, "proc_dir_entry '/proc/hello' already registered");
	say(f, 2, "Modules linked in: hello(OE+) kvm ccp");
	say(f, 3, " hello_init+0x41/0x1000 [hello]");
	reason = kmsg_reason(f->kmsg, 0, "hello");
	g_assert_cmpstr(reason, ==, "proc_dir_entry '/proc/hello' already registered");
}

static void test_reason_bounds(struct fixture *f, gconstpointer data)
{
	g_autofree char *long_text = g_strnfill(100000, 'h');
	g_autofree char *reason = NULL;

	for (guint i = 0; i < 3 * KMSG_KEPT; i++)
		say(f, i, i % 2 ? long_text : "hhh: no");
	reason = kmsg_reason(f->kmsg, 0, "hhh");
	g_assert_cmpuint(strlen(reason), <=, 300);
}

/* Numbers that are left out are records that nobody has read; those before the first are not missed. */
static void test_lost(struct fixture *f, gconstpointer data)
{
	say(f, 700, "the first");
	say(f, 701, "the next");
	g_assert_cmpuint(kmsg_lost(f->kmsg), ==, 0);
	say(f, 705, "after three others");
	g_assert_cmpuint(kmsg_lost(f->kmsg), ==, 3);
	kmsg_take_line(f->kmsg, "of a file, without a number");
	kmsg_take_console(f->kmsg, "[    9.000000] of the console, without one too");
	say(f, 706, "the next");
	g_assert_cmpuint(kmsg_lost(f->kmsg), ==, 3);
	/* Another kernel, which counts anew. */
	say(f, 0, "the first");
	say(f, 2, "after another");
	g_assert_cmpuint(kmsg_lost(f->kmsg), ==, 4);
	/* Followed anew, from wherever its log is by now. */
	kmsg_begin(f->kmsg);
	say(f, 90, "the first");
	g_assert_cmpuint(kmsg_lost(f->kmsg), ==, 4);
}

/* A marker is found however much was said before or after it, within what is kept. */
static void test_has(struct fixture *f, gconstpointer data)
{
	guint64 mark;

	say(f, 1, "vexvm: load 1");
	mark = kmsg_mark(f->kmsg);
	g_assert_false(kmsg_has(f->kmsg, mark, "vexvm: load 1"));
	for (guint i = 0; i < KMSG_KEPT + 10; i++)
		say(f, 2 + i, "noise");
	g_assert_false(kmsg_has(f->kmsg, mark, "vexvm: load 1"));
	say(f, 9999, "vexvm: load 1");
	g_assert_true(kmsg_has(f->kmsg, mark, "vexvm: load 1"));
	g_assert_true(kmsg_has(f->kmsg, 0, "noise"));
	g_assert_false(kmsg_has(f->kmsg, G_MAXUINT64, "noise"));
}

static void test_findings(struct fixture *f, gconstpointer data)
{
	const struct finding *finding;

	kmsg_set_stage(f->kmsg, "tests", "mount.sh");
	say(f, 7, "WARNING: CPU: 0 PID: 1 at a.c:1 f+0x1/0x2");
	kmsg_set_stage(f->kmsg, NULL, NULL);
	g_assert_cmpuint(kmsg_findings(f->kmsg)->len, ==, 1);
	finding = kmsg_findings(f->kmsg)->pdata[0];
	g_assert_cmpuint(finding->seq, ==, 7);
	g_assert_cmpstr(finding->stage, ==, "tests");
	g_assert_cmpstr(finding->test, ==, "mount.sh");
}

/* Of the console only what the log did not bring: the end of a guest. */
static void test_console(struct fixture *f, gconstpointer data)
{
	say(f, 5000, "UBSAN: overflow in a.c:1");	/* at 5.000000 */
	kmsg_take_console(f->kmsg, "[    4.999999] UBSAN: other in b.c:1");
	kmsg_take_console(f->kmsg, "[    5.000000] UBSAN: overflow in a.c:1");
	g_assert_cmpuint(((struct finding *)kmsg_findings(f->kmsg)->pdata[0])->count, ==, 1);
	kmsg_take_console(f->kmsg, "Kernel panic - not syncing: typed at a login prompt");
	g_assert_cmpuint(kmsg_findings(f->kmsg)->len, ==, 1);
	kmsg_take_console(f->kmsg, "[    9.000000] Kernel panic - not syncing: boom");
	g_assert_cmpuint(kmsg_findings(f->kmsg)->len, ==, 2);
}

/* In a panic the clock may stand still: all its lines have the time of the last that the log brought. */
static void test_console_same_time(struct fixture *f, gconstpointer data)
{
	const struct finding *finding;

	say(f, 5000, "Kernel panic - not syncing: boom");
	say(f, 5000, "CPU: 0 PID: 42 Comm: insmod Not tainted 6.1.0 #1");
	kmsg_take_console(f->kmsg, "[    5.000000] Kernel panic - not syncing: boom");
	kmsg_take_console(f->kmsg, "[    5.000000] CPU: 0 PID: 42 Comm: insmod Not tainted 6.1.0 #1");
	kmsg_take_console(f->kmsg, "[    5.000000] Call Trace:");
	kmsg_take_console(f->kmsg, "[    5.000000]  <TASK>");
	kmsg_take_console(f->kmsg, "[    5.000000]  deeper+0x1/0x20 [m]");
	kmsg_take_console(f->kmsg, "[    5.000000]  deeper+0x1/0x20 [m]");
	kmsg_take_console(f->kmsg, "[    5.000000]  m_init+0x5/0x20 [m]");
	kmsg_end(f->kmsg);
	g_assert_cmpuint(kmsg_mark(f->kmsg), ==, 7);
	g_assert_cmpuint(kmsg_findings(f->kmsg)->len, ==, 1);
	finding = kmsg_findings(f->kmsg)->pdata[0];
	g_assert_cmpuint(finding->count, ==, 1);
	g_assert_cmpuint(finding->trace->len, ==, 2);
}

/* The module under test is blamed before the kernel's functions. */
static void test_own_module(struct fixture *f, gconstpointer data)
{
	const struct finding *finding;

	kmsg_own_module(f->kmsg, "m");
	say(f, 1, "BUG: unable to handle page fault for address: 1");
	say(f, 2, "RIP: 0010:drop_nlink+0x9/0x30");
	say(f, 3, "Call Trace:");
	say(f, 4, " my_rmdir+0x33/0x60 [m]");
	kmsg_end(f->kmsg);
	finding = kmsg_findings(f->kmsg)->pdata[0];
	g_assert_cmpstr(finding->function, ==, "my_rmdir");
	g_assert_cmpuint(finding->last_line, ==, 4);
}

static bool is_readable(int fd)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };

	return poll(&p, 1, 0) == 1;
}

/* Who waits for something else as well is woken by what ends the kernel, and by nothing less. */
static void test_fatal(struct fixture *f, gconstpointer data)
{
	say(f, 1, "WARNING: CPU: 0 PID: 1 at a.c:1 f+0x1/0x2");
	say(f, 2, "---[ end trace 0000000000000000 ]---");
	g_assert_false(is_readable(kmsg_fatal_fd(f->kmsg)));
	say(f, 3, "BUG: kernel NULL pointer dereference, address: 0000000000000000");
	say(f, 4, "Oops: 0000 [#1] PREEMPT SMP NOPTI");
	g_assert_true(is_readable(kmsg_fatal_fd(f->kmsg)));
}

/* By the record that took the least time; one that was there long before says little. */
static void test_guest_time(struct fixture *f, gconstpointer data)
{
	gint64 before = g_get_monotonic_time(), after;

	g_assert_cmpuint(kmsg_guest_time(f->kmsg, before), ==, 0);
	say(f, 5000, "it took no time");
	after = g_get_monotonic_time();
	say(f, 5001, "an hour after that");
	for (gint64 host = after; host <= after + 1000000; host += 500000) {
		g_assert_cmpuint(kmsg_guest_time(f->kmsg, host), >=, 5000000 + (guint64)(host - after));
		g_assert_cmpuint(kmsg_guest_time(f->kmsg, host), <=, 5001000 + (guint64)(host - before));
	}
	say(f, 1, "an old one that comes late");
	g_assert_cmpuint(kmsg_guest_time(f->kmsg, after), >=, 5000000);
	/* Another boot's clock. */
	kmsg_begin(f->kmsg);
	g_assert_cmpuint(kmsg_guest_time(f->kmsg, after), ==, 0);
}

int main(int argc, char **argv)
{
	static const struct {
		const char *path;
		void (*test)(struct fixture *f, gconstpointer data);
	} tests[] = {
		{ "/kmsg/file", test_file },	     { "/kmsg/reason", test_reason },
		{ "/kmsg/reason-of-fault", test_reason_of_fault },
		{ "/kmsg/reason-bounds", test_reason_bounds }, { "/kmsg/lost", test_lost },
		{ "/kmsg/has", test_has },
		{ "/kmsg/findings", test_findings }, { "/kmsg/console", test_console },
		{ "/kmsg/console-same-time", test_console_same_time },
		{ "/kmsg/own-module", test_own_module }, { "/kmsg/fatal", test_fatal },
		{ "/kmsg/guest-time", test_guest_time },
	};

	g_test_init(&argc, &argv, NULL);
	for (guint i = 0; i < G_N_ELEMENTS(tests); i++)
		g_test_add(tests[i].path, struct fixture, NULL, set_up, tests[i].test, tear_down);
	return g_test_run();
}
