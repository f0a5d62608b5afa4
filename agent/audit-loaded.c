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
 * sections with code and the variables'. With it a report can be read that has addresses
 * in what is gone by then (libvm/unloaded.h). What the init was is gone as soon as it has
 * ended: the line "vexvm: loaded NAME: …" is of that alone. The kernel takes some 1000 bytes.
 */
struct note {
	bool init;
	char text[900];
	size_t begin, used;	/* bytes: of the words before the first section, of all */
};

static void note_begin(struct note *note, const char *what, const char *module, bool init)
{
	*note = (struct note){ .init = init };
	note->begin = note->used = (size_t)snprintf(note->text, 128, "vexvm: %s %.64s:", what, module);
}

static bool is_told(const struct note *note, const char *section)
{
	if (note->init)
		return strstr(section, "init.text");
	return strstr(section, "text") || !strcmp(section, ".data") || !strcmp(section, ".bss");
}

static void tell(struct note *note, const char *section, unsigned long address)
{
	char word[128];
	size_t size = (size_t)snprintf(word, sizeof(word), " %s 0x%lx", section, address);

	if (!is_told(note, section) || size >= sizeof(word) || size >= sizeof(note->text) - note->used)
		return;
	memcpy(note->text + note->used, word, size + 1);
	note->used += size;
}

/* @out may be NULL. */
static void add_section(FILE *out, struct note *note, const char *root, const char *module,
			const char *section)
{
	unsigned long address;
	char path[512];
	FILE *in;

	snprintf(path, sizeof(path), "/sys/module/%s/sections/%s", module, section);
	in = audit_open(root, path);
	if (in && fscanf(in, "%lx", &address) == 1 && address) {
		if (out)
			fprintf(out, "section\t%s\t%s 0x%lx\t0\t1\n", module, section, address);
		tell(note, section, address);
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
	fprintf(log, "<6>%s\n", line);	/* KERN_INFO */
	fclose(log);
}

static void add_sections(FILE *out, struct note *note, const char *root, const char *module)
{
	char path[512];
	struct dirent *entry;
	DIR *dir;

	snprintf(path, sizeof(path), "%s/sys/module/%s/sections", root, module);
	dir = opendir(path);
	while (dir && (entry = readdir(dir)))
		if (!strpbrk(entry->d_name, " \t\n") && strcmp(entry->d_name, ".") &&
		    strcmp(entry->d_name, ".."))
			add_section(out, note, root, module, entry->d_name);
	if (dir)
		closedir(dir);
	if (note->used > note->begin)
		write_log(root, note->text);
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
	struct note note;
	bool ok;

	if (!search.out)
		return false;
	note_begin(&note, "unloading", name, false);
	add_sections(search.out, &note, root, name);
	if (threads)
		audit_each_thread(root, add_thread, &search);
	ok = !ferror(search.out);
	return fclose(search.out) == 0 && ok;
}

void audit_note_init(const char *name, const char *root)
{
	struct note note;

	note_begin(&note, "loaded", name, true);
	add_sections(NULL, &note, root, name);
}
