// SPDX-License-Identifier: GPL-2.0-only
/*
 * Where the code of loads was that failed. It is gone as soon as the load has ended, and with it
 * all that the kernel says of it. Known of each is where its struct module was, which is a part of
 * it, and its init function; a load that went well tells how far all sections are from these
 * (kernel/module/main.c: a module has one range of memory for what stays and one for what goes
 * after its init).
 */
#include "agent/inject.h"

#include <stdio.h>
#include <string.h>

#define SECTIONS_MAX 128

struct section {
	char name[64];
	unsigned long address;
};

static struct inject_load failed[INJECT_ROUNDS_MAX];
static size_t nr_failed;

void places_failed(const struct inject_load *load)
{
	if (load->init && nr_failed < INJECT_ROUNDS_MAX)
		failed[nr_failed++] = *load;
}

static bool is_init(const struct section *s)
{
	return strncmp(s->name, ".init", strlen(".init")) == 0;
}

/* The sections of @module as its last load has them, which are named last. */
static size_t read_sections(const char *file, const char *module, struct section *sections)
{
	FILE *in = fopen(file, "re");
	char line[512], owner[64];
	struct section s;
	size_t nr = 0, i;

	while (in && fgets(line, sizeof(line), in)) {
		if (sscanf(line, "section\t%63[^\t]\t%63s %lx", owner, s.name, &s.address) != 3 ||
		    strcmp(owner, module))
			continue;
		for (i = 0; i < nr && strcmp(sections[i].name, s.name);)
			i++;
		if (i < SECTIONS_MAX)
			sections[i] = s;
		nr += i == nr && nr < SECTIONS_MAX;
	}
	if (in)
		fclose(in);
	return nr;
}

/* Whether the init function goes after its call, as those marked __init do. */
static bool init_goes(const struct section *sections, size_t nr, const struct inject_load *load)
{
	const struct section *in = NULL;
	size_t i;

	for (i = 0; i < nr; i++)
		if (sections[i].address <= load->init && (!in || sections[i].address > in->address))
			in = &sections[i];
	return in && is_init(in);
}

static void tell(FILE *out, const char *module, const struct section *s, unsigned long address)
{
	fprintf(out, "section\t%s\t%s 0x%lx\t0\t1\n", module, s->name, address);
}

void places_tell(const char *file, const char *module, const struct inject_load *known)
{
	struct section sections[SECTIONS_MAX];
	size_t nr = nr_failed && known->init ? read_sections(file, module, sections) : 0;
	bool goes = init_goes(sections, nr, known);
	FILE *out = nr ? fopen(file, "ae") : NULL;
	size_t i, s;

	for (i = 0; out && i < nr_failed; i++)
		for (s = 0; s < nr; s++) {
			if (!strstr(sections[s].name, "text"))
				continue;
			if (!is_init(&sections[s]))
				tell(out, module, &sections[s], sections[s].address - known->module + failed[i].module);
			else if (goes)
				tell(out, module, &sections[s], sections[s].address - known->init + failed[i].init);
		}
	if (out)
		fclose(out);
	nr_failed = 0;
}
