// SPDX-License-Identifier: GPL-2.0-only
/* What is read from the kernel's reports: as they are, mixed, cut, and behind prefixes. */
#include "libvm/benign.h"
#include "libvm/explain.h"
#include "libvm/oops-rows.h"
#include "libvm/oops.h"
#include "tests/lib/splats.h"

#define SEED 20261125u
#define FUZZ_ROUNDS 1500 /* of each sample, about a hundred thousand in all */

typedef char *(*dress_fn)(guint i, const char *line);

static void feed_text(struct oops *oops, const char *text, dress_fn dress)
{
	g_auto(GStrv) lines = g_strsplit(text, "\n", -1);

	for (guint i = 0; lines[i] && (lines[i][0] || lines[i + 1]); i++) {
		g_autofree char *line = dress ? dress(i, lines[i]) : g_strdup(lines[i]);

		oops_feed_console(oops, line, strlen(line));
	}
	oops_end(oops);
}

static void expect(const struct oops *oops, const struct splat_sample *s)
{
	GPtrArray *findings = oops_findings(oops);
	const struct finding *f;

	if (!s->class) {
		g_assert_cmpstr(findings->len ? ((struct finding *)findings->pdata[0])->title
					      : NULL,
				==, NULL);
		return;
	}
	g_assert_cmpuint(findings->len, ==, 1);
	f = findings->pdata[0];
	g_assert_cmpstr(f->title, ==, s->title);
	g_assert_cmpstr(f->class, ==, s->class);
	g_assert_cmpstr(f->function, ==, s->function);
	g_assert_cmpstr(f->module, ==, s->module);
	if (s->comm)
		g_assert_cmpstr(f->comm, ==, s->comm);
	if (s->comm && s->pid >= 0)
		g_assert_cmpint(f->pid, ==, s->pid);
	if (s->cpu >= 0)
		g_assert_cmpint(f->cpu, ==, s->cpu);
	g_assert_cmpuint(strlen(f->hash), ==, 16);
}

static void check_dressed(const struct splat_sample *s, dress_fn dress)
{
	g_autoptr(oops_owner) oops = oops_new();

	feed_text(oops, s->log, dress);
	expect(oops, s);
}

static char *dress_plain(guint i, const char *line)
{
	return splat_stamp(12345678 + i * 10, NULL, line);
}

static char *dress_caller(guint i, const char *line)
{
	return splat_stamp(12345678 + i * 10, "T412", line);
}

static char *dress_level(guint i, const char *line)
{
	g_autofree char *stamped = splat_stamp(12345678 + i * 10, NULL, line);

	return g_strdup_printf("<%u>%s\r\n", i % 8, stamped);
}

static char *dress_syslog(guint i, const char *line)
{
	g_autofree char *stamped = splat_stamp(12345678 + i * 10, NULL, line);

	return g_strdup_printf("Nov %2u 10:00:00 host kernel: %s", 1 + i % 28, stamped);
}

static char *dress_journal(guint i, const char *line)
{
	return g_strdup_printf("2026-11-25T10:00:%02u.123456+00:00 host kernel: %s", i % 60, line);
}

static char *dress_date(guint i, const char *line)
{
	return g_strdup_printf("[Wed Nov 25 10:00:%02u 2026] %s", i % 60, line);
}

static char *dress_decoded(guint i, const char *line)
{
	g_autofree char *stamped = splat_stamp(12345678 + i * 10, NULL, line);

	return g_strdup_printf("kern  :warn  : %s", stamped);
}

static char *dress_color(guint i, const char *line)
{
	g_autofree char *stamped = splat_stamp(12345678 + i * 10, NULL, line);

	return g_strdup_printf("\033[32m\033[1m%s\033[0m\n", stamped);
}

static char *dress_prompt(guint i, const char *line)
{
	g_autofree char *stamped = splat_stamp(12345678 + i * 10, NULL, line);

	return g_strdup_printf("vexvm login: %s", stamped);
}

static void test_sample(gconstpointer data)
{
	static const dress_fn dresses[] = { NULL,	 dress_plain,	dress_caller,
					    dress_level, dress_syslog,	dress_journal,
					    dress_date,	 dress_decoded, dress_color,
					    dress_prompt };

	for (guint i = 0; i < G_N_ELEMENTS(dresses); i++)
		check_dressed(data, dresses[i]);
}

/* As /dev/kmsg has it, where no line is a program's. */
static void test_records(void)
{
	for (const struct splat_sample *s = splat_samples; s->name; s++) {
		g_autoptr(oops_owner) oops = oops_new();
		g_auto(GStrv) lines = g_strsplit(s->log, "\n", -1);

		for (guint i = 0; lines[i]; i++)
			oops_feed(oops, 1000 + i, lines[i]);
		oops_end(oops);
		expect(oops, s);
	}
}

static const struct splat_sample *sample_called(const char *name)
{
	for (const struct splat_sample *s = splat_samples; s->name; s++)
		if (g_str_equal(s->name, name))
			return s;
	g_assert_not_reached();
}

/* A place that no trace has is kept whole: its line of the source is looked for by it. */
static void test_named_place(void)
{
	g_autoptr(oops_owner) oops = oops_new();
	const struct finding *f;

	feed_text(oops, sample_called("lock-kept")->log, NULL);
	g_assert_cmpuint(oops_findings(oops)->len, ==, 1);
	f = oops_findings(oops)->pdata[0];
	g_assert_cmpint(f->guilty, ==, -1);
	g_assert_nonnull(f->owner);
	g_assert_cmpstr(f->owner->function, ==, "takes_it");
	g_assert_cmpstr(f->owner->module, ==, "m");
	g_assert_cmpuint(f->owner->offset, ==, 0x1b);
	g_assert_cmpuint(f->owner->size, ==, 0x30);
	g_assert_false(f->owner->exact);
}

/* Two CPUs print at once: with callers the two reports stay apart. */
static void test_interleaved(void)
{
	const struct splat_sample *a = sample_called("kasan"), *b = sample_called("sleeping");
	g_auto(GStrv) of_a = g_strsplit(a->log, "\n", -1), of_b = g_strsplit(b->log, "\n", -1);
	g_autoptr(oops_owner) oops = oops_new();
	GPtrArray *findings;

	for (guint i = 0; i < MAX(g_strv_length(of_a), g_strv_length(of_b)); i++) {
		g_autofree char *one =
			i < g_strv_length(of_a) ? splat_stamp(1000000 + i, "T512", of_a[i]) : NULL;
		g_autofree char *two =
			i < g_strv_length(of_b) ? splat_stamp(1000000 + i, "C1", of_b[i]) : NULL;

		if (one)
			oops_feed_console(oops, one, strlen(one));
		if (two)
			oops_feed_console(oops, two, strlen(two));
	}
	oops_end(oops);
	findings = oops_findings(oops);
	g_assert_cmpuint(findings->len, ==, 2);
	g_assert_cmpstr(((struct finding *)findings->pdata[0])->title, ==, b->title);
	g_assert_cmpstr(((struct finding *)findings->pdata[1])->title, ==, a->title);
}

/* Cut anywhere, a report stays one, or none is left. */
static void test_cut(void)
{
	for (const struct splat_sample *s = splat_samples; s->name; s++) {
		for (gsize n = 0; n < strlen(s->log); n += 7) {
			g_autoptr(oops_owner) oops = oops_new();
			g_autofree char *part = g_strndup(s->log, n);

			feed_text(oops, part, dress_plain);
			g_assert_cmpuint(oops_findings(oops)->len, <=, 1);
		}
	}
}

static void feed_all(struct oops *oops, const char *const *lines)
{
	for (guint i = 0; lines[i]; i++)
		oops_feed_console(oops, lines[i], strlen(lines[i]));
	oops_end(oops);
}

/* What user space writes to the console is not believed, but where there are no stamps at all. */
static void test_user_space(void)
{
	static const char *const stamped[] = { "[    1.000000] Linux version 6.1.0",
					       "[    1.000001] Command line: x",
					       "BUG: KASAN: slab-use-after-free in f+0x1/0x2",
					       "Kernel panic - not syncing: says a program",
					       "[    1.000002] usb 1-1: new device",
					       NULL };
	static const char *const before[] = { "Kernel panic - not syncing: says a boot loader",
					      "[    1.000000] Linux version 6.1.0",
					      "[    1.000001] x", NULL };
	static const char *const journal[] = {
		"Nov 25 10:00:00 host app[7]: BUG: KASAN: slab-use-after-free in f+0x1/0x2", NULL
	};
	static const char *const tty[] = {
		"[    1.000000] [U] BUG: KASAN: slab-use-after-free in f+0x1/0x2", NULL
	};
	static const char *const leak[] = { "[    1.000000] a",
					    "[    1.000001] b",
					    "unreferenced object 0xffff888104a3c000 (size 64):",
					    "  backtrace:",
					    "    [<000000001234abce>] make_it+0x2b/0x60 [m]",
					    NULL };
	static const char *const *const quiet[] = { stamped, before, journal, tty };
	g_autoptr(oops_owner) leaks = oops_new();

	for (guint i = 0; i < G_N_ELEMENTS(quiet); i++) {
		g_autoptr(oops_owner) oops = oops_new();

		feed_all(oops, quiet[i]);
		g_assert_cmpuint(oops_findings(oops)->len, ==, 0);
	}
	feed_all(leaks, leak);
	g_assert_cmpstr(((struct finding *)oops_findings(leaks)->pdata[0])->title, ==,
			"memory leak in make_it");
}

static guint boot(struct oops *oops, guint from)
{
	for (guint i = 0; i < 20; i++) {
		g_autofree char *line = splat_stamp(i * 1000, NULL,
						    i == from ? "Linux version 6.1.0 (gcc)"
							      : "usb 1-1: new device");

		oops_feed_console(oops, line, strlen(line));
	}
	return oops_findings(oops)->len;
}

static void test_reboot(void)
{
	static const char *const down = "[   99.000000] reboot: Restarting system";
	g_autoptr(oops_owner) orderly = oops_new(), sudden = oops_new();

	g_assert_cmpuint(boot(orderly, 1), ==, 0);
	oops_feed_console(orderly, down, strlen(down));
	g_assert_cmpuint(boot(orderly, 0), ==, 0);
	g_assert_cmpuint(boot(sudden, 1), ==, 0);
	g_assert_cmpuint(boot(sudden, 0), ==, 1);
	g_assert_cmpstr(((struct finding *)oops_findings(sudden)->pdata[0])->title, ==,
			"unexpected kernel reboot");
}

/* Addresses, CPUs, pids and times do not tell two reports apart; the stack does. */
static void test_repeats(void)
{
	static const char report[] =
		"BUG: unable to handle page fault for address: ffffc9000012%u000\nOops: 0000 [#%u] SMP\n"
		"CPU: %u PID: 41%u Comm: sh Not tainted 6.1.0 #1\nRIP: 0010:%s+0x9/0x30\n---[ end trace 0000000000000000 ]---\n";
	g_autoptr(oops_owner) oops = oops_new();
	GPtrArray *findings = oops_findings(oops);

	for (guint i = 0; i < 4; i++) {
		g_autofree char *text =
			g_strdup_printf(report, i, i, i, i, i == 2 ? "other" : "same");

		feed_text(oops, text, dress_plain);
	}
	g_assert_cmpuint(findings->len, ==, 2);
	g_assert_cmpuint(((struct finding *)findings->pdata[0])->count, ==, 3);
	g_assert_cmpstr(((struct finding *)findings->pdata[1])->function, ==, "other");
	g_assert_cmpuint(((struct finding *)findings->pdata[1])->first_line, ==, 11);
	g_assert_cmpuint(((struct finding *)findings->pdata[1])->last_line, >=, 14);
}

/* SLUB tells of one damaged object after the other: that is one fault. */
static void test_damaged(void)
{
	g_autoptr(oops_owner) oops = oops_new();

	feed_text(oops, sample_called("slab")->log, dress_plain);
	feed_text(oops, sample_called("slab")->log, dress_plain);
	g_assert_cmpuint(oops_findings(oops)->len, ==, 1);
	g_assert_cmpuint(((struct finding *)oops_findings(oops)->pdata[0])->count, ==, 2);
}

/* Two of the same in one record: what is handed out is there. */
static void test_record_of_two(void)
{
	static const char line[] = "BUG: KASAN: double-free in f+0x1/0x2 at 1\\x0aBUG: KASAN: double-free in f+0x1/0x2 bt 2"
				   "\\x0aBUG: KASAN: double-free in f+0x1/0x2 ct 3";
	g_autoptr(oops_owner) oops = oops_new();
	struct finding *finding;

	for (guint i = 0; i < 3; i++) {
		finding = oops_feed(oops, 1, line);
		g_assert_true(!finding || g_ptr_array_find(oops_findings(oops), finding, NULL));
		if (finding)
			finding->seq = 7;
	}
	oops_end(oops);
	g_assert_cmpuint(oops_findings(oops)->len, ==, 1);
	g_assert_cmpuint(((struct finding *)oops_findings(oops)->pdata[0])->count, ==, 9);
}

/* A module that is named counts before the kernel's own functions. */
static void test_own_module(void)
{
	const struct splat_sample *s = sample_called("module-before-kernel");
	g_autoptr(oops_owner) oops = oops_new();
	g_auto(GStrv) parts = g_strsplit(s->log, "Modules linked in: m(OE) ext4\n", -1);
	g_autofree char *unlisted = g_strjoinv("", parts);

	oops_own_module(oops, "ext4");
	feed_text(oops, unlisted, dress_plain);
	g_assert_cmpstr(((struct finding *)oops_findings(oops)->pdata[0])->function, ==,
			"ext4_add_entry");
}

static void test_bounds(void)
{
	g_autoptr(oops_owner) oops = oops_new();
	g_autofree char *garbage = g_malloc(1 << 20);
	g_autofree char *long_line = NULL, *frames = g_strnfill(1 << 20, 'f');

	for (guint i = 0; i < 1 << 20; i++)
		garbage[i] = (char)(i * 2654435761u >> 13);
	oops_feed_console(oops, garbage, 1 << 20);
	oops_feed_console(oops, "", 0);
	oops_feed_console(oops, "\0\0\0", 3);
	long_line = g_strconcat("BUG: KASAN: use-after-free in ", frames, "+0x1/0x2", NULL);
	oops_feed_console(oops, long_line, strlen(long_line));
	g_free(long_line);
	long_line = g_strdup_printf("%.*sBUG: KASAN: use-after-free in f+0x1/0x2", FINDING_LINE_MAX + 50, frames);
	oops_feed_console(oops, long_line, strlen(long_line));
	for (guint i = 0; i < 100000; i++)
		oops_feed_console(oops, " f+0x1/0x2 [m]", 14);
	oops_end(oops);
	for (guint i = 0; i < oops_findings(oops)->len; i++) {
		const struct finding *f = oops_findings(oops)->pdata[i];

		g_assert_cmpuint(f->trace->len, <=, FINDING_TRACE_MAX);
		g_assert_cmpuint(strlen(f->title), <=, FINDING_LINE_MAX);
	}
}

static void test_rows(void)
{
	guint n;
	const struct oops_row *rows = oops_rows(&n);

	for (guint i = 0; i < n; i++) {
		g_assert_cmpuint(strlen(rows[i].text), >=, 4);
		g_assert_true(oops_rows_suspect(rows[i].text, strlen(rows[i].text)));
	}
}

static void test_benign(void)
{
	g_autoptr(GPtrArray) entries = benign_parse(NULL);

	g_assert_nonnull(entries);
	g_assert_cmpuint(entries->len, >, 5);
	g_assert_null(benign_parse("pattern without a reason\n"));
	g_assert_null(benign_parse("a\treason\tyesterday\n"));
	g_assert_true(benign_has("INFO: lockdep is turned off."));
	g_assert_false(benign_has("BUG: KASAN: lockdep is turned off"));
}

static void test_output(void)
{
	g_autoptr(oops_owner) oops = oops_new();
	g_autoptr(JsonNode) root = NULL;
	g_autofree char *text = NULL;
	JsonObject *first;
	JsonArray *trace;

	feed_text(oops, sample_called("kasan")->log, dress_plain);
	text = explain_text(oops_findings(oops)->pdata[0]);
	g_assert_true(g_regex_match_simple(
		"^kasan: KASAN: slab-use-after-free Read in read_it\n  where  read_it\\+0x10/0x20 \\[m\\]\n"
		"  task   cat, pid 512\n  CPU    1\n  lines  2-",
		text, 0, 0));
	g_assert_nonnull(strstr(text, "\n    -->  read_it+0x10/0x20 [m]\n"));
	root = explain_to_json(oops_findings(oops));
	first = json_array_get_object_element(
		json_object_get_array_member(json_node_get_object(root), "findings"), 0);
	g_assert_cmpstr(json_object_get_string_member(first, "class"), ==, "kasan");
	g_assert_true(json_object_get_null_member(first, "file"));
	g_assert_true(json_object_get_null_member(first, "test"));
	g_assert_cmpint(json_object_get_int_member(first, "first_line"), ==, 2);
	trace = json_object_get_array_member(first, "trace");
	g_assert_cmpuint(json_array_get_length(trace), >, 3);
}

static guint32 dice(guint32 *state)
{
	*state = *state * 1664525u + 1013904223u;
	return *state >> 8;
}

/* Bytes are changed, lost and doubled, and lines of other reports come in between. */
static void mutate(GString *text, guint32 *state)
{
	guint changes = 1 + dice(state) % 12, n = 0;

	while (splat_samples[n].name)
		n++;
	for (guint i = 0; i < changes && text->len; i++) {
		gsize at = dice(state) % text->len, length = 1 + dice(state) % 40;
		const char *other = splat_samples[dice(state) % n].log;

		switch (dice(state) % 4) {
		case 0:
			text->str[at] = (char)dice(state);
			break;
		case 1:
			g_string_erase(text, (gssize)at, (gssize)MIN(length, text->len - at));
			break;
		case 2:
			g_string_insert_len(text, (gssize)at, text->str,
					    (gssize)MIN(length, text->len));
			break;
		default:
			g_string_insert_len(text, (gssize)at, other,
					    (gssize)MIN(length * 8, strlen(other)));
		}
	}
}

/* What is handed out is written to, as the log's keeper does. */
static void feed_either(struct oops *oops, const char *bytes, gsize size, bool record)
{
	g_autofree char *text = g_strndup(bytes, size), *joined = NULL;
	struct finding *finding;

	/* A record of two lines. */
	joined = g_strdup_printf("%s\\x0a%s", text, text);
	finding = record ? oops_feed(oops, 0, joined) : oops_feed_console(oops, bytes, size);
	if (finding)
		finding->seq++;
}

static void test_fuzz(void)
{
	guint32 state = SEED;

	for (const struct splat_sample *s = splat_samples; s->name; s++) {
		for (guint i = 0; i < FUZZ_ROUNDS; i++) {
			g_autoptr(oops_owner) oops = oops_new();
			g_autoptr(GString) text = g_string_new(s->log);

			mutate(text, &state);
			for (gsize at = 0; at < text->len;) {
				const char *end = memchr(text->str + at, '\n', text->len - at);
				gsize n = end ? (gsize)(end - text->str) - at + 1 : text->len - at;

				feed_either(oops, text->str + at, n, i % 2);
				at += n;
			}
			oops_end(oops);
			for (guint k = 0; k < oops_findings(oops)->len; k++)
				g_free(explain_text(oops_findings(oops)->pdata[k]));
		}
	}
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	for (const struct splat_sample *s = splat_samples; s->name; s++) {
		g_autofree char *path = g_strdup_printf("/splat/sample/%s", s->name);

		g_test_add_data_func(path, s, test_sample);
	}
	g_test_add_func("/splat/records", test_records);
	g_test_add_func("/splat/interleaved", test_interleaved);
	g_test_add_func("/splat/named-place", test_named_place);
	g_test_add_func("/splat/cut", test_cut);
	g_test_add_func("/splat/user-space", test_user_space);
	g_test_add_func("/splat/reboot", test_reboot);
	g_test_add_func("/splat/repeats", test_repeats);
	g_test_add_func("/splat/damaged", test_damaged);
	g_test_add_func("/splat/record-of-two", test_record_of_two);
	g_test_add_func("/splat/own-module", test_own_module);
	g_test_add_func("/splat/bounds", test_bounds);
	g_test_add_func("/splat/rows", test_rows);
	g_test_add_func("/splat/benign", test_benign);
	g_test_add_func("/splat/output", test_output);
	g_test_add_func("/splat/fuzz", test_fuzz);
	return g_test_run();
}
