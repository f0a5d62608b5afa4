// SPDX-License-Identifier: GPL-2.0-only
/* Snapshots: lines, files of them, and what two of them differ in. */
#include "agent/audit.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/membarrier.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#define FIELDS_MAX (3 * AUDIT_NAME_MAX)
#define CHUNK_BYTES 65536

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

	if (audit->nr >= AUDIT_LINES_MAX)
		return false;
	if (audit->nr < audit->room)
		return true;
	lines = reallocarray(audit->lines, room, sizeof(*lines));
	if (!lines)
		return false;
	audit->lines = lines;
	audit->room = room;
	return true;
}

/* The texts are many and live as long as the audit: they are not allocated one by one. */
struct audit_chunk {
	struct audit_chunk *next;
	size_t used;
	char bytes[CHUNK_BYTES];
};

static const char *keep_text(struct audit *audit, const char *text, size_t size)
{
	struct audit_chunk *chunk = audit->chunks;
	char *copy;

	if (size >= CHUNK_BYTES)
		return NULL;
	if (!chunk || CHUNK_BYTES - chunk->used <= size) {
		chunk = malloc(sizeof(*chunk));
		if (!chunk)
			return NULL;
		chunk->next = audit->chunks;
		chunk->used = 0;
		audit->chunks = chunk;
	}
	copy = chunk->bytes + chunk->used;
	memcpy(copy, text, size);
	copy[size] = '\0';
	chunk->used += size + 1;
	return copy;
}

void audit_add_text(struct audit *audit, const char *text, size_t size, unsigned long count)
{
	const char *copy = has_room(audit) ? keep_text(audit, text, size) : NULL;

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
	audit_add_text(audit, text, n, count);
}

void audit_move(struct audit *audit, struct audit *from)
{
	struct audit_chunk **end = &audit->chunks;

	for (size_t i = 0; i < from->nr && has_room(audit); i++)
		audit->lines[audit->nr++] = from->lines[i];
	while (*end)
		end = &(*end)->next;
	*end = from->chunks;
	from->chunks = NULL;
	audit_free(from);
}

static int compare(const void *a, const void *b)
{
	return strcmp(((const struct audit_line *)a)->text, ((const struct audit_line *)b)->text);
}

static bool is_sorted(const struct audit *audit)
{
	for (size_t i = 1; i < audit->nr; i++)
		if (compare(&audit->lines[i - 1], &audit->lines[i]) > 0)
			return false;
	return true;
}

void audit_sort(struct audit *audit)
{
	size_t kept = 0;

	/* As those of a file are. */
	if (!is_sorted(audit))
		qsort(audit->lines, audit->nr, sizeof(*audit->lines), compare);
	for (size_t i = 0; i < audit->nr; i++) {
		struct audit_line *line = &audit->lines[i];

		if (kept && !strcmp(audit->lines[kept - 1].text, line->text))
			audit->lines[kept - 1].count += line->count;
		else
			audit->lines[kept++] = *line;
	}
	audit->nr = kept;
}

void audit_free(struct audit *audit)
{
	while (audit->chunks) {
		struct audit_chunk *next = audit->chunks->next;

		free(audit->chunks);
		audit->chunks = next;
	}
	free(audit->lines);
	*audit = (struct audit){ 0 };
}

FILE *audit_open(const char *root, const char *path)
{
	char full[1024];

	snprintf(full, sizeof(full), "%s%s", root, path);
	return fopen(full, "re");
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
			audit_add_text(audit, line, (size_t)(tab - line), strtoul(tab + 1, NULL, 10));
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

static bool drop_caches(const char *root, const char *what)
{
	char path[1024];
	bool ok;
	int fd;

	snprintf(path, sizeof(path), "%s/proc/sys/vm/drop_caches", root);
	fd = open(path, O_WRONLY | O_CLOEXEC);
	ok = fd >= 0 && write(fd, what, strlen(what)) >= 0;
	if (fd >= 0)
		close(fd);
	return ok;
}

/*
 * What is freed by RCU is freed then: a grace period, and with the slabs' shrinkers
 * (drop_caches 2; 4 has it say nothing to the kernel's log from then on) what waits
 * for a batch to be full.
 */
static int settle(const char *root)
{
	bool ok = drop_caches(root, "4\n") && drop_caches(root, "2\n");

	for (int i = 0; i < 2; i++)
		syscall(SYS_membarrier, MEMBARRIER_CMD_GLOBAL, 0, 0);
	return ok ? 0 : fail("cannot write", "/proc/sys/vm/drop_caches");
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
	if (!strcmp(word, "settle") && (argc == 1 || argc == 2))
		return settle(argc == 2 ? argv[1] : "");
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
