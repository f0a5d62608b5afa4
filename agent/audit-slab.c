// SPDX-License-Identifier: GPL-2.0-only
/*
 * Slab objects: who has allocated those that are there, with slub_debug=U. The
 * format is that of mm/slub.c's alloc_traces:
 *	"  3 SYMBOL age=LEAST/…/MOST pid=…\n", or "age=EACH", in ticks, and below it a line "        SYMBOL" per frame
 * where an address in no code any more stands for itself.
 */
#include "agent/audit.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define SLABS "/sys/kernel/debug/slab"
#define CACHES "/sys/kernel/slab"
#define SYMBOL_MAX 128

/*
 * The largest ones by far. Objects of these are allocated by the kernel's own
 * functions alone, for what other lines show: files, folders and pages.
 */
static const char *const skipped[] = {
	"kernfs_node_cache", "lsm_inode_cache", "dentry", "inode_cache", "buffer_head",
	"vm_area_struct", "anon_vma", "anon_vma_chain", "filp", "ext4_inode_cache",
	"ext4_extent_status", "proc_inode_cache", "shmem_inode_cache", "sock_inode_cache",
	"Acpi-Operand", "Acpi-Namespace", "vmap_area", "lsm_file_cache", "kmem_cache_node",
};

/* Objects that were allocated in one way. */
struct site {
	unsigned long count;
	char address[SYMBOL_MAX];	/* the first frame that has no name */
	char via[SYMBOL_MAX];		/* the function that it called */
	char last[SYMBOL_MAX];		/* the frame before this one */
	unsigned long youngest, oldest;	/* ages in ticks */
	bool aged;
};

/* One cache while it is read. */
struct slab {
	const char *root, *name;
	struct audit_clock clock;	/* as its ages were told; nothing in it: not known */
	struct site site;
};

static bool is_skipped(const char *cache)
{
	for (size_t i = 0; i < sizeof(skipped) / sizeof(skipped[0]); i++)
		if (!strcmp(cache, skipped[i]))
			return true;
	return cache[0] == '.';
}

static void copy_symbol(char *to, const char *from, const char *ends)
{
	size_t n = strcspn(from, ends);

	n = n < SYMBOL_MAX ? n : SYMBOL_MAX - 1;
	memcpy(to, from, n);
	to[n] = '\0';
}

static unsigned long object_size(const char *root, const char *cache)
{
	char path[512];
	unsigned long size = 0;
	FILE *in;

	snprintf(path, sizeof(path), CACHES "/%s/object_size", cache);
	in = audit_open(root, path);
	if (in && fscanf(in, "%lu", &size) != 1)
		size = 0;
	if (in)
		fclose(in);
	return size;
}

static void add_time(struct audit *audit, const struct slab *slab)
{
	const struct site *s = &slab->site;
	char detail[SYMBOL_MAX + 64];

	if (!s->aged || !slab->clock.tick_us)
		return;
	snprintf(detail, sizeof(detail), "%s %lld %lld", s->address,
		 audit_clock_before(&slab->clock, s->oldest), audit_clock_before(&slab->clock, s->youngest));
	audit_add(audit, "made", slab->name, detail, 1);
}

static void end_site(struct audit *audit, struct slab *slab)
{
	struct site *s = &slab->site;
	char detail[2 * SYMBOL_MAX + 32];

	if (s->address[0]) {
		snprintf(detail, sizeof(detail), "%s %s %lu", s->address, s->via[0] ? s->via : "-",
			 object_size(slab->root, slab->name));
		audit_add(audit, "slab", slab->name, detail, s->count);
		add_time(audit, slab);
	}
	*s = (struct site){ 0 };
}

static void take_frame(struct site *s, const char *frame)
{
	bool is_address = !strncmp(frame, "0x", 2);

	/* The head of a site has the same frame. */
	if (is_address && !s->via[0]) {
		copy_symbol(s->address, frame, "+ \n");
		copy_symbol(s->via, s->last[0] ? s->last : "-", "+ \n");
	}
	copy_symbol(s->last, frame, "+ \n");
}

static void take_ages(struct site *s, const char *line)
{
	const char *at = strstr(line, " age=");

	switch (at ? sscanf(at, " age=%lu/%*u/%lu", &s->youngest, &s->oldest) : 0) {
	case 1:
		s->oldest = s->youngest;
		/* fall through */
	case 2:
		s->aged = true;
	}
}

static void take_line(struct audit *audit, struct slab *slab, const char *line)
{
	const char *at = line + strspn(line, " \t");
	struct site *s = &slab->site;
	char *end;

	if (at - line >= 8 && (*at < '0' || *at > '9' || !strncmp(at, "0x", 2)))
		return take_frame(s, at);
	if (*at < '0' || *at > '9')
		return;
	end_site(audit, slab);
	s->count = strtoul(at, &end, 10);
	end += *end == ' ';
	if (!strncmp(end, "0x", 2))
		copy_symbol(s->address, end, "+ \n");
	take_ages(s, end);
}

/* The kernel counts the ages when the file is opened; nobody asks for those of an early snapshot. */
void audit_take_slab(struct audit *audit, const char *root, const char *cache)
{
	struct slab slab = { .root = root, .name = cache };
	char path[512], *line = NULL;
	size_t size = 0;
	FILE *in;

	snprintf(path, sizeof(path), SLABS "/%s/alloc_traces", cache);
	if (audit->late)
		audit_read_clock(root, &slab.clock);
	in = audit_open(root, path);
	while (in && getline(&line, &size, in) > 0)
		take_line(audit, &slab, line);
	end_site(audit, &slab);
	free(line);
	if (in)
		fclose(in);
}

size_t audit_list_slabs(const char *root, char **ret_names)
{
	char path[512];
	struct dirent *entry;
	size_t nr = 0;
	DIR *dir;

	snprintf(path, sizeof(path), "%s" SLABS, root);
	dir = opendir(path);
	while (dir && nr < AUDIT_SLABS_MAX && (entry = readdir(dir)))
		if (!is_skipped(entry->d_name) && (ret_names[nr] = strdup(entry->d_name)))
			nr++;
	if (dir)
		closedir(dir);
	return nr;
}

/* A name with ":" stands for several caches that are one. */
bool audit_validate(const char *root)
{
	char path[1024];
	struct dirent *entry;
	DIR *dir;

	snprintf(path, sizeof(path), "%s" CACHES, root);
	dir = opendir(path);
	while (dir && (entry = readdir(dir))) {
		int fd;

		if (is_skipped(entry->d_name))
			continue;
		snprintf(path, sizeof(path), "%s" CACHES "/%s/validate", root, entry->d_name);
		fd = open(path, O_WRONLY | O_CLOEXEC);
		if (fd >= 0 && write(fd, "1\n", 2) < 0)
			break;
		if (fd >= 0)
			close(fd);
	}
	if (dir)
		closedir(dir);
	return dir;
}
