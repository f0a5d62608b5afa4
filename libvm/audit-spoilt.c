// SPDX-License-Identifier: GPL-2.0-only
#include <string.h>

#include "libvm/audit.h"

/* "BUG kmalloc-64 (Tainted: G): Right Redzone overwritten" */
static bool is_of(const struct finding *f, const char *cache)
{
	const char *at = strstr(f->line, "BUG ");
	gsize length = strlen(cache);

	return at && g_str_equal(f->class, "slab") && !strncmp(at + 4, cache, length) && at[4 + length] == ' ';
}

static bool is_spoilt(const struct leak *leak, const GPtrArray *findings)
{
	if (!g_str_equal(leak->kind, "slab"))
		return false;
	for (guint i = 0; i < findings->len; i++)
		if (is_of(findings->pdata[i], leak->name))
			return true;
	return false;
}

guint audit_drop_spoilt(GPtrArray *leaks, const GPtrArray *findings)
{
	guint before = leaks->len;

	for (guint i = leaks->len; i-- > 0;)
		if (is_spoilt(leaks->pdata[i], findings))
			g_ptr_array_remove_index(leaks, i);
	return before - leaks->len;
}
