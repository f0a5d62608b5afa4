// SPDX-License-Identifier: GPL-2.0-only
/* What the kernel's memory is read by: where its lists begin, and how its structures are laid out. */
#include "agent/audit.h"
#include "agent/slub.h"

#include <stdlib.h>
#include <string.h>

static const char *const wanted[] = {
	"timer_bases", "__per_cpu_offset",			/* agent/audit-timer.c */
	"slab_caches", "vmemmap_base", "page_offset_base", "stack_slabs",	/* agent/slub.c */
};

static bool is_wanted(const char *name)
{
	for (size_t i = 0; i < sizeof(wanted) / sizeof(wanted[0]); i++)
		if (!strcmp(wanted[i], name))
			return true;
	return false;
}

/* "0000000000020b00 A timer_bases"; a whole second's reading, under emulation. */
void audit_take_symbols(struct audit *audit, const char *root)
{
	FILE *in = audit_open(root, "/proc/kallsyms");
	char *line = NULL;
	size_t size = 0;

	while (in && getline(&line, &size, in) > 0) {
		char *name = strlen(line) > 19 ? line + 19 : line;

		name[strcspn(name, "\n")] = '\0';
		if (!is_wanted(name))
			continue;
		line[16] = '\0';
		audit_add(audit, "symbol", name, line, 1);
	}
	free(line);
	if (in)
		fclose(in);
	slub_add_layout(audit, root);
}

const char *audit_symbol_text(const struct audit *symbols, const char *name)
{
	char begins[64];
	size_t length = (size_t)snprintf(begins, sizeof(begins), "symbol\t%s\t", name);

	for (size_t i = 0; i < symbols->nr; i++)
		if (!strncmp(symbols->lines[i].text, begins, length))
			return symbols->lines[i].text + length;
	return NULL;
}

uint64_t audit_symbol(const struct audit *symbols, const char *name)
{
	const char *text = audit_symbol_text(symbols, name);

	return text ? strtoull(text, NULL, 16) : 0;
}
