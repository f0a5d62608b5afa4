// SPDX-License-Identifier: GPL-2.0-only
/*
 * What QEMU tells of a guest, its memory in a file and what can go wrong with that,
 * a panic's last words, and the list of it all; against a scripted QEMU.
 */
#include <glib/gstdio.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include "lib/clock.h"
#include "lib/fault.h"
#include "lib/fd.h"
#include "lib/folder.h"
#include "libvm/alarm.h"
#include "libvm/crash.h"
#include "libvm/memory.h"
#include "libvm/plan.h"
#include "libvm/run-folder.h"
#include "libvm/stage.h"
#include "libvm/vmcore.h"

#define LIMIT_S 20
#define OK(id) "{\"return\": {}, \"id\": " #id "}\n"
#define PANICKED "{\"event\": \"GUEST_PANICKED\", \"data\": {\"action\": \"pause\"}}\n"

/* One line is awaited that has @expect in it, then @console is written and @send sent. */
struct step {
	const char *expect, *send, *console;
};

static const struct step greeting[] = {
	{ NULL, "{\"QMP\": {\"version\": {}, \"capabilities\": []}}\n" },
	{ "qmp_capabilities", OK(1) },
};

struct fixture {
	char *dir, *core, *console;
	struct conf conf;
	int fd;			/* QEMU's end */
	const struct step *steps;
	GThread *thread;
	struct qmp *qmp;
};

static void set_up(struct fixture *f, gconstpointer data)
{
	f->dir = g_dir_make_tmp("vexvm-crash-XXXXXX", NULL);
	g_assert_nonnull(f->dir);
	f->core = g_build_filename(f->dir, VMCORE_FILE, NULL);
	f->console = g_build_filename(f->dir, "console.log", NULL);
	f->conf = (struct conf){ .name = (char *)"default", .state_dir = f->dir, .runtime_dir = f->dir,
				 .memory_mib = 128, .crash_keep = 2, .crash_total_mib = 1,
				 .crash_format = (char *)"kdump" };
	g_assert_true(g_file_set_contents(f->console, "", 0, NULL));
}

static void play_step(struct fixture *f, const struct step *s)
{
	g_autoptr(GString) line = g_string_new(NULL);
	char c;

	while (s->expect && fd_wait(f->fd, POLLIN, clock_in(LIMIT_S)) > 0 && read(f->fd, &c, 1) == 1 && c != '\n')
		g_string_append_c(line, c);
	if (s->expect && !strstr(line->str, s->expect)) {
		g_test_message("'%s' expected, not %s", s->expect, line->str);
		g_test_fail();
	}
	if (s->console) {
		FILE *file = fopen(f->console, "ae");

		fputs(s->console, file);
		fclose(file);
	}
	if (s->send)
		fd_write_all(f->fd, s->send, strlen(s->send));
}

static gpointer play(gpointer data)
{
	struct fixture *f = data;

	for (guint i = 0; i < G_N_ELEMENTS(greeting); i++)
		play_step(f, &greeting[i]);
	for (const struct step *s = f->steps; s->expect || s->send; s++)
		play_step(f, s);
	return NULL;
}

static void begin(struct fixture *f, const struct step *steps)
{
	g_autoptr(GError) error = NULL;
	int ends[2];

	g_assert_cmpint(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), ==, 0);
	f->fd = ends[1];
	f->steps = steps;
	f->thread = g_thread_new("qemu", play, f);
	f->qmp = qmp_new(ends[0], clock_in(LIMIT_S), &error);
	g_assert_no_error(error);
}

static void tear_down(struct fixture *f, gconstpointer data)
{
	if (f->thread) {
		g_thread_join(f->thread);
		qmp_free(f->qmp);
		fd_close(&f->fd);
	}
	g_assert_true(folder_remove(f->dir, NULL));
	g_free(f->dir);
	g_free(f->core);
	g_free(f->console);
}

static void test_alarms(void)
{
	static const struct {
		const char *event;
		enum alarm alarm;
	} cases[] = {
		{ "{\"event\": \"GUEST_PANICKED\", \"data\": {\"action\": \"pause\"}}", ALARM_PANIC },
		{ "{\"event\": \"RESET\", \"data\": {\"guest\": true}}", ALARM_RESET },
		{ "{\"event\": \"RESET\", \"data\": {\"guest\": false}}", ALARM_NONE },
		{ "{\"event\": \"SHUTDOWN\", \"data\": {\"guest\": true}}", ALARM_SHUTDOWN },
		{ "{\"event\": \"SHUTDOWN\", \"data\": {\"guest\": false}}", ALARM_NONE },
		{ "{\"event\": \"BLOCK_IO_ERROR\", \"data\": {\"action\": \"stop\"}}", ALARM_IO_ERROR },
		{ "{\"event\": \"BLOCK_IO_ERROR\", \"data\": {\"action\": \"report\"}}", ALARM_NONE },
		{ "{\"event\": \"STOP\"}", ALARM_NONE },
		{ "{\"event\": \"RESET\", \"data\": 7}", ALARM_NONE },
		{ "{\"event\": 7}", ALARM_NONE },
	};

	for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
		g_autoptr(JsonNode) node = json_from_string(cases[i].event, NULL);

		g_assert_cmpint(alarm_of(json_node_get_object(node)), ==, cases[i].alarm);
	}
}

/* Nothing is left of one that failed. */
static void expect_failure(struct fixture *f, const struct step *steps, guint limit_s, const char *part)
{
	g_autofree char *folder = g_path_get_dirname(f->core), *base = g_path_get_basename(f->core);
	g_autoptr(GDir) dir = NULL;
	g_autoptr(GError) error = NULL;
	struct vmcore core;
	const char *name;

	begin(f, steps);
	g_assert_false(vmcore_dump(&f->conf, f->qmp, f->core, clock_in(limit_s), &core, &error));
	g_assert_nonnull(error);
	g_test_message("%s", error->message);
	g_assert_nonnull(strstr(error->message, part));
	dir = g_dir_open(folder, 0, NULL);
	while ((name = g_dir_read_name(dir)))
		g_assert_false(g_str_has_prefix(name, base));
}

static void test_dump(struct fixture *f, gconstpointer data)
{
	static const struct step steps[] = {
		{ "\"format\":\"kdump-zlib\"", OK(2) "{\"event\": \"STOP\"}\n"
		  "{\"event\": \"DUMP_COMPLETED\", \"data\": {\"result\": {}}}\n" },
		{ NULL }
	};
	g_autoptr(GError) error = NULL, again = NULL;
	struct vmcore core;

	begin(f, steps);
	g_assert_true(vmcore_dump(&f->conf, f->qmp, f->core, clock_in(LIMIT_S), &core, &error));
	g_assert_no_error(error);
	g_assert_cmpstr(core.format, ==, "kdump");
	g_assert_true(g_file_test(f->core, G_FILE_TEST_EXISTS));
	/* There is one already: QEMU is not even asked. */
	g_assert_false(vmcore_dump(&f->conf, f->qmp, f->core, clock_in(LIMIT_S), &core, &again));
	g_assert_nonnull(again);
	g_assert_nonnull(strstr(again->message, "another guest's is kept"));
}

static void test_dump_elf(struct fixture *f, gconstpointer data)
{
	static const struct step steps[] = {
		{ "kdump-zlib", "{\"error\": {\"class\": \"GenericError\", \"desc\": \"no zlib\"}, \"id\": 2}\n" },
		{ "\"paging\":true", OK(3) "{\"event\": \"DUMP_COMPLETED\"}\n" },
		{ NULL }
	};
	struct vmcore core;

	begin(f, steps);
	g_assert_true(vmcore_dump(&f->conf, f->qmp, f->core, clock_in(LIMIT_S), &core, NULL));
	g_assert_cmpstr(core.format, ==, "elf");
}

static void test_dump_disk_full(struct fixture *f, gconstpointer data)
{
	static const struct step steps[] = {
		{ "dump-guest-memory", OK(2) "{\"event\": \"DUMP_COMPLETED\", \"data\": {\"result\": {}, "
		  "\"error\": \"dump: failed to save memory: No space left on device\"}}\n" },
		{ NULL }
	};

	expect_failure(f, steps, LIMIT_S, "No space left on device");
}

static void test_dump_refused(struct fixture *f, gconstpointer data)
{
	static const struct step steps[] = {
		{ "dump-guest-memory", "{\"error\": {\"class\": \"GenericError\", \"desc\": \"no\"}, \"id\": 2}\n" },
		{ "dump-guest-memory", "{\"error\": {\"class\": \"GenericError\", \"desc\": \"never\"}, \"id\": 3}\n" },
		{ NULL }
	};

	expect_failure(f, steps, LIMIT_S, "no (GenericError); as ELF: QEMU refused dump-guest-memory: never");
}

static void test_dump_late(struct fixture *f, gconstpointer data)
{
	static const struct step steps[] = { { "dump-guest-memory", OK(2) }, { NULL } };

	expect_failure(f, steps, 1, "in time");
}

/* More than any disk has: QEMU is not asked. */
static void test_dump_no_room(struct fixture *f, gconstpointer data)
{
	static const struct step steps[] = { { NULL } };

	f->conf.memory_mib = G_MAXUINT;
	expect_failure(f, steps, LIMIT_S, "GiB are free");
}

/* A run's folder with a result and, for @kib, a memory. */
static char *make_run(struct fixture *f, const char *id, guint kib, const char *result)
{
	char *folder = g_build_filename(f->dir, "runs", id, NULL);
	g_autofree char *core = g_build_filename(folder, VMCORE_FILE, NULL);
	g_autofree char *json = g_build_filename(folder, RUN_RESULT, NULL);
	g_autofree char *bytes = g_strnfill((gsize)kib << 10, 'm');

	g_assert_cmpint(g_mkdir_with_parents(folder, 0755), ==, 0);
	g_assert_true(g_file_set_contents(json, result, -1, NULL));
	if (kib)
		g_assert_true(g_file_set_contents(core, bytes, (gssize)kib << 10, NULL));
	return folder;
}

static void check_kept(const char *folder, bool kept)
{
	g_autofree char *core = g_build_filename(folder, VMCORE_FILE, NULL);

	g_assert_cmpint(g_file_test(core, G_FILE_TEST_EXISTS), ==, kept);
}

/* Of what was removed it is known that it was there. */
static void check_pruned(const struct conf *conf, const char *id, bool pruned)
{
	g_autoptr(GError) error = NULL;
	g_autoptr(crash_owner) crash = crash_find(conf, id, &error);

	g_assert_no_error(error);
	g_assert_cmpint(crash->pruned, ==, pruned);
	g_assert_cmpint(!crash->core, ==, pruned);
	g_assert_false(crash->went_on);
}

static void test_prune(struct fixture *f, gconstpointer data)
{
	g_autofree char *a = make_run(f, "20260101-000000-001", 100, "{}");
	g_autofree char *b = make_run(f, "20260101-000000-002", 100, "{}");
	g_autofree char *c = make_run(f, "20260101-000000-003", 0, "{}");
	g_autofree char *d = make_run(f, "20260101-000000-004", 100, "{}");
	g_autofree char *about = g_build_filename(a, VMCORE_ABOUT, NULL);

	g_assert_true(g_file_set_contents(about, "{}", -1, NULL));
	/* By number, */
	vmcore_prune(&f->conf);
	check_kept(a, false);
	check_kept(b, true);
	check_kept(d, true);
	check_pruned(&f->conf, "20260101-000000-001", true);
	check_pruned(&f->conf, "20260101-000000-002", false);
	/* and by size: the newest goes last. */
	g_free(c);
	c = make_run(f, "20260101-000000-003", 950, "{}");
	vmcore_prune(&f->conf);
	check_kept(b, false);
	check_kept(c, false);
	check_kept(d, true);
}

static struct stage stage_of(struct fixture *f)
{
	struct stage stage = { .conf = &f->conf, .report = report_new("test"), .alarms = f->qmp };

	stage.report->folder = g_strdup(f->dir);
	stage.console = console_new(f->console, 0);
	return stage;
}

/*
 * QEMU has the guest stand still in the middle of its panic. Its memory is kept first,
 * then it goes on, and what it prints only then is awaited.
 */
static void test_panic(struct fixture *f, gconstpointer data)
{
	static const struct step steps[] = {
		{ "info registers -a", "{\"return\": \"RIP=0\", \"id\": 2}\n" },
		{ "dump-guest-memory", OK(3) "{\"event\": \"DUMP_COMPLETED\"}\n" },
		{ "\"cont\"", OK(4), "Kernel panic - not syncing: late\n"
		  "---[ end Kernel panic - not syncing: late ]---\n" },
		{ "\"stop\"", OK(5) },
		{ NULL }
	};
	g_autofree char *about = g_build_filename(f->dir, VMCORE_ABOUT, NULL);
	g_autofree char *registers = g_build_filename(f->dir, "registers.txt", NULL);
	struct stage stage;

	begin(f, steps);
	stage = stage_of(f);
	stage_panic(&stage, true, "a test");
	g_assert_true(console_ends_in_panic(f->console));
	g_assert_true(g_file_test(f->core, G_FILE_TEST_EXISTS));
	g_assert_true(g_file_test(about, G_FILE_TEST_EXISTS));
	g_assert_true(g_file_test(registers, G_FILE_TEST_EXISTS));
	console_free(stage.console);
	report_free(stage.report);
}

/* The console is first, the device's word comes while it is read to its end. */
static void test_panic_by_console(struct fixture *f, gconstpointer data)
{
	static const struct step steps[] = {
		{ NULL, PANICKED },
		{ "info registers -a", "{\"return\": \"RIP=0\", \"id\": 2}\n" },
		{ "\"cont\"", OK(3), "---[ end Kernel panic - not syncing: x ]---\n" },
		{ "\"stop\"", OK(4) },
		{ NULL }
	};
	struct stage stage;

	f->conf.crash_keep = 0;
	begin(f, steps);
	stage = stage_of(f);
	stage_panic(&stage, false, "a test");
	g_assert_true(console_ends_in_panic(f->console));
	g_assert_false(g_file_test(f->core, G_FILE_TEST_EXISTS));
	console_free(stage.console);
	report_free(stage.report);
}

/* With panic=1 on its command line: it starts anew, and no last line comes. */
static void test_panic_reset(struct fixture *f, gconstpointer data)
{
	static const struct step steps[] = {
		{ "info registers -a", "{\"return\": \"RIP=0\", \"id\": 2}\n" },
		{ "\"cont\"", OK(3) "{\"event\": \"RESET\", \"data\": {\"guest\": true}}\n" },
		{ "\"stop\"", OK(4) },
		{ NULL }
	};
	gint64 began = g_get_monotonic_time();
	struct stage stage;

	f->conf.crash_keep = 0;
	begin(f, steps);
	stage = stage_of(f);
	stage_panic(&stage, true, "a test");
	g_assert_cmpfloat(clock_since(began), <, 8);
	console_free(stage.console);
	report_free(stage.report);
}

/* A guest that calls it a panic again and again. */
static void test_panic_endless(struct fixture *f, gconstpointer data)
{
	static const struct step steps[] = {
		{ "info registers -a", "{\"return\": \"RIP=0\", \"id\": 2}\n" },
		{ "\"cont\"", OK(3) PANICKED },
		{ "info registers -a", "{\"return\": \"RIP=0\", \"id\": 4}\n" },
		{ "\"cont\"", OK(5) PANICKED },
		{ "info registers -a", "{\"return\": \"RIP=0\", \"id\": 6}\n" },
		{ "\"cont\"", OK(7) PANICKED },
		{ "\"stop\"", OK(8) },
		{ NULL }
	};
	struct stage stage;

	f->conf.crash_keep = 0;
	begin(f, steps);
	stage = stage_of(f);
	stage_panic(&stage, true, "a test");
	console_free(stage.console);
	report_free(stage.report);
}

/* Nobody in the guest answers: QEMU is asked, and the kernel by keyboard and NMI. */
static void test_hang(struct fixture *f, gconstpointer data)
{
	static const struct step steps[] = {
		{ "query-status", "{\"return\": {\"status\": \"running\"}, \"id\": 2}\n" },
		{ "info registers -a", "{\"return\": \"RIP=ffffffffc0001010 \\nRIP=12\", \"id\": 3}\n" },
		{ "sendkey alt-sysrq-9", "{\"return\": \"\", \"id\": 4}\n" },
		{ "sendkey alt-sysrq-l", "{\"return\": \"\", \"id\": 5}\n", "sysrq: Show backtrace\n" },
		{ "sendkey alt-sysrq-w", "{\"return\": \"\", \"id\": 6}\n" },
		{ "nmi", "{\"return\": \"\", \"id\": 7}\n" },
		{ "dump-guest-memory", OK(8) "{\"event\": \"DUMP_COMPLETED\"}\n" },
		{ NULL }
	};
	static const char oops[] = "[   37.243546] BUG: kernel NULL pointer dereference, address: 0000000000000068\n"
				   "[   37.243546] Oops: 0000 [#1] PREEMPT SMP NOPTI\n"
				   "[   37.243546] RIP: 0010:get_partial_node.part.0+0x235/0x400\n"
				   "[   37.243546] ---[ end trace 0000000000000000 ]---\n";
	g_autofree char *path = g_build_filename(f->dir, STAGE_HANG, NULL);
	g_autofree char *words = NULL, *page = NULL;
	g_autoptr(kmsg_owner) kmsg = kmsg_new("/dev/null", NULL);
	struct stage stage;

	g_assert_true(g_file_set_contents(f->console, oops, -1, NULL));
	begin(f, steps);
	stage = stage_of(f);
	stage.kmsg = kmsg;
	g_assert_false(stage_hang(&stage, "a test", &words));
	g_assert_cmpstr(words, ==, "no program in the guest answers any more, its kernel does");
	g_assert_true(g_file_get_contents(path, &page, NULL, NULL));
	g_assert_true(g_str_has_prefix(page, "programs hung: in a test; none in the guest answers, the kernel does\n"
				       "QEMU says that the machine is running\n"
				       "CPU 0 is at 0xffffffffc0001010\nCPU 1 is at 0x12\n"));
	g_assert_nonnull(strstr(page, "answers the keyboard or an NMI:\nsysrq: Show backtrace\n"));
	/* What the console had before was read. */
	g_assert_true(stage_is_broken(&stage));
	g_assert_cmpuint(kmsg_findings(kmsg)->len, ==, 1);
	g_assert_true(g_file_test(f->core, G_FILE_TEST_EXISTS));
	console_free(stage.console);
	report_free(stage.report);
}

/* Where QEMU has ended there is nobody to ask: what was known is not spoiled. */
static void test_unready(struct fixture *f, gconstpointer data)
{
	g_autofree char *path = g_build_filename(f->dir, STAGE_HANG, NULL);
	struct conf conf = { .state_dir = f->dir, .runtime_dir = f->dir };
	struct stage stage = { .conf = &conf };
	GError *error = NULL;

	fault_set(&error, LAB_ERROR_LAB, "QEMU ended");
	stage_unready(&stage, "booting", &error);
	g_assert_true(stage.lost);
	g_assert_error(error, LAB_ERROR, LAB_ERROR_LAB);
	g_assert_cmpstr(error->message, ==, "QEMU ended");
	g_assert_false(g_file_test(path, G_FILE_TEST_EXISTS));
	g_error_free(error);
}

/* QEMU's end of its second socket, whose client is stage_unready()'s own. */
static gpointer play_events(gpointer data)
{
	struct fixture *f = data;
	int listening = f->fd;

	f->fd = accept4(listening, NULL, NULL, SOCK_CLOEXEC);
	fd_close(&listening);
	play(f);
	return NULL;
}

static void begin_events(struct fixture *f, const struct step *steps)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };

	g_assert_cmpint(g_snprintf(address.sun_path, sizeof(address.sun_path), "%s/" PLAN_EVENTS, f->dir), <,
			sizeof(address.sun_path));
	f->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	g_assert_cmpint(bind(f->fd, (struct sockaddr *)&address, sizeof(address)), ==, 0);
	g_assert_cmpint(listen(f->fd, 1), ==, 0);
	f->steps = steps;
	f->thread = g_thread_new("events", play_events, f);
}

/* One that QEMU has stopped answers nobody, and nobody is asked: it does not hang. */
static void test_unready_stopped(struct fixture *f, gconstpointer data)
{
	static const struct step steps[] = {
		{ "query-status", "{\"return\": {\"status\": \"io-error\", \"running\": false}, \"id\": 2}\n" },
		{ NULL }
	};
	g_autofree char *path = g_build_filename(f->dir, STAGE_HANG, NULL);
	struct stage stage = { .conf = &f->conf, .report = report_new("test") };
	g_autoptr(GError) error = NULL;

	stage.report->folder = g_strdup(f->dir);
	begin_events(f, steps);
	fault_set(&error, LAB_ERROR_LAB, "a disk could not be written");
	stage_unready(&stage, "booting", &error);
	g_assert_true(stage.lost);
	g_assert_error(error, LAB_ERROR, LAB_ERROR_LAB);
	g_assert_cmpstr(error->message, ==, "a disk could not be written");
	g_assert_false(g_file_test(path, G_FILE_TEST_EXISTS));
	g_assert_false(g_file_test(f->core, G_FILE_TEST_EXISTS));
	stage_close(&stage);
	report_free(stage.report);
}

static void test_list(struct fixture *f, gconstpointer data)
{
	g_autofree char *fine = make_run(f, "20260101-000000-001", 0, "{\"findings\": []}");
	g_autofree char *torn = make_run(f, "20260101-000000-002", 4, "not JSON");
	g_autofree char *odd = make_run(f, "20260101-000000-003", 4, "{\"findings\": [7], \"modules\": {}}");
	g_autofree char *panic = make_run(f, "20260101-000000-004", 0,
		"{\"findings\": [{\"class\": \"panic\", \"title\": \"Kernel panic: x\"}], "
		"\"modules\": [{\"name\": \"a\"}, {\"name\": \"b\"}], \"verdict\": {\"reason\": \"it died\"}}");
	g_autofree char *console = g_build_filename(panic, "console.log", NULL);
	g_autofree char *about = g_build_filename(panic, VMCORE_ABOUT, NULL);
	g_autoptr(GPtrArray) all = crash_list(&f->conf), placed = NULL;
	g_autoptr(crash_owner) newest = NULL;
	g_autoptr(GError) error = NULL;
	g_autofree char *words = NULL;

	g_assert_cmpuint(all->len, ==, 2);
	g_assert_true(g_file_set_contents(console, "login: \n[    1.000000] Kernel panic - not syncing: x\nlast\n",
					  -1, NULL));
	g_assert_true(g_file_set_contents(about, "{\"modules\": [{\"name\": \"a\", \"sections\": {\".text\": "
					  "\"0xffffffffc0001000\", \"odd\": 3}}, 5]}", -1, NULL));
	newest = crash_find(&f->conf, NULL, &error);
	g_assert_no_error(error);
	g_assert_cmpstr(newest->modules, ==, "a b");
	g_assert_cmpstr(newest->verdict, ==, "it died");
	g_assert_cmpstr(newest->where, ==, "Kernel panic: x");
	words = crash_last_words(newest);
	g_assert_true(g_str_has_prefix(words, "[    1.000000] Kernel panic"));
	placed = crash_placed(newest);
	g_assert_cmpuint(placed->len, ==, 2);
	g_assert_cmpuint(g_array_index(((struct placed *)placed->pdata[0])->addresses, guint64, 0), ==,
			 0xffffffffc0001000);
	g_assert_null(crash_find(&f->conf, "20260101-000000-001", &error));
	g_assert_error(error, LAB_ERROR, LAB_ERROR_USAGE);
}

/* A console that has no end, or none who writes to it, is not read. */
static void test_console_no_file(struct fixture *f, gconstpointer data)
{
	struct crash crash = { .folder = f->dir };
	g_autofree char *words = NULL;

	g_unlink(f->console);
	g_assert_cmpint(mkfifo(f->console, 0600), ==, 0);
	words = crash_last_words(&crash);
	g_assert_cmpstr(words, ==, "");
}

static void add(const char *name, void (*test)(struct fixture *f, gconstpointer data))
{
	g_test_add(name, struct fixture, NULL, set_up, test, tear_down);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	signal(SIGPIPE, SIG_IGN);
	g_test_add_func("/crash/alarms", test_alarms);
	add("/crash/console that is no file", test_console_no_file);
	add("/crash/dump", test_dump);
	add("/crash/dump as ELF", test_dump_elf);
	add("/crash/dump, disk full", test_dump_disk_full);
	add("/crash/dump refused", test_dump_refused);
	add("/crash/dump too late", test_dump_late);
	add("/crash/dump without room", test_dump_no_room);
	add("/crash/prune", test_prune);
	add("/crash/panic", test_panic);
	add("/crash/panic by console", test_panic_by_console);
	add("/crash/panic and reset", test_panic_reset);
	add("/crash/panic without an end", test_panic_endless);
	add("/crash/hang", test_hang);
	add("/crash/not ready", test_unready);
	add("/crash/not ready, stopped", test_unready_stopped);
	add("/crash/list", test_list);
	return g_test_run();
}
