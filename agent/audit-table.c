// SPDX-License-Identifier: GPL-2.0-only
/*
 * The kernel's tables, of which each row is a line. Formats: proc(5), and in the
 * kernel's tree Documentation/filesystems/proc.rst.
 */
#include "agent/audit.h"

#include <ctype.h>
#include <dirent.h>
#include <stdlib.h>
#include <string.h>

#define WORDS_MAX 16

/* Parts @line at blanks; returns how many words there are. */
static size_t split(char *line, char **words)
{
	size_t n = 0;

	for (char *save = NULL, *word = strtok_r(line, " \t\n", &save); word && n < WORDS_MAX;
	     word = strtok_r(NULL, " \t\n", &save))
		words[n++] = word;
	return n;
}

/* The whole row, with single blanks. */
static void take_row(struct audit *audit, const char *kind, char **words, size_t n)
{
	char text[AUDIT_NAME_MAX] = "";
	size_t used = 0;

	for (size_t i = 0; i < n && used < sizeof(text); i++)
		used += (size_t)snprintf(text + used, sizeof(text) - used, "%s%s", i ? " " : "", words[i]);
	audit_add(audit, kind, text, "", 1);
}

/* "nodev tmpfs" or "ext4". */
static void take_filesystem(struct audit *audit, const char *kind, char **words, size_t n)
{
	audit_add(audit, kind, words[n - 1], "", 1);
}

/* "245 name" and headings of words alone. */
static void take_number(struct audit *audit, const char *kind, char **words, size_t n)
{
	if (n >= 2 && isdigit((unsigned char)words[0][0]))
		audit_add(audit, kind, words[1], words[0], 1);
}

/*
 * "name size users used-by state address". One that is being loaded is not there yet
 * before, and has begun to make things afterwards.
 */
static void take_module(struct audit *audit, const char *kind, char **words, size_t n)
{
	bool live = n >= 5 && !strcmp(words[4], "Live");

	if (n < 5 || (!live && !audit->late))
		return;
	audit_add(audit, kind, words[0], "", 1);
	if (!live)
		return;
	audit_add(audit, "users", words[0], "", strtoul(words[2], NULL, 10));
}

/* "protocol size sockets …" below a heading. */
static void take_protocol(struct audit *audit, const char *kind, char **words, size_t n)
{
	if (n >= 4 && strcmp(words[0], "protocol"))
		audit_add(audit, kind, words[0], "", 1);
}

/* "sk Eth Pid …": those of process 0 are the kernel's. */
static void take_netlink(struct audit *audit, const char *kind, char **words, size_t n)
{
	if (n >= 4 && !strcmp(words[2], "0"))
		audit_add(audit, kind, words[1], "", 1);
}

/*
 * "12: 4711 0 IO-APIC 12-edge i8042": counts are no part of it. One that had a handler
 * once, and came, stays as "12: 4711 0 IO-APIC 12-edge".
 */
static void take_interrupt(struct audit *audit, const char *kind, char **words, size_t n)
{
	bool handled = n >= 2 && words[n - 1][strspn(words[n - 1], "0123456789")] != '-';

	if (handled && isdigit((unsigned char)words[0][0]) && strchr(words[0], ':'))
		audit_add(audit, kind, words[n - 1], words[0], 1);
}

/* "0xA-0xB 8192 CALLER …": only what code that is not there any more has called for. */
static void take_area(struct audit *audit, const char *kind, char **words, size_t n)
{
	if (n >= 3 && !strncmp(words[2], "0x", 2))
		audit_add(audit, kind, words[2], words[1], 1);
}

/* " #0: <ADDRESS>, FUNCTION, S:01" of the timers with a high resolution */
static void take_timer(struct audit *audit, const char *kind, char **words, size_t n)
{
	if (n >= 3 && words[0][0] == '#' && !strncmp(words[2], "0x", 2)) {
		words[2][strcspn(words[2], ",")] = '\0';
		audit_add(audit, kind, words[2], "hrtimer", 1);
	}
}

/* "name : NAME", "driver : DRIVER": the second is what is registered. */
static void take_crypto(struct audit *audit, const char *kind, char **words, size_t n)
{
	if (n >= 3 && !strcmp(words[0], "driver"))
		audit_add(audit, kind, words[2], "", 1);
}

static const struct {
	const char *kind, *path;
	void (*take)(struct audit *audit, const char *kind, char **words, size_t n);
} tables[] = {
	{ "filesystem", "/proc/filesystems", take_filesystem },
	{ "device number", "/proc/devices", take_number },
	{ "misc device", "/proc/misc", take_number },
	{ "module", "/proc/modules", take_module },
	{ "protocol", "/proc/net/protocols", take_protocol },
	{ "packet type", "/proc/net/ptype", take_row },
	{ "netlink", "/proc/net/netlink", take_netlink },
	{ "interrupt", "/proc/interrupts", take_interrupt },
	{ "memory region", "/proc/iomem", take_row },
	{ "port region", "/proc/ioports", take_row },
	{ "vmalloc", "/proc/vmallocinfo", take_area },
	{ "timer", "/proc/timer_list", take_timer },
	{ "crypto", "/proc/crypto", take_crypto },
	{ "kprobe", "/sys/kernel/debug/kprobes/list", take_row },
};

static void each_row(struct audit *audit, const char *root, size_t table)
{
	FILE *in = audit_open(root, tables[table].path);
	char *line = NULL, *words[WORDS_MAX];
	size_t size = 0, n;

	while (in && getline(&line, &size, in) > 0)
		if ((n = split(line, words)))
			tables[table].take(audit, tables[table].kind, words, n);
	free(line);
	if (in)
		fclose(in);
}

/* Kernel threads */

/* "PID (NAME) STATE PPID …", NAME being anything; 2 is kthreadd (kernel/kthread.c). */
static bool thread_name(const char *root, const char *pid, char *ret, size_t size)
{
	char path[64], text[512] = "", *begin, *end;
	FILE *in;

	snprintf(path, sizeof(path), "/proc/%.16s/stat", pid);
	in = audit_open(root, path);
	if (!in)
		return false;
	text[fread(text, 1, sizeof(text) - 1, in)] = '\0';
	fclose(in);
	begin = strchr(text, '(');
	end = strrchr(text, ')');
	if (!begin || !end || end < begin || strlen(end) < 5 || strncmp(end + 3, " 2 ", 3))
		return false;
	*end = '\0';
	snprintf(ret, size, "%s", begin + 1);
	return true;
}

void audit_each_thread(const char *root, audit_thread_fn fn, void *data)
{
	char path[1024], name[64];
	struct dirent *entry;
	DIR *dir;

	snprintf(path, sizeof(path), "%s/proc", root);
	dir = opendir(path);
	while (dir && (entry = readdir(dir)))
		if (isdigit((unsigned char)entry->d_name[0]) &&
		    thread_name(root, entry->d_name, name, sizeof(name)) &&
		    strncmp(name, "kworker/", 8))
			fn(data, root, entry->d_name, name);
	if (dir)
		closedir(dir);
}

static void take_thread(void *data, const char *root, const char *pid, const char *name)
{
	audit_add(data, "kthread", name, pid, 1);
}

void audit_take_tables(struct audit *audit, const char *root)
{
	for (size_t i = 0; i < sizeof(tables) / sizeof(tables[0]); i++)
		each_row(audit, root, i);
	audit_each_thread(root, take_thread, audit);
}
