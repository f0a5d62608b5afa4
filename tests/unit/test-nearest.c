// SPDX-License-Identifier: GPL-2.0-only
#include "lib/nearest.h"

static const char *const words[] = { "start", "stop", "status", "ssh", "memory", NULL };

static void test_distance(void)
{
	g_assert_cmpuint(nearest_distance("", ""), ==, 0);
	g_assert_cmpuint(nearest_distance("", "abc"), ==, 3);
	g_assert_cmpuint(nearest_distance("abc", ""), ==, 3);
	g_assert_cmpuint(nearest_distance("start", "start"), ==, 0);
	g_assert_cmpuint(nearest_distance("strat", "start"), ==, 1);
	g_assert_cmpuint(nearest_distance("stat", "start"), ==, 1);
	g_assert_cmpuint(nearest_distance("starrt", "start"), ==, 1);
	g_assert_cmpuint(nearest_distance("kitten", "sitting"), ==, 3);
}

static void test_long(void)
{
	g_autofree char *longest = g_strnfill(63, 'a');
	g_autofree char *too_long = g_strnfill(64, 'a');

	g_assert_cmpuint(nearest_distance(longest, longest), ==, 0);
	g_assert_cmpuint(nearest_distance(too_long, "a"), ==, G_MAXUINT);
	g_assert_cmpuint(nearest_distance("a", too_long), ==, G_MAXUINT);
	g_assert_null(nearest_word(too_long, words));
}

static void test_word(void)
{
	g_assert_cmpstr(nearest_word("memroy", words), ==, "memory");
	g_assert_cmpstr(nearest_word("statsu", words), ==, "status");
	g_assert_cmpstr(nearest_word("shh", words), ==, "ssh");
	g_assert_cmpstr(nearest_word("stop", words), ==, "stop");
	g_assert_null(nearest_word("frobnicate", words));
	g_assert_null(nearest_word("xyz", words));
	g_assert_null(nearest_word("", words));
	g_assert_null(nearest_word("stop", (const char *const[]){ NULL }));
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/nearest/distance", test_distance);
	g_test_add_func("/nearest/long", test_long);
	g_test_add_func("/nearest/word", test_word);
	return g_test_run();
}
