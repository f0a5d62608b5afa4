// SPDX-License-Identifier: GPL-2.0-only
#include "lib/text.h"

#include <string.h>

static void check(const char *bytes, gssize size, const char *expected)
{
	g_autofree char *text = text_escape(bytes, size);

	g_assert_cmpstr(text, ==, expected);
}

static void test_plain(void)
{
	check("", -1, "");
	check("line\n\ttab, ~ and \\x41\n", -1, "line\n\ttab, ~ and \\x41\n");
	check("gr\xc3\xbc\xc3\x9f \xe2\x82\xac \xf0\x9f\x90\xa7", -1,
	      "gr\xc3\xbc\xc3\x9f \xe2\x82\xac \xf0\x9f\x90\xa7");
}

static void test_controls(void)
{
	check("a\0b", 3, "a\\x00b");
	check("\a\b\v\f\x7f", -1, "\\x07\\x08\\x0b\\x0c\\x7f");
	/* Clear the screen, set the title, C1's one-byte CSI as UTF-8. */
	check("\033[2J", -1, "\\x1b[2J");
	check("\033]0;title\a", -1, "\\x1b]0;title\\x07");
	check("\xc2\x9b" "2J", -1, "\\xc2\\x9b2J");
}

static void test_one_line(void)
{
	g_autofree char *line = text_line("a\nb\tc\033\xff", -1);

	g_assert_cmpstr(line, ==, "a b c\\x1b\\xff");
}

static void test_not_utf8(void)
{
	check("\xff\xfe", -1, "\\xff\\xfe");
	check("\xe2\x82", -1, "\\xe2\\x82");
	check("\xc0\xaf", -1, "\\xc0\\xaf");
	check("\xed\xa0\x80", -1, "\\xed\\xa0\\x80");
	check("ok\x80" "ok", -1, "ok\\x80ok");
}

static void test_reordering(void)
{
	/* U+202E right-to-left override, U+2066 isolate, U+200B, U+2028, U+FEFF */
	check("\xe2\x80\xae", -1, "\\xe2\\x80\\xae");
	check("\xe2\x81\xa6", -1, "\\xe2\\x81\\xa6");
	check("\xe2\x80\x8b", -1, "\\xe2\\x80\\x8b");
	check("\xe2\x80\xa8", -1, "\\xe2\\x80\\xa8");
	check("\xef\xbb\xbf", -1, "\\xef\\xbb\\xbf");
}

static void test_line_ends(void)
{
	check("a\r\nb\r\n", -1, "a\nb\n");
	check("over\rwritten", -1, "over\\x0dwritten");
	check("end\r", -1, "end\\x0d");
}

static void test_colours(void)
{
	check("[\033[0;32m  OK  \033[0m] \033[1mBold\033[m", -1, "[  OK  ] Bold");
	/* Not colours, or not whole. */
	check("\033[1;2H", -1, "\\x1b[1;2H");
	check("\033[1;", -1, "\\x1b[1;");
	check("\033[?25m", -1, "\\x1b[?25m");
	check("\033", -1, "\\x1b");
}

static void test_tail(void)
{
	g_assert_cmpstr(text_tail("a\nb\nc\n", 1), ==, "c\n");
	g_assert_cmpstr(text_tail("a\nb\nc", 2), ==, "b\nc");
	g_assert_cmpstr(text_tail("a\nb\n", 2), ==, "a\nb\n");
	g_assert_cmpstr(text_tail("a\nb\n", 9), ==, "a\nb\n");
	g_assert_cmpstr(text_tail("a\n", 0), ==, "");
	g_assert_cmpstr(text_tail("", 3), ==, "");
	g_assert_cmpstr(text_tail("\n\n", 1), ==, "\n");
	g_assert_cmpuint(text_tail_offset("a\nb", 2, 1), ==, 0);
	g_assert_cmpuint(text_tail_offset(NULL, 0, 1), ==, 0);
}

static void test_size(void)
{
	static const struct {
		guint64 bytes;
		const char *text;
	} cases[] = { { 0, "0 bytes" }, { 999, "999 bytes" }, { 8192, "8.2 kB" },
		      { 690000000, "690.0 MB" }, { G_MAXUINT64, "18.4 EB" } };

	for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
		g_autofree char *text = text_size(cases[i].bytes);

		g_assert_cmpstr(text, ==, cases[i].text);
	}
}

static void test_compare(void)
{
	const char *texts[] = { "b", "a", "B", "ab", "" };
	const char *const sorted[] = { "", "B", "a", "ab", "b" };

	qsort(texts, G_N_ELEMENTS(texts), sizeof(*texts), text_compare);
	for (guint i = 0; i < G_N_ELEMENTS(texts); i++)
		g_assert_cmpstr(texts[i], ==, sorted[i]);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/text/plain", test_plain);
	g_test_add_func("/text/controls", test_controls);
	g_test_add_func("/text/one-line", test_one_line);
	g_test_add_func("/text/not-utf8", test_not_utf8);
	g_test_add_func("/text/reordering", test_reordering);
	g_test_add_func("/text/line-ends", test_line_ends);
	g_test_add_func("/text/colours", test_colours);
	g_test_add_func("/text/tail", test_tail);
	g_test_add_func("/text/size", test_size);
	g_test_add_func("/text/compare", test_compare);
	return g_test_run();
}
