// SPDX-License-Identifier: GPL-2.0-only
/* The page of a run: well-formed, bounded, and no place where a guest's words are more than words. */
#include <glib/gstdio.h>
#include <string.h>

#include "libvm/report-html.h"

#define PLAIN "plain"
#define HOSTILE "<script>alert(1)</script>\"'>&amp;<!--]]></style></pre>\x01\x1b[31m\xff\xc3\xe2\x80\xae\xef\xbf\xbf"

static struct finding *finding_of(const char *words)
{
	struct finding *f = finding_new("oops", LAB_ERROR_KERNEL, words);
	struct frame *frame = g_new0(struct frame, 1);

	f->stage = g_strdup(words);
	f->test = g_strdup(words);
	f->function = g_strdup(words);
	f->module = g_strdup(words);
	f->file = g_strdup(words);
	f->comm = g_strdup(words);
	f->excerpt = g_strdup_printf("  1  %s\n> 2  %s\n", words, words);
	f->first_line = 1;
	f->last_line = 2;
	f->guilty = 0;
	frame->function = g_strdup(words);
	frame->module = g_strdup(words);
	frame->place = g_strdup(words);
	g_ptr_array_add(f->trace, frame);
	return f;
}

static void add_suite(struct report *r, const char *words)
{
	struct report_suite *suite = report_suite(r, words);
	struct test_result *failed = test_result_new(words, OUTCOME_FAIL, words);

	suite->select = g_strdup(words);
	suite->log = g_strdup(words);
	suite->detail = g_strdup(words);
	suite->outcome = OUTCOME_FAIL;
	failed->range = (struct log_range){ 2, 3 };
	failed->cause = CAUSE_CRASH;
	failed->runs = failed->failed = 3;
	g_ptr_array_add(suite->tests, failed);
	g_ptr_array_add(suite->tests, test_result_new(words, OUTCOME_SKIP, words));
	g_ptr_array_add(suite->tests, test_result_new(words, OUTCOME_PASS, NULL));
}

/* A report in which all that can come from a guest, a file or a module is @words. */
static struct report *report_of(const char *words)
{
	struct report *r = report_new("test");
	struct leak *leak = g_new0(struct leak, 1);
	g_autoptr(GPtrArray) leaks = g_ptr_array_new();

	r->id = g_strdup(words);
	r->folder = g_strdup(words);
	r->source = g_strdup(words);
	r->started = g_strdup(words);
	r->kernel = g_strdup(words);
	r->image = g_strdup(words);
	r->accel = g_strdup(words);
	r->qemu = g_strdup(words);
	r->host = g_strdup(words);
	r->again.options = g_strdup(words);
	r->hang = g_strdup(words);
	report_add_module(r, words, words, words, words);
	report_add_stage(r, words)->outcome = OUTCOME_FAIL;
	add_suite(r, words);
	report_fail(r, LAB_ERROR_TEST, "%s", words);
	leak->kind = "slab";
	leak->name = g_strdup(words);
	leak->detail = g_strdup(words);
	leak->test = g_strdup(words);
	leak->function = g_strdup(words);
	leak->module = g_strdup(words);
	leak->file = g_strdup(words);
	leak->line = 32;
	g_ptr_array_add(leaks, leak);
	report_take_leaks(r, leaks);
	g_ptr_array_add(r->findings, finding_of(words));
	return r;
}

static void append_record(GString *log, guint level, const char *words)
{
	g_autoptr(JsonBuilder) b = json_builder_new();
	g_autoptr(JsonNode) root = NULL;
	g_autofree char *valid = g_utf8_make_valid(words, -1), *json = NULL;

	json_builder_begin_object(b);
	json_builder_set_member_name(b, "usec");
	json_builder_add_int_value(b, 1234567);
	json_builder_set_member_name(b, "level");
	json_builder_add_int_value(b, level);
	json_builder_set_member_name(b, "test");
	json_builder_add_string_value(b, valid);
	json_builder_set_member_name(b, "text");
	json_builder_add_string_value(b, valid);
	json_builder_end_object(b);
	root = json_builder_get_root(b);
	json = json_to_string(root, FALSE);
	g_string_append_printf(log, "%s\n", json);
}

static char *page_of(struct report *r, const char *log, const char *build)
{
	const struct report_files files = { .log = log, .log_size = log ? strlen(log) : 0, .build = build };

	return report_to_html(r, &files);
}

static char *page_of_words(const char *words)
{
	g_autoptr(report_owner) r = report_of(words);
	g_autoptr(GString) log = g_string_new(NULL);

	for (guint level = 0; level < 8; level++)
		append_record(log, level, words);
	g_string_append_printf(log, "\n%s\n", words);
	return page_of(r, log->str, words);
}

/* By a parser of XML that is not ours. */
static void check_xmllint(const char *page)
{
	g_autofree char *path = NULL, *said = NULL;
	const char *argv[] = { "xmllint", "--noout", "--nonet", "--huge", NULL, NULL };
	g_autoptr(GError) error = NULL;
	int fd, status = -1;

	fd = g_file_open_tmp("vexvm-page-XXXXXX", &path, NULL);
	g_assert_cmpint(fd, >=, 0);
	close(fd);
	g_assert_true(g_file_set_contents(path, page, -1, NULL));
	argv[4] = path;
	if (!g_spawn_sync(NULL, (char **)argv, NULL, G_SPAWN_SEARCH_PATH, NULL, NULL, NULL, &said, &status, &error)) {
		g_test_skip("no xmllint: scripts/install-deps --test installs it");
	} else {
		g_assert_cmpstr(said, ==, "");
		g_assert_cmpint(status, ==, 0);
	}
	g_unlink(path);
}

static void test_well_formed(void)
{
	g_autoptr(report_owner) empty = report_new("test");
	g_autofree char *nothing = page_of(empty, NULL, NULL);
	g_autofree char *plain = page_of_words(PLAIN), *hostile = page_of_words(HOSTILE);

	check_xmllint(nothing);
	check_xmllint(plain);
	check_xmllint(hostile);
	g_assert_nonnull(strstr(plain, "<td>crash, broken: 3 of 3 runs</td>"));
	g_assert_true(g_utf8_validate(hostile, -1, NULL));
}

/* What a page is made of: "<name attribute attribute" and "/name", in order. */

static void on_start(GMarkupParseContext *context, const char *name, const char **names, const char **values,
		     gpointer data, GError **error)
{
	g_string_append_printf(data, "<%s", name);
	for (; *names; names++, values++) {
		bool says = g_str_equal(*names, "href") || g_str_equal(*names, "title") ||
			    g_str_equal(*names, "aria-label");

		g_string_append_printf(data, " %s=%s", *names, says ? "" : *values);
	}
	g_string_append_c(data, '\n');
}

static void on_end(GMarkupParseContext *context, const char *name, gpointer data, GError **error)
{
	g_string_append_printf(data, "/%s\n", name);
}

static char *skeleton(const char *page)
{
	static const GMarkupParser parser = { .start_element = on_start, .end_element = on_end };
	GString *parts = g_string_new(NULL);
	g_autoptr(GMarkupParseContext) context = g_markup_parse_context_new(&parser, 0, parts, NULL);
	g_autoptr(GError) error = NULL;

	g_markup_parse_context_parse(context, page, -1, &error);
	g_assert_no_error(error);
	return g_string_free(parts, FALSE);
}

/* Hostile words make the same page as harmless ones: no element and no attribute more. */
static void test_hostile(void)
{
	g_autofree char *plain = page_of_words(PLAIN), *hostile = page_of_words(HOSTILE);
	g_autofree char *of_plain = skeleton(plain), *of_hostile = skeleton(hostile);

	g_assert_cmpstr(of_hostile, ==, of_plain);
	g_assert_null(strstr(hostile, "<script"));
	g_assert_null(strstr(of_hostile, "script"));
	for (const char *c = hostile; *c; c++)
		g_assert_true((guchar)*c >= 0x20 || *c == '\n' || *c == '\t');
	/* Shown as what they are, and nothing turns the line around. */
	g_assert_nonnull(strstr(hostile, "&lt;script&gt;alert(1)&lt;/script&gt;"));
	g_assert_nonnull(strstr(hostile, "\\x01"));
	g_assert_nonnull(strstr(hostile, "\\xff"));
	g_assert_null(strstr(hostile, "\xe2\x80\xae"));
}

/* A file's name is the page's neighbour, whatever it looks like. */
static void test_addresses(void)
{
	g_autoptr(report_owner) r = report_of(PLAIN);
	g_autofree char *page = NULL;
	struct report_suite *suite = r->suites->pdata[0];

	g_free(suite->log);
	suite->log = g_strdup("javascript:alert(1)//../\"x");
	page = page_of(r, NULL, NULL);
	g_assert_nonnull(strstr(page, "href=\"./javascript%3Aalert%281%29%2F%2F..%2F%22x\""));
	g_assert_null(strstr(page, "href=\"javascript"));
}

/* The policy allows nothing but the style that is there, and nothing is fetched. */
static void test_policy(void)
{
	g_autofree char *page = page_of_words(PLAIN);
	const char *style = strstr(page, "<style>") + strlen("<style>"), *end = strstr(style, "</style>");
	g_autoptr(GChecksum) sum = g_checksum_new(G_CHECKSUM_SHA256);
	guint8 digest[32];
	gsize size = sizeof(digest);
	g_autofree char *hash = NULL, *wanted = NULL;

	g_checksum_update(sum, (const guchar *)style, end - style);
	g_checksum_get_digest(sum, digest, &size);
	hash = g_base64_encode(digest, size);
	wanted = g_strdup_printf("content=\"default-src 'none'; style-src 'sha256-%s'; base-uri 'none'; "
				 "form-action 'none'\"", hash);
	g_assert_nonnull(strstr(page, wanted));
	g_assert_null(strstr(page, " src="));
	g_assert_null(strstr(page, " style="));
	g_assert_null(strstr(page, "url("));
	g_assert_null(strstr(page, "@import"));
	g_assert_null(strstr(page, "href=\"http"));
}

/* Each link into the page has one place that it leads to. */
static void check_links(const char *page)
{
	g_autoptr(GRegex) regex = g_regex_new("href=\"#([^\"]*)\"", 0, 0, NULL);
	g_autoptr(GMatchInfo) match = NULL;

	for (g_regex_match(regex, page, 0, &match); g_match_info_matches(match); g_match_info_next(match, NULL)) {
		g_autofree char *name = g_match_info_fetch(match, 1);
		g_autofree char *place = g_strdup_printf(" id=\"%s\"", name);
		const char *first = strstr(page, place);

		g_assert_nonnull(first);
		g_assert_null(strstr(first + 1, place));
	}
}

static void test_links(void)
{
	g_autofree char *page = page_of_words(PLAIN);

	g_assert_nonnull(strstr(page, "<a href=\"#L1\">1–2</a>"));
	g_assert_nonnull(strstr(page, "<a href=\"#L2\">2–3</a>"));
	check_links(page);
}

/* 50 MB: the ends and what matters are shown, the rest is a word and the file. */
static void test_large_log(void)
{
	enum { LINES = 500000, AT = 250000 };
	g_autoptr(report_owner) r = report_of(PLAIN);
	g_autoptr(GString) log = g_string_sized_new(60 << 20);
	struct finding *f = r->findings->pdata[0];
	struct report_suite *suite = r->suites->pdata[0];
	struct test_result *passed = suite->tests->pdata[2];
	g_autofree char *page = NULL;

	passed->range = (struct log_range){ 100000, 100001 };
	for (guint i = 1; i <= LINES; i++)
		g_string_append_printf(log, "{\"seq\":%u,\"usec\":%u,\"level\":6,\"stage\":\"tests\",\"test\":\"a.sh\","
				       "\"text\":\"line %u of many, and more words\"}\n", i, i, i);
	g_assert_cmpuint(log->len, >, 45 << 20);
	f->first_line = AT;
	f->last_line = AT + 10;
	page = page_of(r, log->str, NULL);
	g_assert_cmpuint(strlen(page), <, 2 << 20);
	g_assert_nonnull(strstr(page, "lines are left out"));
	g_assert_nonnull(strstr(page, "href=\"./kmsg.jsonl\""));
	g_assert_nonnull(strstr(page, "line 1 of many"));
	g_assert_nonnull(strstr(page, "line 250005 of many"));
	g_assert_nonnull(strstr(page, "line 500000 of many"));
	g_assert_null(strstr(page, "line 100000 of many"));
	/* Told, with nothing to lead to. */
	g_assert_nonnull(strstr(page, ">100000–100001</td>"));
	check_links(page);
}

/* Lines of 100 kB, and so many of them that even their beginnings are too much. */
static void test_long_lines(void)
{
	g_autoptr(report_owner) r = report_of(PLAIN);
	g_autoptr(GString) log = g_string_new(NULL);
	g_autofree char *quotes = g_strnfill(100000, '"'), *page = NULL;

	for (guint i = 0; i < 3000; i++)
		append_record(log, 6, quotes + (i ? 99000 : 0));
	page = page_of(r, log->str, NULL);
	g_assert_cmpuint(strlen(page), <, 6 << 20);
	g_assert_nonnull(strstr(page, "… (99200 bytes more)"));
	g_assert_nonnull(strstr(page, "lines are left out"));
	check_links(page);
}

static void test_many(void)
{
	g_autoptr(report_owner) r = report_new("test");
	g_autofree char *detail = g_strnfill(4096, '<'), *page = NULL;

	for (guint s = 0; s < 1000; s++) {
		g_autofree char *name = g_strdup_printf("suite %u", s);
		struct report_suite *suite = report_suite(r, name);

		suite->outcome = s % 2 ? OUTCOME_FAIL : OUTCOME_PASS;
		for (guint i = 0; i < 20; i++)
			g_ptr_array_add(suite->tests, test_result_new("passes", OUTCOME_PASS, NULL));
		if (s % 2)
			g_ptr_array_add(suite->tests, test_result_new("fails", OUTCOME_FAIL, detail));
		report_fail(r, LAB_ERROR_TEST, "%s: it failed", name);
		g_ptr_array_add(r->findings, finding_of(PLAIN));
	}
	page = page_of(r, NULL, NULL);
	g_assert_cmpuint(strlen(page), <, 20 << 20);
	g_assert_nonnull(strstr(page, "Those that passed are not shown"));
	g_assert_null(strstr(page, ">passes<"));
	g_assert_nonnull(strstr(page, "href=\"./result.json\""));
	check_xmllint(page);
}

/* What was left behind has the line of the source that made it. */
static void test_leak(void)
{
	g_autoptr(report_owner) r = report_of("made.c");
	g_autofree char *page = page_of(r, NULL, NULL);

	g_assert_nonnull(strstr(page, "</small> made.c at made.c:32"));
}

/* A run that passed says nothing of what it has not. */
static void test_passed(void)
{
	g_autoptr(report_owner) r = report_new("test");
	g_autofree char *page = NULL;

	report_suite(r, "mount.sh");
	page = page_of(r, NULL, NULL);
	g_assert_nonnull(strstr(page, "<h1><strong>PASS</strong> "));
	g_assert_null(strstr(page, "What broke"));
	g_assert_null(strstr(page, "id=\"findings\""));
	g_assert_null(strstr(page, "id=\"leaks\""));
	g_assert_null(strstr(page, "id=\"hang\""));
	g_assert_null(strstr(page, "id=\"log\""));
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/report-html/leak", test_leak);
	g_test_add_func("/report-html/well-formed", test_well_formed);
	g_test_add_func("/report-html/hostile", test_hostile);
	g_test_add_func("/report-html/addresses", test_addresses);
	g_test_add_func("/report-html/policy", test_policy);
	g_test_add_func("/report-html/links", test_links);
	g_test_add_func("/report-html/large-log", test_large_log);
	g_test_add_func("/report-html/long-lines", test_long_lines);
	g_test_add_func("/report-html/many", test_many);
	g_test_add_func("/report-html/passed", test_passed);
	return g_test_run();
}
