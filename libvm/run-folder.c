// SPDX-License-Identifier: GPL-2.0-only
#include "libvm/run-folder.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <sys/stat.h>

#include "lib/fault.h"
#include "lib/fd.h"
#include "lib/folder.h"

#define RUNS "runs"
#define SAME_SECOND_MAX 999

bool run_folder_is_name(const char *name)
{
	static const char shape[] = "dddddddd-dddddd-ddd";

	if (strlen(name) != strlen(shape))
		return false;
	for (gsize i = 0; shape[i]; i++)
		if (shape[i] == 'd' ? !g_ascii_isdigit(name[i]) : name[i] != shape[i])
			return false;
	return true;
}

static int newest_first(gconstpointer a, gconstpointer b)
{
	return strcmp(*(char *const *)b, *(char *const *)a);
}

static GPtrArray *list(const char *runs)
{
	GPtrArray *names = g_ptr_array_new_with_free_func(g_free);
	g_autoptr(GDir) dir = g_dir_open(runs, 0, NULL);
	const char *name;

	while (dir && (name = g_dir_read_name(dir)))
		if (run_folder_is_name(name))
			g_ptr_array_add(names, g_strdup(name));
	g_ptr_array_sort(names, newest_first);
	return names;
}

static void clean(const char *runs)
{
	g_autoptr(GPtrArray) names = list(runs);
	guint kept = 0;

	for (guint i = 0; i < names->len; i++) {
		g_autofree char *path = g_build_filename(runs, names->pdata[i], NULL);
		g_autofree char *result = g_build_filename(path, RUN_RESULT, NULL);

		/* With the new one there are RUN_FOLDERS_KEPT. */
		if (kept >= RUN_FOLDERS_KEPT - 1 || !g_file_test(result, G_FILE_TEST_EXISTS))
			folder_remove(path, NULL);
		else
			kept++;
	}
}

char *run_folder_all(const struct conf *conf)
{
	return g_build_filename(conf->state_dir, RUNS, NULL);
}

GPtrArray *run_folder_list(const struct conf *conf)
{
	g_autofree char *runs = run_folder_all(conf);
	GPtrArray *paths = list(runs);

	for (guint i = 0; i < paths->len; i++) {
		char *path = g_build_filename(runs, paths->pdata[i], NULL);

		g_free(paths->pdata[i]);
		paths->pdata[i] = path;
	}
	return paths;
}

static char *lock_path(const struct conf *conf)
{
	return g_build_filename(conf->state_dir, "runs.lock", NULL);
}

struct lock *run_folder_lock(const struct conf *conf, const char *purpose,
			     const struct progress *progress, GError **error)
{
	g_autofree char *path = lock_path(conf);

	return lock_wait(path, purpose, progress, error);
}

bool run_folder_is_idle(const struct conf *conf, GError **error)
{
	g_autofree char *path = lock_path(conf);
	g_autoptr(lock_owner) lock = NULL;

	if (g_access(path, F_OK) < 0)
		return true;
	lock = lock_try(path, "looking whether it runs", LAB_ERROR_USAGE, error);
	return lock;
}

bool run_folder_clear(const struct conf *conf, const struct progress *progress, GError **error)
{
	g_autofree char *runs = run_folder_all(conf);
	g_autoptr(lock_owner) lock = NULL;

	if (!g_file_test(runs, G_FILE_TEST_IS_DIR))
		return true;
	lock = run_folder_lock(conf, "removing the runs", progress, error);
	return lock && folder_remove(runs, error);
}

char *run_folder_new(const struct conf *conf, GError **error)
{
	g_autofree char *runs = run_folder_all(conf);
	g_autoptr(GDateTime) now = g_date_time_new_now_local();
	g_autofree char *time = g_date_time_format(now, "%Y%m%d-%H%M%S");

	if (g_mkdir_with_parents(runs, 0755) < 0) {
		fault_set_errno(error, LAB_ERROR_LAB, errno, "cannot make %s", runs);
		return NULL;
	}
	clean(runs);
	for (guint i = 1; i <= SAME_SECOND_MAX; i++) {
		g_autofree char *name = g_strdup_printf("%s-%03u", time, i);
		g_autofree char *path = g_build_filename(runs, name, NULL);

		if (g_mkdir(path, 0755) == 0)
			return g_steal_pointer(&path);
		if (errno != EEXIST)
			break;
	}
	fault_set_errno(error, LAB_ERROR_LAB, errno, "cannot make a folder in %s", runs);
	return NULL;
}

bool run_folder_publish(const char *folder, GError **error)
{
	g_autofree char *runs = g_path_get_dirname(folder);
	g_autofree char *name = g_path_get_basename(folder);
	g_autofree char *latest = g_build_filename(runs, RUN_LATEST, NULL);
	g_autofree char *temporary = g_strdup_printf("%s.%d.tmp", latest, getpid());

	g_unlink(temporary);
	if (symlink(name, temporary) == 0 && g_rename(temporary, latest) == 0)
		return true;
	return fault_set_errno(error, LAB_ERROR_LAB, errno, "cannot make %s", latest);
}

static void copy_bytes(int in, off_t from, off_t to, int out)
{
	char buffer[65536];
	ssize_t n;

	while (from < to &&
	       (n = pread(in, buffer, MIN((size_t)(to - from), sizeof(buffer)), from)) > 0) {
		if (!fd_write_all(out, buffer, (size_t)n))
			return;
		from += n;
	}
}

static const char cut[] = "\n[vexvm left out what was here]\n";

void run_folder_keep(const char *from, off_t start, const char *to)
{
	auto_fd in = open(from, O_RDONLY | O_CLOEXEC);
	auto_fd out = open(to, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	struct stat st;

	if (in < 0 || out < 0 || fstat(in, &st) < 0)
		return;
	if (st.st_size - start <= 2 * RUN_KEPT_PART) {
		copy_bytes(in, start, st.st_size, out);
		return;
	}
	copy_bytes(in, start, start + RUN_KEPT_PART, out);
	fd_write_all(out, cut, strlen(cut));
	copy_bytes(in, st.st_size - RUN_KEPT_PART, st.st_size, out);
}

void run_folder_append(const char *from, const char *to)
{
	auto_fd in = open(from, O_RDONLY | O_CLOEXEC);
	auto_fd out = in < 0 ? -1 : open(to, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
	struct stat st, there;

	if (in < 0 || out < 0 || fstat(in, &st) < 0 || fstat(out, &there) < 0 ||
	    there.st_size > RUN_MERGED_MAX)
		return;
	if (there.st_size + st.st_size <= RUN_MERGED_MAX) {
		copy_bytes(in, 0, st.st_size, out);
		return;
	}
	copy_bytes(in, 0, RUN_MERGED_MAX - there.st_size, out);
	fd_write_all(out, cut, strlen(cut));
}
