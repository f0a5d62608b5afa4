// SPDX-License-Identifier: GPL-2.0-only
/* KTAP as suites print it, and as hostile ones do. */
#include "libvm/ktap.h"

static struct ktap *parse(const char *text)
{
	struct ktap *ktap = ktap_new(NULL, NULL);

	ktap_feed(ktap, text, strlen(text));
	ktap_end(ktap);
	return ktap;
}

/* "name=pass name=fail …" */
static char *summary(struct ktap *ktap)
{
	GString *text = g_string_new(NULL);

	for (guint i = 0; i < ktap_tests(ktap)->len; i++) {
		const struct test_result *test = ktap_tests(ktap)->pdata[i];

		g_string_append_printf(text, "%s%s=%s", i ? " " : "", test->name,
				       outcome_name(test->outcome));
	}
	return g_string_free(text, FALSE);
}

struct sample {
	const char *name, *text, *summary;
	const char *problem;	/* a part of it, or NULL for none */
};

static const struct sample samples[] = {
	{ "plain", "KTAP version 1\n1..3\nok 1 a\nnot ok 2 - b\nok 3 - c c\n",
	  "a=pass b=fail c c=pass", NULL },
	{ "directives",
	  "1..6\nok 1 a # SKIP no disk\nnot ok 2 b # TODO later\nnot ok 3 c # XFAIL\n"
	  "ok 4 d # todo works\nnot ok 5 e # TIMEOUT 5 s\nok 6 f # 12 rounds\n",
	  "a=skip b=xfail c=xfail d=pass e=fail f=pass", NULL },
	{ "nested",
	  "KTAP version 1\n1..2\n  KTAP version 1\n  1..2\n    KTAP version 1\n    1..1\n"
	  "    ok 1 deep\n  ok 1 mid\n  not ok 2 other\nnot ok 1 group\nok 2 flat\n",
	  "group/mid/deep=pass group/other=fail flat=pass", NULL },
	{ "parent-fails-alone", "1..1\n  1..1\n  ok 1 child\nnot ok 1 group\n",
	  "group/child=pass group=fail", NULL },
	{ "tap14", "TAP version 14\nok 1 - a\nok - b\nok\n1..3\n", "a=pass b=pass test 3=pass", NULL },
	{ "skipped", "1..0 # SKIP no such device\n", "", NULL },
	{ "no-plan", "KTAP version 1\nok 1 a\n", "a=pass", "no plan" },
	{ "early-end", "KTAP version 1\n1..3\nok 1 a\n", "a=pass", "1 of 3 planned" },
	{ "too-many", "1..1\nok 1 a\nok 2 b\n", "a=pass b=pass", "2 of 1 planned" },
	{ "order", "1..2\nok 2 a\nok 1 b\n", "a=pass b=pass", "has the number 2" },
	{ "inside-group", "1..1\n  1..2\n  ok 1 a\n", "a=pass", "inside a group" },
	{ "nested-short", "1..1\n  1..2\n  ok 1 a\nok 1 g\n", "g/a=pass", "1 of 2 planned" },
	{ "bail", "1..2\nok 1 a\nBail out! no memory\nok 2 b\n", "a=pass", "Bail out! no memory" },
	{ "two-plans", "1..1\n1..1\nok 1 a\n", "a=pass", "second plan" },
	{ "cut-last-line", "1..1\nok 1 a", "a=pass", NULL },
	{ "crlf", "1..1\r\nok 1 a\r\n", "a=pass", NULL },
	{ "noise", "hello\n1..1\n# says\nwarming up\nok 1 a\nbye\n", "a=pass", NULL },
	{ "plan-too-large", "1..99999999999999999999999\nok 1 a\n", "a=pass", "planned" },
};

static void test_sample(gconstpointer data)
{
	const struct sample *sample = data;
	g_autoptr(ktap_owner) ktap = parse(sample->text);
	g_autofree char *text = summary(ktap);

	g_assert_true(ktap_seen(ktap));
	g_assert_cmpstr(text, ==, sample->summary);
	if (sample->problem)
		g_assert_nonnull(strstr(ktap_problem(ktap) ? ktap_problem(ktap) : "", sample->problem));
	else
		g_assert_cmpstr(ktap_problem(ktap), ==, NULL);
}

/* However the stream is cut, the results are the same. */
static void test_cuts(void)
{
	for (guint i = 0; i < G_N_ELEMENTS(samples); i++) {
		g_autoptr(ktap_owner) ktap = ktap_new(NULL, NULL);
		g_autofree char *text = NULL;

		for (const char *at = samples[i].text; *at; at++)
			ktap_feed(ktap, at, 1);
		ktap_end(ktap);
		text = summary(ktap);
		g_assert_cmpstr(text, ==, samples[i].summary);
	}
}

static void test_no_ktap(void)
{
	static const char *const texts[] = {
		"", "hello\n", "ok\n", "okay 1\n", "ok 3 files copied\n", "1.2.3\n", "all ok 1\n",
	};

	for (guint i = 0; i < G_N_ELEMENTS(texts); i++) {
		g_autoptr(ktap_owner) ktap = parse(texts[i]);

		g_assert_false(ktap_seen(ktap));
		g_assert_cmpuint(ktap_tests(ktap)->len, ==, 0);
		g_assert_cmpstr(ktap_problem(ktap), ==, NULL);
	}
}

static void test_skip_reason(void)
{
	g_autoptr(ktap_owner) with = parse("1..0 # SKIP no such device\n");
	g_autoptr(ktap_owner) without = parse("1..0 # skip\n");
	g_autoptr(ktap_owner) none = parse("1..1\nok 1 a\n");
	g_autoptr(ktap_owner) twice = parse("1..0 # SKIP first\n1..0 # SKIP second\n");

	g_assert_cmpstr(ktap_skipped(with), ==, "no such device");
	g_assert_cmpstr(ktap_skipped(without), ==, "");
	g_assert_cmpstr(ktap_skipped(none), ==, NULL);
	g_assert_cmpstr(ktap_skipped(twice), ==, "first");
}

/* What was said before a failing test, and after it, explains it. */
static void test_detail(void)
{
	g_autoptr(ktap_owner) ktap = ktap_new(NULL, NULL);
	static const char before[] = "1..3\nok 1 a\n# expected 1\n";
	static const char after[] = "not ok 2 b # ERROR bad\n# got 2\nok 3 c\n# unrelated\n";
	const struct test_result *test;

	ktap_feed(ktap, before, strlen(before));
	ktap_remark(ktap, "cp: \033[31mno\033[0m");
	ktap_feed(ktap, after, strlen(after));
	ktap_end(ktap);
	test = ktap_tests(ktap)->pdata[1];
	g_assert_cmpstr(test->detail, ==, "ERROR bad\nexpected 1\ncp: no\ngot 2");
	test = ktap_tests(ktap)->pdata[2];
	g_assert_cmpstr(test->detail, ==, NULL);
}

static void count(void *data, struct test_result *result)
{
	++*(guint *)data;
}

static void test_live(void)
{
	guint n = 0;
	g_autoptr(ktap_owner) ktap = ktap_new(count, &n);

	ktap_feed(ktap, "1..2\nok 1 a\nok 2", 17);
	g_assert_cmpuint(n, ==, 1);
	g_assert_cmpuint(ktap_planned(ktap), ==, 2);
	ktap_feed(ktap, " b\n", 3);
	g_assert_cmpuint(n, ==, 2);
	ktap_end(ktap);
}

static void test_bounds(void)
{
	g_autoptr(ktap_owner) ktap = ktap_new(NULL, NULL);
	g_autofree char *megabyte = g_malloc(1024 * 1024);
	const struct test_result *test;

	memset(megabyte, 'x', 1024 * 1024);
	ktap_feed(ktap, "1..1\nnot ok 1 ", 14);
	ktap_feed(ktap, megabyte, 1024 * 1024);
	ktap_feed(ktap, "\n", 1);
	for (guint i = 0; i < 100; i++) {
		ktap_feed(ktap, "# ", 2);
		ktap_feed(ktap, megabyte, 10000);
		ktap_feed(ktap, "\n", 1);
	}
	ktap_end(ktap);
	test = ktap_tests(ktap)->pdata[0];
	g_assert_cmpuint(strlen(test->name), <=, KTAP_NAME_MAX);
	g_assert_cmpuint(strlen(test->detail), <=, KTAP_DETAIL_MAX + 1);
}

static void test_too_many(void)
{
	g_autoptr(ktap_owner) ktap = ktap_new(NULL, NULL);

	ktap_feed(ktap, "KTAP version 1\n", 15);
	for (guint i = 0; i < KTAP_TESTS_MAX + 10; i++)
		ktap_feed(ktap, "ok\n", 3);
	ktap_end(ktap);
	g_assert_cmpuint(ktap_tests(ktap)->len, ==, KTAP_TESTS_MAX);
	g_assert_nonnull(strstr(ktap_problem(ktap), "more than"));
}

static void test_too_deep(void)
{
	g_autoptr(ktap_owner) ktap = ktap_new(NULL, NULL);
	g_autoptr(GString) text = g_string_new(NULL);

	for (guint i = 0; i < 100; i++)
		g_string_append_printf(text, "%*s1..1\n", (int)(2 * i), "");
	ktap_feed(ktap, text->str, text->len);
	ktap_end(ktap);
	g_assert_nonnull(strstr(ktap_problem(ktap), "deep"));
}

/* Random bytes and random words of the language: nothing but survival is asked. */
static void test_hostile(void)
{
	static const char *const words[] = {
		"ok ", "not ok ", "1..", "0 ", "1 ", "# ", "SKIP", "\n", "  ", "    ", "KTAP version 1\n",
		"Bail out!", "-", "\xff\xfe", "%s%n", "18446744073709551615", " #", "\t", "TODO", "\033[2J",
	};

	for (guint round = 0; round < 300; round++) {
		g_autoptr(ktap_owner) ktap = ktap_new(NULL, NULL);

		for (guint i = 0; i < 200; i++) {
			const char *word = words[g_test_rand_int_range(0, G_N_ELEMENTS(words))];
			char byte = (char)g_test_rand_int_range(0, 256);

			ktap_feed(ktap, word, strlen(word));
			if (g_test_rand_int_range(0, 4) == 0)
				ktap_feed(ktap, &byte, 1);
		}
		ktap_end(ktap);
		for (guint i = 0; i < ktap_tests(ktap)->len; i++) {
			const struct test_result *test = ktap_tests(ktap)->pdata[i];

			g_assert_true(g_utf8_validate(test->name, -1, NULL));
			g_assert_null(strchr(test->name, '\033'));
		}
	}
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	for (guint i = 0; i < G_N_ELEMENTS(samples); i++) {
		g_autofree char *path = g_strdup_printf("/ktap/sample/%s", samples[i].name);

		g_test_add_data_func(path, &samples[i], test_sample);
	}
	g_test_add_func("/ktap/cuts", test_cuts);
	g_test_add_func("/ktap/no-ktap", test_no_ktap);
	g_test_add_func("/ktap/skip-reason", test_skip_reason);
	g_test_add_func("/ktap/detail", test_detail);
	g_test_add_func("/ktap/live", test_live);
	g_test_add_func("/ktap/bounds", test_bounds);
	g_test_add_func("/ktap/too-many", test_too_many);
	g_test_add_func("/ktap/too-deep", test_too_deep);
	g_test_add_func("/ktap/hostile", test_hostile);
	return g_test_run();
}
