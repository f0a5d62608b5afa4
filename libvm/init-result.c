// SPDX-License-Identifier: GPL-2.0-only
#include "libvm/init-result.h"

#include <string.h>

static const char returned[] = "'->init suspiciously returned ";

/* The module's name in "do_init_module: 'NAME'->init suspiciously returned N, ..."; NULL: it has none. */
static char *module_of(const char *line)
{
	const char *end = strstr(line, returned), *start = end;

	while (start && start > line && start[-1] != '\'')
		start--;
	if (!start || start == line || start == end || end - start > FINDING_NAME_MAX)
		return NULL;
	return g_strndup(start, (gsize)(end - start));
}

void init_result_name(struct finding *f, const char *name)
{
	const char *at = strstr(f->line, returned) + strlen(returned);

	g_free(f->title);
	g_free(f->function);
	f->title = g_strdup_printf("%s returned %.*s, and not 0 or a negative error", name,
				   (int)strspn(at, "0123456789"), at);
	f->function = g_strdup(name);
}

bool init_result_blame(struct finding *f)
{
	char *module = g_str_equal(f->class, INIT_RESULT_CLASS) ? module_of(f->line) : NULL;

	if (!module)
		return false;
	g_free(f->module);
	f->module = module;
	g_ptr_array_set_size(f->trace, 0);
	f->guilty = -1;
	g_clear_pointer(&f->test, g_free);
	init_result_name(f, INIT_RESULT_SYMBOL);
	finding_set_hash(f);
	return true;
}
