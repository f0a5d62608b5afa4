// SPDX-License-Identifier: GPL-2.0-only
#include "libvm/leak.h"

/*
 * A result is seen a little later than it was printed, and a tick is 10 ms at the most; on
 * a busy host both clocks were 12 ms apart.
 */
#define CLOCK_US 50000

void leak_free(struct leak *leak)
{
	g_free(leak->name);
	g_free(leak->detail);
	g_free(leak->test);
	g_free(leak->during);
	g_free(leak->module);
	g_free(leak->section);
	g_free(leak->function);
	g_free(leak->file);
	g_free(leak);
}

struct leak *leak_copy(const struct leak *leak)
{
	struct leak *copy = g_memdup2(leak, sizeof(*leak));

	copy->name = g_strdup(leak->name);
	copy->detail = g_strdup(leak->detail);
	copy->test = g_strdup(leak->test);
	copy->during = g_strdup(leak->during);
	copy->module = g_strdup(leak->module);
	copy->section = g_strdup(leak->section);
	copy->function = g_strdup(leak->function);
	copy->file = g_strdup(leak->file);
	return copy;
}

bool leak_is_same(const struct leak *a, const struct leak *b)
{
	return g_str_equal(a->kind, b->kind) && !g_strcmp0(a->name, b->name) &&
	       !g_strcmp0(a->function, b->function);
}

static bool is_near(guint64 time, const struct test_result *test)
{
	return time + CLOCK_US >= test->began && time <= test->ended + CLOCK_US;
}

bool leak_is_made_during(const struct leak *leak, const struct test_result *test)
{
	return leak->made_first && test->ended &&
	       (is_near(leak->made_first, test) || is_near(leak->made_last, test));
}

char *leak_whose(const struct leak *leak)
{
	if (!leak->test)
		return leak->during ? g_strconcat("during ", leak->during, NULL) : NULL;
	if (!leak->during || g_str_equal(leak->during, leak->test))
		return g_strconcat("by ", leak->test, NULL);
	return g_strdup_printf("by %s, during %s", leak->test, leak->during);
}
