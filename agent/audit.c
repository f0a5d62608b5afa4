// SPDX-License-Identifier: GPL-2.0-only
/* Snapshots: lines, files of them, and what two of them differ in. */
#include "agent/audit.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/membarrier.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#define FIELDS_MAX (3 * AUDIT_NAME_MAX)

/* Lines */

/* Returns how many bytes of @out, which has AUDIT_NAME_MAX, were filled. */
static size_t escape(char *out, const char *text)
{
	static const char digits[] = "0123456789abcdef";
	size_t n = 0;

	for (const char *at = text; *at && n + 4 <= AUDIT_NAME_MAX; at++) {
		unsigned char c = (unsigned char)*at;

		if (c >= ' ' && c < 0x7f && c != '\\') {
			out[n++] = *at;
			continue;
		}
		out[n++] = '\\';
		out[n++] = 'x';
		out[n++] = digits[c >> 4];
		out[n++] = digits[c & 15];
	}
	return n;
}

static bool has_room(struct audit *audit)
{
	size_t room = audit->room ? 2 * audit->room : 1024;
	struct audit_line *lines;

	if (audit->nr < audit->room)
		return true;
	if (audit->nr >= AUDIT_LINES_MAX)
		return false;
	lines = reallocarray(audit->lines, room, sizeof(*lines));
	if (!lines)
		return false;
	audit->lines = lines;
	audit->room = room;
	return true;
}

static void add_text(struct audit *audit, const char *text, size_t size, unsigned long count)
{
	char *copy = has_room(audit) ? strndup(text, size) : NULL;

	if (copy)
		audit->lines[audit->nr++] = (struct audit_line){ copy, count };
}

void audit_add(struct audit *audit, const char *kind, const char *name, const char *detail,
	       unsigned long count)
{
	char text[FIELDS_MAX];
	size_t n = escape(text, kind);

	text[n++] = '\t';
	n += escape(text + n, name);
	text[n++] = '\t';
	/* Both others leave this one less than a whole share. */
	if (n + AUDIT_NAME_MAX <= sizeof(text))
		n += escape(text + n, detail);
	add_text(audit, text, n, count);
}

static int compare(const void *a, const void *b)
{
	return strcmp(((const struct audit_line *)a)->text, ((const struct audit_line *)b)->text);
}

void audit_sort(struct audit *audit)
{
	size_t kept = 0;

	if (audit->nr)
		qsort(audit->lines, audit->nr, sizeof(*audit->lines), compare);
	for (size_t i = 0; i < audit->nr; i++) {
		struct audit_line *line = &audit->lines[i];

		if (kept && !strcmp(audit->lines[kept - 1].text, line->text)) {
			audit->lines[kept - 1].count += line->count;
			free(line->text);
		} else {
			audit->lines[kept++] = *line;
		}
	}
	audit->nr = kept;
}

void audit_free(struct audit *audit)
{
	for (size_t i = 0; i < audit->nr; i++)
		free(audit->lines[i].text);
	free(audit->lines);
	*audit = (struct audit){ 0 };
}

FILE *audit_open(const char *root, const char *path)
{
	char full[1024];

	snprintf(full, sizeof(full), "%s%s", root, path);
	return fopen(full, "re");
}

void audit_take(struct audit *audit, const struct audit *symbols, const char *root)
{
	audit_take_trees(audit, root);
	audit_take_tables(audit, root);
	audit_take_slabs(audit, root);
	audit_take_timers(audit, symbols, root);
	/* They are the same for as long as the kernel runs. */
	for (size_t i = 0; i < symbols->nr; i++)
		if (!strncmp(symbols->lines[i].text, "symbol\t", 7))
			add_text(audit, symbols->lines[i].text, strlen(symbols->lines[i].text), 1);
	audit_sort(audit);
}

/* Files */

static int fail(const char *what, const char *name)
{
	fprintf(stderr, "vexvm-agent: %s %s: %s\n", what, name, strerror(errno));
	return 1;
}

static int save(const char *file, const char *root)
{
	struct audit audit = { 0 }, symbols = { 0 };
	FILE *out = fopen(file, "we");
	bool ok;

	if (!out)
		return fail("cannot write", file);
	audit_take_symbols(&symbols, root);
	audit_take(&audit, &symbols, root);
	audit_free(&symbols);
	for (size_t i = 0; i < audit.nr; i++)
		fprintf(out, "%s\t%lu\n", audit.lines[i].text, audit.lines[i].count);
	audit_free(&audit);
	ok = !ferror(out);
	return fclose(out) == 0 && ok ? 0 : fail("cannot write", file);
}

static bool load(struct audit *audit, const char *file)
{
	FILE *in = fopen(file, "re");
	size_t size = 0;
	char *line = NULL;

	while (in && getline(&line, &size, in) > 0) {
		char *tab = strrchr(line, '\t');

		if (tab)
			add_text(audit, line, (size_t)(tab - line), strtoul(tab + 1, NULL, 10));
	}
	free(line);
	if (in)
		fclose(in);
	audit_sort(audit);
	return in;
}

static void print(const struct audit_line *line, unsigned long before, unsigned long now)
{
	if (before != now)
		printf("%s\t%lu\t%lu\n", line->text, before, now);
}

static void print_difference(const struct audit *before, const struct audit *now)
{
	size_t b = 0, n = 0;

	while (b < before->nr || n < now->nr) {
		int order = b == before->nr ? 1 : n == now->nr ? -1 :
			    compare(&before->lines[b], &now->lines[n]);

		if (order < 0)
			print(&before->lines[b], before->lines[b].count, 0);
		else if (order > 0)
			print(&now->lines[n], 0, now->lines[n].count);
		else
			print(&now->lines[n], before->lines[b].count, now->lines[n].count);
		b += order <= 0;
		n += order >= 0;
	}
}

static void print_file(const char *file)
{
	FILE *in = fopen(file, "re");
	char bytes[4096];
	size_t n;

	while (in && (n = fread(bytes, 1, sizeof(bytes), in)) > 0)
		fwrite(bytes, 1, n, stdout);
	if (in)
		fclose(in);
}

/*
 * What is freed by RCU is freed then: a grace period, and with the slabs' shrinkers
 * (drop_caches 2, without its line in the log: 4) what waits for a batch to be full.
 */
static void settle(const char *root)
{
	char path[1024];
	int fd;

	snprintf(path, sizeof(path), "%s/proc/sys/vm/drop_caches", root);
	fd = open(path, O_WRONLY | O_CLOEXEC);
	if (fd >= 0 && write(fd, "6\n", 2) < 0)
		fail("cannot write", path);
	if (fd >= 0)
		close(fd);
	for (int i = 0; i < 2; i++)
		syscall(SYS_membarrier, MEMBARRIER_CMD_GLOBAL, 0, 0);
}

static int since(const char *file, const char *loaded, const char *root)
{
	struct audit before = { 0 }, now = { .late = true };
	bool ok = load(&before, file);

	if (ok) {
		audit_take(&now, &before, root);
		print_difference(&before, &now);
		print_file(loaded);
	}
	audit_free(&before);
	audit_free(&now);
	return ok ? 0 : fail("cannot read", file);
}

int audit_main(int argc, char **argv)
{
	const char *word = argc >= 1 ? argv[0] : "";

	if (!strcmp(word, "save") && (argc == 2 || argc == 3))
		return save(argv[1], argc == 3 ? argv[2] : "");
	if (!strcmp(word, "since") && (argc == 3 || argc == 4))
		return since(argv[1], argv[2], argc == 4 ? argv[3] : "");
	if (!strcmp(word, "settle") && (argc == 1 || argc == 2)) {
		settle(argc == 2 ? argv[1] : "");
		return 0;
	}
	if (!strcmp(word, "init") && (argc == 2 || argc == 3)) {
		audit_note_init(argv[1], argc == 3 ? argv[2] : "");
		return 0;
	}
	if (!strcmp(word, "validate") && (argc == 1 || argc == 2))
		return audit_validate(argc == 2 ? argv[1] : "") ? 0 : 1;
	if (!strcmp(word, "loaded") && (argc == 3 || argc == 4))
		return audit_loaded(argv[1], argv[2], true, argc == 4 ? argv[3] : "") ?
			       0 : fail("cannot write", argv[1]);
	return -1;
}
