// SPDX-License-Identifier: GPL-2.0-only
#include "libvm/watch.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/stat.h>

#include "lib/fault.h"
#include "lib/fd.h"
#include "lib/text.h"
#include "libvm/tree.h"

#define EVENTS (IN_CLOSE_WRITE | IN_CREATE | IN_DELETE | IN_MOVED_FROM | IN_MOVED_TO | IN_ATTRIB)
#define PATIENCE 10	/* times the quiet time */

struct watch {
	char *dir;
	int fd;
	GHashTable *folders;	/* watch descriptor to path relative to dir */
	GHashTable *changed;	/* a set of paths */
	GHashTable *born;	/* and those of new files that no call has returned yet */
};

bool watch_is_product(const char *name)
{
	static const char *const patterns[] = {
		/* of editors */
		"*~", "*.swp", "*.swx", "*.swo", ".#*", "#*#", ".goutputstream-*", "4913",
		/* of kbuild (the kernel's .gitignore), which builds among the sources */
		".tmp_*", "*.o", "*.ko", "*.mod", "*.mod.c", ".*.cmd", ".*.d", "*.tmp", "modules.order",
		"Module.symvers", "modules-only.symvers",
	};

	for (guint i = 0; i < G_N_ELEMENTS(patterns); i++)
		if (g_pattern_match_simple(patterns[i], name))
			return true;
	return false;
}

static bool is_foreign(const char *name)
{
	return g_str_equal(name, ".git") || g_str_equal(name, ".vexvm") || watch_is_product(name);
}

static bool add_folder(struct watch *w, const char *relative, GError **error)
{
	g_autofree char *path = g_build_filename(w->dir, relative, NULL);
	int wd = inotify_add_watch(w->fd, path, EVENTS | IN_ONLYDIR | IN_EXCL_UNLINK);

	if (wd >= 0) {
		g_hash_table_insert(w->folders, GINT_TO_POINTER(wd), g_strdup(relative));
		return true;
	}
	/* It may be gone by now. */
	if (errno == ENOENT || errno == ENOTDIR)
		return true;
	if (errno == ENOSPC)
		return fault_set(error, LAB_ERROR_LAB,
				 "more folders than this user may watch (%u are); raise it with "
				 "'sysctl fs.inotify.max_user_watches=524288'",
				 g_hash_table_size(w->folders));
	return fault_set_errno(error, LAB_ERROR_LAB, errno, "cannot watch %s", path);
}

/* The folders of @files and those that they lie in. */
static GHashTable *folders_of(GPtrArray *files)
{
	GHashTable *set = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);

	g_hash_table_add(set, g_strdup(""));
	for (guint i = 0; i < files->len; i++) {
		g_autofree char *path = g_strdup(files->pdata[i]);
		char *slash;

		while ((slash = strrchr(path, '/'))) {
			*slash = '\0';
			if (!g_hash_table_add(set, g_strdup(path)))
				break;
		}
	}
	return set;
}

static bool add_all(struct watch *w, GError **error)
{
	g_autoptr(GPtrArray) files = tree_files(w->dir, error);
	g_autoptr(GHashTable) folders = files ? folders_of(files) : NULL;
	GHashTableIter iter;
	gpointer folder;

	if (!folders)
		return false;
	g_hash_table_iter_init(&iter, folders);
	while (g_hash_table_iter_next(&iter, &folder, NULL))
		if (!add_folder(w, folder, error))
			return false;
	return true;
}

struct watch *watch_new(const char *dir, GError **error)
{
	g_autoptr(watch_owner) w = g_new0(struct watch, 1);

	w->dir = g_strdup(dir);
	w->folders = g_hash_table_new_full(NULL, NULL, NULL, g_free);
	w->changed = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
	w->born = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
	w->fd = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
	if (w->fd < 0) {
		fault_set_errno(error, LAB_ERROR_LAB, errno, "cannot watch %s", dir);
		return NULL;
	}
	return add_all(w, error) ? g_steal_pointer(&w) : NULL;
}

void watch_free(struct watch *w)
{
	if (!w)
		return;
	fd_close(&w->fd);
	g_hash_table_unref(w->folders);
	g_hash_table_unref(w->changed);
	g_hash_table_unref(w->born);
	g_free(w->dir);
	g_free(w);
}

int watch_fd(const struct watch *w)
{
	return w->fd;
}

/* A folder that came: its files may have come before it was watched. */
static void add_new(struct watch *w, const char *relative)
{
	g_autofree char *path = g_build_filename(w->dir, relative, NULL);
	g_autoptr(GDir) dir = NULL;
	const char *name;

	if (!add_folder(w, relative, NULL))
		return;
	dir = g_dir_open(path, 0, NULL);
	while (dir && (name = g_dir_read_name(dir))) {
		g_autofree char *below = g_build_filename(relative, name, NULL);
		g_autofree char *full = g_build_filename(path, name, NULL);
		struct stat st;

		if (is_foreign(name) || lstat(full, &st) < 0)
			continue;
		if (S_ISDIR(st.st_mode))
			add_new(w, below);
		else
			g_hash_table_add(w->changed, g_steal_pointer(&below));
	}
}

/* A link, of either kind, is whole when it is made; other files once they are closed. */
static bool is_link(const struct watch *w, const char *path)
{
	g_autofree char *full = g_build_filename(w->dir, path, NULL);
	struct stat st;

	return lstat(full, &st) == 0 &&
	       (S_ISLNK(st.st_mode) || (S_ISREG(st.st_mode) && st.st_nlink > 1));
}

/* What was made and is gone again was an editor's, on its way to the real name. */
static void take_file(struct watch *w, guint32 mask, const char *path)
{
	if (mask & IN_CREATE) {
		g_hash_table_add(w->born, g_strdup(path));
		if (is_link(w, path))
			g_hash_table_add(w->changed, g_strdup(path));
	} else if ((mask & (IN_DELETE | IN_MOVED_FROM)) && g_hash_table_remove(w->born, path)) {
		g_hash_table_remove(w->changed, path);
	} else {
		g_hash_table_add(w->changed, g_strdup(path));
	}
}

static void take_event(struct watch *w, const struct inotify_event *event)
{
	const char *folder = g_hash_table_lookup(w->folders, GINT_TO_POINTER(event->wd));
	g_autofree char *path = NULL;

	if (event->mask & IN_Q_OVERFLOW) {
		/* What it was cannot be told any more. */
		add_all(w, NULL);
		g_hash_table_add(w->changed, g_strdup("."));
		return;
	}
	if (event->mask & IN_IGNORED)
		g_hash_table_remove(w->folders, GINT_TO_POINTER(event->wd));
	if (!folder || !event->len || is_foreign(event->name))
		return;
	path = *folder ? g_build_filename(folder, event->name, NULL) : g_strdup(event->name);
	if (!(event->mask & IN_ISDIR)) {
		take_file(w, event->mask, path);
	} else if (event->mask & (IN_CREATE | IN_MOVED_TO)) {
		add_new(w, path);
	} else if (event->mask & (IN_DELETE | IN_MOVED_FROM)) {
		g_hash_table_add(w->changed, g_steal_pointer(&path));
	}
}

static void drain(struct watch *w)
{
	char buffer[65536] __attribute__((aligned(__alignof__(struct inotify_event))));
	ssize_t n;

	while ((n = read(w->fd, buffer, sizeof(buffer))) > 0)
		for (char *at = buffer; at < buffer + n;) {
			const struct inotify_event *event = (const struct inotify_event *)at;

			take_event(w, event);
			at += sizeof(*event) + event->len;
		}
}

static void drop_ignored(struct watch *w, GPtrArray *paths)
{
	g_auto(GStrv) ignored = NULL;

	g_ptr_array_add(paths, NULL);
	ignored = tree_ignored(w->dir, (char *const *)paths->pdata);
	g_ptr_array_remove_index(paths, paths->len - 1);
	for (guint i = paths->len; i-- > 0;)
		if (g_strv_contains((const char *const *)ignored, paths->pdata[i]))
			g_ptr_array_remove_index(paths, i);
}

GPtrArray *watch_take(struct watch *w, guint quiet_ms)
{
	gint64 quiet = (gint64)quiet_ms * 1000;
	gint64 end = g_get_monotonic_time() + PATIENCE * quiet;
	GPtrArray *paths = g_ptr_array_new_with_free_func(g_free);
	GHashTableIter iter;
	gpointer path;

	drain(w);
	while (g_hash_table_size(w->changed) && g_get_monotonic_time() < end &&
	       fd_wait(w->fd, POLLIN, MIN(end, g_get_monotonic_time() + quiet)) > 0)
		drain(w);
	g_hash_table_iter_init(&iter, w->changed);
	while (g_hash_table_iter_next(&iter, &path, NULL)) {
		g_ptr_array_add(paths, g_strdup(path));
		g_hash_table_remove(w->born, path);
	}
	g_hash_table_remove_all(w->changed);
	drop_ignored(w, paths);
	g_ptr_array_sort(paths, text_compare);
	return paths;
}
