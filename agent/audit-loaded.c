// SPDX-License-Identifier: GPL-2.0-only
/* What has to be known of a module while it is loaded, since it cannot be told later. */
#include "agent/audit.h"

#include <dirent.h>
#include <stdlib.h>
#include <string.h>

struct thread_search {
	FILE *out;
	const char *module;
};

/*
 * The line in the kernel's log, "vexvm: unloading NAME: SECTION ADDRESS …", of the
 * sections with code. With it a trace can be read through code that is gone by then
 * (libvm/unloaded.h). The kernel takes some 1000 bytes.
 */
struct farewell {
	char text[900];
	size_t used;
};

static void tell(struct farewell *farewell, const char *section, unsigned long address)
{
	char word[128];
	size_t size = (size_t)snprintf(word, sizeof(word), " %s 0x%lx", section, address);

	if (!strstr(section, "text") || strstr(section, "init") || size >= sizeof(word) ||
	    size >= sizeof(farewell->text) - farewell->used)
		return;
	memcpy(farewell->text + farewell->used, word, size + 1);
	farewell->used += size;
}

static void add_section(FILE *out, struct farewell *farewell, const char *root, const char *module,
			const char *section)
{
	unsigned long address;
	char path[512];
	FILE *in;

	snprintf(path, sizeof(path), "/sys/module/%s/sections/%s", module, section);
	in = audit_open(root, path);
	if (in && fscanf(in, "%lx", &address) == 1 && address) {
		fprintf(out, "section\t%s\t%s 0x%lx\t0\t1\n", module, section, address);
		tell(farewell, section, address);
	}
	if (in)
		fclose(in);
}

static void write_log(const char *root, const char *line)
{
	char path[512];
	FILE *log;

	snprintf(path, sizeof(path), "%s/dev/kmsg", root);
	log = fopen(path, "we");
	if (!log)
		return;
	fprintf(log, "%s\n", line);
	fclose(log);
}

static void add_sections(FILE *out, const char *root, const char *module)
{
	struct farewell farewell = { 0 };
	char path[512];
	struct dirent *entry;
	size_t named;
	DIR *dir;

	named = farewell.used = (size_t)snprintf(farewell.text, 128, "vexvm: unloading %.64s:", module);
	snprintf(path, sizeof(path), "%s/sys/module/%s/sections", root, module);
	dir = opendir(path);
	while (dir && (entry = readdir(dir)))
		if (!strpbrk(entry->d_name, " \t\n") && strcmp(entry->d_name, ".") &&
		    strcmp(entry->d_name, ".."))
			add_section(out, &farewell, root, module, entry->d_name);
	if (dir)
		closedir(dir);
	if (farewell.used > named)
		write_log(root, farewell.text);
}

/* "[<0>] function+0x1e/0x30 [module]": the first that is the module's. */
static void add_thread(void *data, const char *root, const char *pid, const char *name)
{
	const struct thread_search *search = data;
	char path[64], line[512], function[128], module[64];
	FILE *in;

	snprintf(path, sizeof(path), "/proc/%.16s/stack", pid);
	in = audit_open(root, path);
	while (in && fgets(line, sizeof(line), in))
		if (sscanf(line, "[<%*[0-9a-f]>] %127[^ \t\n] [%63[^] \t\n]]", function, module) == 2 &&
		    !strcmp(module, search->module)) {
			fprintf(search->out, "thread\t%s\t%s %s\t0\t1\n", pid, module, function);
			break;
		}
	if (in)
		fclose(in);
}

bool audit_loaded(const char *file, const char *name, bool threads, const char *root)
{
	struct thread_search search = { fopen(file, "ae"), name };
	bool ok;

	if (!search.out)
		return false;
	add_sections(search.out, root, name);
	if (threads)
		audit_each_thread(root, add_thread, &search);
	ok = !ferror(search.out);
	return fclose(search.out) == 0 && ok;
}
