// SPDX-License-Identifier: GPL-2.0-only
#include "libvm/leak.h"

void leak_free(struct leak *leak)
{
	g_free(leak->name);
	g_free(leak->detail);
	g_free(leak->test);
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
