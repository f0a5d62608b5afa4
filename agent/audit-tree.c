// SPDX-License-Identifier: GPL-2.0-only
/* The trees that modules put things into: each file and folder is a line. */
#include "agent/audit.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define PATH_BYTES 1024

struct tree {
	const char *kind, *path;
	unsigned int depth;	/* of folders that are entered below it */
};

static const struct tree trees[] = {
	{ "proc", "/proc", 12 },
	{ "sysfs", "/sys", 20 },
	{ "debugfs", "/sys/kernel/debug", 12 },
	{ "tracefs", "/sys/kernel/tracing/events", 0 },
	{ "tracefs", "/sys/kernel/tracing/instances", 0 },
	{ "dev", "/dev", 4 },
};

/* Folders whose own are listed and not entered: what is in them tells nothing more. */
static const char *const closed[] = {
	"/sys/kernel/slab", "/sys/kernel/debug/slab", "/sys/module",
};

struct walk {
	struct audit *audit;
	const struct tree *tree;
	dev_t device;
	size_t root;		/* bytes of the root's path in @path */
	char path[PATH_BYTES];
};

/* Processes come and go; the two names are theirs. */
static bool is_process(const struct walk *w, size_t length, const char *name)
{
	if (strcmp(w->tree->path, "/proc") || w->path[w->root + length] ||
	    strcmp(w->path + w->root, "/proc"))
		return false;
	return (name[0] >= '0' && name[0] <= '9') || !strcmp(name, "self") || !strcmp(name, "thread-self");
}

static bool is_closed(const struct walk *w)
{
	for (size_t i = 0; i < sizeof(closed) / sizeof(closed[0]); i++)
		if (!strcmp(w->path + w->root, closed[i]))
			return true;
	return false;
}

/* A device's settings of power management: the same for all of them. */
static bool is_power(const struct walk *w, const char *name)
{
	return !strcmp(w->tree->path, "/sys") && !strcmp(name, "power");
}

static const char *type_name(unsigned char type)
{
	switch (type) {
	case DT_DIR:
		return "folder";
	case DT_LNK:
		return "link";
	case DT_CHR:
		return "character device";
	case DT_BLK:
		return "block device";
	default:
		return "file";
	}
}

/*
 * Opens the folder @name; -1 when it is not to be entered, as another filesystem's.
 * debugfs has a place for tracefs, which would be mounted by entering it.
 */
static int enter(const struct walk *w, int parent, const char *name)
{
	struct stat st;

	if (!strcmp(w->path + w->root, "/sys/kernel/debug/tracing") ||
	    fstatat(parent, name, &st, AT_SYMLINK_NOFOLLOW | AT_NO_AUTOMOUNT) < 0 || !S_ISDIR(st.st_mode) ||
	    st.st_dev != w->device)
		return -1;
	return openat(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
}

/* Lists @fd, which is w->path, and closes it. */
static void list(struct walk *w, int fd, unsigned int depth)
{
	size_t length = strlen(w->path);
	bool leaf = depth == 0 || is_closed(w);
	DIR *dir = fdopendir(fd);
	struct dirent *entry;

	if (!dir)
		close(fd);
	while (dir && (entry = readdir(dir))) {
		const char *name = entry->d_name;
		int below;

		if (!strcmp(name, ".") || !strcmp(name, "..") ||
		    is_process(w, length - w->root, name) || length + 1 + strlen(name) >= sizeof(w->path))
			continue;
		w->path[length] = '/';
		memcpy(w->path + length + 1, name, strlen(name) + 1);
		audit_add(w->audit, w->tree->kind, w->path + w->root, type_name(entry->d_type), 1);
		below = leaf || entry->d_type != DT_DIR || is_power(w, name) ? -1 : enter(w, dirfd(dir), name);
		if (below >= 0)
			list(w, below, depth - 1);
		w->path[length] = '\0';
	}
	if (dir)
		closedir(dir);
}

void audit_take_trees(struct audit *audit, const char *root)
{
	for (size_t i = 0; i < sizeof(trees) / sizeof(trees[0]); i++) {
		struct walk w = { .audit = audit, .tree = &trees[i], .root = strlen(root) };
		struct stat st;
		int fd;

		snprintf(w.path, sizeof(w.path), "%s%s", root, trees[i].path);
		fd = open(w.path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		if (fd >= 0 && fstat(fd, &st) == 0) {
			w.device = st.st_dev;
			list(&w, fd, trees[i].depth);
		} else if (fd >= 0) {
			close(fd);
		}
	}
}
