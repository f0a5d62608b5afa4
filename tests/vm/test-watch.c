// SPDX-License-Identifier: GPL-2.0-only
/* Saves, and the verdicts that follow them. */
#include <glib.h>
#include <signal.h>

#include "tests/lib/lab.h"

#define LIMIT_S 900
#define FILE "tests/modules/counter/counter.c"
#define VERDICT "{\"event\":\"verdict\",\"report\":"

static struct lab_program watch;

static void save(const char *sed)
{
	g_autofree char *command = g_strdup_printf("sed -i '%s' " FILE, sed);

	lab_check("", command, 10, 0, NULL);
}

static void test_first(void)
{
	lab_start(&watch, "build/vexvm watch --json --source tests/modules/counter ten");
	lab_await(&watch, "{\"event\":\"watching\"", LIMIT_S);
	lab_await(&watch, VERDICT, LIMIT_S);
	lab_await(&watch, "\"word\":\"PASS\"", 60);
}

static void test_save(void)
{
	save("s/counting from/counts from/");
	lab_await(&watch, "{\"event\":\"changed\"", 60);
	lab_await(&watch, "counter.c", 60);
	lab_await(&watch, VERDICT, LIMIT_S);
	lab_await(&watch, "\"word\":\"PASS\"", 60);
}

/* Where it is, as an editor can jump to it. */
static void test_error(void)
{
	save("s/counts from/&\" nothing \"/");
	lab_await(&watch, VERDICT, LIMIT_S);
	lab_await(&watch, "counter.c:", 60);
	lab_await(&watch, "error: ", 60);
}

/* The run under way is of no interest any more. */
static void test_cancelled(void)
{
	save("s/\" nothing \"//");
	lab_await(&watch, "{\"event\":\"progress\"", LIMIT_S);
	save("s/counts from/counting from/");
	lab_await(&watch, "{\"event\":\"cancelled\"", 60);
	lab_await(&watch, VERDICT, LIMIT_S);
	lab_await(&watch, "\"word\":\"PASS\"", 60);
}

static void test_ends(void)
{
	g_assert_cmpint(lab_end(&watch, SIGINT), ==, 0);
	lab_check("", "ls -A .vexvm/default/clones", 10, 0, "\\A\\z");
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_set_nonfatal_assertions();
	g_test_add_func("/watch/first", test_first);
	g_test_add_func("/watch/save", test_save);
	g_test_add_func("/watch/error", test_error);
	g_test_add_func("/watch/cancelled", test_cancelled);
	g_test_add_func("/watch/ends", test_ends);
	return g_test_run();
}
