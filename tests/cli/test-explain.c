// SPDX-License-Identifier: GPL-2.0-only
#include <archive.h>
#include <archive_entry.h>
#include <json-glib/json-glib.h>
#include <string.h>
#include <sys/stat.h>

#include "tests/lib/cli.h"
#include "tests/lib/sample.h"

#define LOG "[    1.000000] usb 1-1: new device\r\n" \
	    "[    2.000000] BUG: KASAN: slab-use-after-free in read_it+0x10/0x20 [m]\n" \
	    "[    2.000001] Read of size 8 at addr ffff888104a3c000 by task c\033]0;evil\007t/512\n" \
	    "[    2.000002] Call Trace:\n" \
	    "[    2.000003]  kasan_report+0xb9/0xf0\n" \
	    "[    2.000004]  read_it+0x10/0x20 [m]\n" \
	    "[    9.000000] usb 1-1: disconnect\n"

static void test_text(void)
{
	auto_box box = { 0 };

	box_init(&box);
	box_write(&box, "console.log", LOG);
	cli_check(&box, "vexvm explain console.log", 5,
		  "^kasan: KASAN: slab-use-after-free Read in read_it\n  where  read_it\\+0x10/0x20 \\[m\\]\n"
		  "  task   [^\033\007]*, pid 512\n  lines  2-7?6?\n  hash   [0-9a-f]{16}\n  trace\n"
		  "         kasan_report\\+0xb9/0xf0\n    -->  read_it\\+0x10/0x20 \\[m\\]\n\n$", "^$");
}

static void test_json(void)
{
	auto_box box = { 0 };
	auto_cli_result result = { 0 };
	g_autoptr(JsonNode) root = NULL;
	JsonArray *findings;

	box_init(&box);
	box_write(&box, "console.log", LOG LOG);
	cli_type(&box, "vexvm explain --json console.log", &result);
	g_assert_cmpint(result.status, ==, 5);
	root = json_from_string(result.out, NULL);
	g_assert_nonnull(root);
	findings = json_object_get_array_member(json_node_get_object(root), "findings");
	g_assert_cmpuint(json_array_get_length(findings), ==, 1);
	g_assert_cmpint(json_object_get_int_member(json_array_get_object_element(findings, 0), "count"), ==, 2);
}

static void test_stdin(void)
{
	static const char *const argv[] = { "vexvm", "explain", "-", NULL };
	auto_box box = { 0 };
	auto_cli_result fault = { 0 }, clean = { 0 };

	box_init(&box);
	cli_run(&box, "", LOG, argv, &fault);
	cli_expect(&fault, 5, "^kasan: ", "^$");
	cli_run(&box, "", "[    1.000000] usb 1-1: new device\n", argv, &clean);
	cli_expect(&clean, 0, "^No fault of the kernel's in 1 lines?\n$", "^$");
}

static void test_refusals(void)
{
	auto_box box = { 0 };

	box_init(&box);
	cli_check(&box, "vexvm explain", 2, NULL, "explain");
	cli_check(&box, "vexvm explain a b", 2, NULL, "explain");
	cli_check(&box, "vexvm explain no-such-file", 2, "^$", "cannot read no-such-file: No such file");
	cli_check(&box, "vexvm explain .", 2, "^$", "cannot read .: Is a directory");
	cli_check(&box, "vexvm explain /dev/null", 2, "^$", "/dev/null is empty\n$");
}

/* A file that tells no place is no silent nothing. */
static void test_useless_objects(void)
{
	auto_box box = { 0 };
	g_autofree char *fifo = NULL;

	box_init(&box);
	box_write(&box, "console.log", LOG);
	box_write(&box, "rubbish", "no ELF");
	fifo = g_build_filename(box.project, "fifo", NULL);
	g_assert_cmpint(mkfifo(fifo, 0600), ==, 0);
	cli_check(&box, "vexvm explain --module=none console.log", 2, "^$", "cannot read none: No such file");
	cli_check(&box, "vexvm explain --module=fifo console.log", 2, "^$", "fifo is no kernel module");
	cli_check(&box, "vexvm explain --module=/dev/null console.log", 2, "^$", "/dev/null is no kernel module");
	cli_check(&box, "vexvm explain --module=. console.log", 2, "^$", "\\. is no kernel module");
	cli_check(&box, "vexvm explain --module=rubbish console.log", 2, "^$", "rubbish is no kernel module");
	cli_check(&box, "vexvm explain --vmlinux=none console.log", 2, "^$", "cannot read none: No such file");
	cli_check(&box, "vexvm explain --vmlinux=fifo console.log", 2, "^$", "fifo is no file");
	cli_check(&box, "vexvm explain --vmlinux=/dev/null console.log", 2, "^$", "/dev/null is no file");
	cli_check(&box, "vexvm explain --vmlinux=. console.log", 2, "^$", "\\. is no file");
	cli_check(&box, "vexvm explain --vmlinux=rubbish console.log", 2, "^$", "rubbish is no vmlinux");
}

/* Binary rubbish, a line of ten million bytes, no newline at the end. */
static void test_rubbish(void)
{
	auto_box box = { 0 };
	g_autofree char *path = NULL, *bytes = g_malloc(10 * 1000 * 1000);
	g_autoptr(GError) error = NULL;

	box_init(&box);
	for (guint i = 0; i < 10 * 1000 * 1000; i++)
		bytes[i] = (char)((i * 2654435761u) >> 17);
	for (guint i = 0; i < 5 * 1000 * 1000; i++)
		bytes[i] = bytes[i] == '\n' ? ' ' : bytes[i];
	path = g_build_filename(box.project, "rubbish", NULL);
	g_assert_true(g_file_set_contents(path, bytes, 10 * 1000 * 1000, &error));
	cli_check(&box, "vexvm explain rubbish", 2, "^$", "rubbish is no text\n$");
}

/* NUL bytes alone, as a disk leaves them, and a log with a hole of them. */
static void test_holes(void)
{
	static const char hole[512];
	g_autoptr(GString) bytes = g_string_new(NULL);
	auto_box box = { 0 };
	g_autofree char *path = NULL;

	box_init(&box);
	path = g_build_filename(box.project, "holes", NULL);
	g_string_append_len(bytes, hole, sizeof(hole));
	g_assert_true(g_file_set_contents(path, bytes->str, (gssize)bytes->len, NULL));
	cli_check(&box, "vexvm explain holes", 2, "^$", "holes is no text\n$");
	g_string_append(bytes, "\n[    1.000000] usb 1-1: new device\n");
	g_assert_true(g_file_set_contents(path, bytes->str, (gssize)bytes->len, NULL));
	cli_check(&box, "vexvm explain holes", 0, "^No fault of the kernel's in 2 lines\n$", "^$");
	g_string_append(bytes, LOG);
	g_assert_true(g_file_set_contents(path, bytes->str, (gssize)bytes->len, NULL));
	cli_check(&box, "vexvm explain holes", 5, "^kasan: ", "^$");
}

#define RECORD(seq, usec, text) "{\"seq\":" #seq ",\"usec\":" #usec ",\"level\":6,\"stage\":\"tests\"," \
				"\"test\":\"a.sh: 3\",\"text\":\"" text "\"}\n"

/* The second is cut short: a disk was full. */
static const char records[] =
	RECORD(7, 1000000, "m: loading out-of-tree module taints kernel.")
	"{\"seq\":8,\"us\n"
	RECORD(9, 2000000, "say \\\"hello\\\"")
	RECORD(10, 2000000, "BUG: KASAN: slab-use-after-free in read_it+0x10/0x20 [m]")
	RECORD(11, 2000001, "Read of size 8 at addr ffff888104a3c000 by task cat/512")
	RECORD(12, 2000002, "Call Trace:")
	RECORD(13, 2000003, " kasan_report+0xb9/0xf0")
	RECORD(14, 2000004, " read_it+0x10/0x20 [m]")
	RECORD(15, 9000000, "usb 1-1: disconnect");

/* What a run keeps; the lines are the file's. */
static void test_records(void)
{
	auto_box box = { 0 };

	box_init(&box);
	box_write(&box, "kmsg.jsonl", records);
	cli_check(&box, "vexvm explain kmsg.jsonl", 5, "^kasan: KASAN: slab-use-after-free Read in read_it\n"
		  "  where  read_it\\+0x10/0x20 \\[m\\]\n(.*\n)*  lines  4-8\n", "^$");
	cli_check(&box, "vexvm explain --json kmsg.jsonl", 5, "\"test\" : \"a.sh: 3\"", "^$");
	box_write(&box, "console.log", LOG);
	cli_check(&box, "vexvm explain console.log", 5, "^kasan: ", "kmsg.jsonl tells more");
	box_write(&box, "kmsg.jsonl", RECORD(1, 1000000, "quiet"));
	cli_check(&box, "vexvm explain kmsg.jsonl", 0, "^No fault of the kernel's in 1 line\n$", "^$");
}

#define RUN ".vexvm/default/runs/20260101-000000-001"
#define GUEST "/mnt/vexfs_source"

/* Files of the project's folder "m", as a guest sees them; the second fault's are known by the line alone. */
static char *run_log(struct sample *sample)
{
	return g_strdup_printf("[    2.000000] BUG: KASAN: slab-use-after-free in outer+0x%" G_GINT64_MODIFIER "x/0x%"
			       G_GINT64_MODIFIER "x [fixture]\n"
			       "[    2.000001] Read of size 8 at addr ffff888104a3c000 by task cat/512\n"
			       "[    9.000000] WARNING: CPU: 0 PID: 7 at " GUEST "/m/other.c:33 start_it+0x1/0x2 [other]\n",
			       sample_offset(sample, "outer", "deepest", 5), sample_gap(sample, "outer", 0));
}

static void check_lacks(const struct box *box, const char *text)
{
	auto_cli_result result = { 0 };

	cli_type(box, "vexvm explain " RUN "/console.log", &result);
	g_assert_cmpint(result.status, ==, 5);
	g_assert_null(strstr(result.out, text));
}

/* A run's modules are those of its log, and its project's files where they lie on this machine. */
static void test_run(struct sample *sample, gconstpointer data)
{
	auto_box box = { 0 };
	g_autofree char *flags = g_strdup_printf("-g -fdebug-prefix-map=%s=" GUEST "/m", sample->dir);
	g_autofree char *log = NULL, *ko = NULL, *place = NULL, *result = NULL;
	g_autofree char *bytes = NULL;
	gsize size;

	box_init(&box);
	sample_make(sample, flags);
	log = run_log(sample);
	box_write(&box, "m/first.c", sample_first_c);
	box_write(&box, RUN "/console.log", log);
	ko = g_build_filename(box.project, RUN, "fixture.ko", NULL);
	g_assert_true(g_file_get_contents(sample->ko, &bytes, &size, NULL));
	g_assert_true(g_file_set_contents(ko, bytes, (gssize)size, NULL));
	place = g_strdup_printf("\n  source %s/m/other.c:33\n", box.project);
	result = g_strdup_printf("{\"source\": \"%s/m\"}", box.project);
	/* No run's folder yet. */
	cli_check(&box, "vexvm explain " RUN "/console.log", 5, "\n  source " GUEST "/m/other.c:33\n", "^$");
	check_lacks(&box, "first.c");
	box_write(&box, RUN "/result.json", result);
	cli_check(&box, "vexvm explain " RUN "/console.log", 5, "\n  source m/first.c:13\n(.*\n)*>  *13  ", "^$");
	cli_check(&box, "vexvm explain " RUN "/console.log", 5, place, "^$");
	/* What is named is what counts, and what tells nothing is no reason to fail. */
	cli_check(&box, "vexvm explain --module=none " RUN "/console.log", 2, "^$", "cannot read none");
	box_write(&box, RUN "/fixture.ko", "no ELF");
	cli_check(&box, "vexvm explain " RUN "/console.log", 5, place, "^$");
	check_lacks(&box, "first.c");
	/* A result of another machine's. */
	box_write(&box, RUN "/result.json", "{\"source\": \"/nowhere/at/all\"}");
	cli_check(&box, "vexvm explain " RUN "/console.log", 5, "\n  source " GUEST "/m/other.c:33\n", "^$");
}

static void write_packed(const char *path, int filter, const char *bytes, gsize size)
{
	struct archive *archive = archive_write_new();
	struct archive_entry *entry = archive_entry_new();

	archive_write_add_filter(archive, filter);
	archive_write_set_format_raw(archive);
	g_assert_cmpint(archive_write_open_filename(archive, path), ==, ARCHIVE_OK);
	archive_entry_set_filetype(entry, AE_IFREG);
	archive_write_header(archive, entry);
	archive_write_data(archive, bytes, size);
	g_assert_cmpint(archive_write_free(archive), ==, ARCHIVE_OK);
	archive_entry_free(entry);
}

static void test_packed(void)
{
	static const int filters[] = { ARCHIVE_FILTER_GZIP, ARCHIVE_FILTER_XZ, ARCHIVE_FILTER_ZSTD };
	auto_box box = { 0 };
	g_autofree char *path = NULL, *bytes = NULL;
	gsize size;

	box_init(&box);
	path = g_build_filename(box.project, "packed", NULL);
	for (guint i = 0; i < G_N_ELEMENTS(filters); i++) {
		write_packed(path, filters[i], LOG, strlen(LOG));
		cli_check(&box, "vexvm explain packed", 5, "^kasan: (.*\n)*  lines  2-6\n", "^$");
		write_packed(path, filters[i], records, strlen(records));
		cli_check(&box, "vexvm explain packed", 5, "^kasan: (.*\n)*  lines  4-8\n", "^$");
		write_packed(path, filters[i], "", 0);
		cli_check(&box, "vexvm explain packed", 2, "^$", "packed is empty\n$");
	}
	write_packed(path, ARCHIVE_FILTER_GZIP, LOG, strlen(LOG));
	g_assert_true(g_file_get_contents(path, &bytes, &size, NULL));
	g_assert_true(g_file_set_contents(path, bytes, (gssize)size / 2, NULL));
	cli_check(&box, "vexvm explain packed", 2, "^$", "cannot unpack packed: ");
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/explain/text", test_text);
	g_test_add_func("/explain/json", test_json);
	g_test_add_func("/explain/stdin", test_stdin);
	g_test_add_func("/explain/refusals", test_refusals);
	g_test_add_func("/explain/useless-objects", test_useless_objects);
	g_test_add_func("/explain/rubbish", test_rubbish);
	g_test_add_func("/explain/holes", test_holes);
	g_test_add_func("/explain/records", test_records);
	g_test_add_func("/explain/packed", test_packed);
	g_test_add("/explain/run", struct sample, NULL, sample_set_up, test_run, sample_tear_down);
	return g_test_run();
}
