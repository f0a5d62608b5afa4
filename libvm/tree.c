// SPDX-License-Identifier: GPL-2.0-only
#include "libvm/tree.h"

#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <fcntl.h>
#include <gio/gio.h>
#include <sys/stat.h>

#include "lib/fault.h"
#include "lib/fd.h"
#include "lib/program.h"

#define LIST ".files"	/* added to a mirror's path: what it was given last time */
#define GIT_LIMIT_MS 60000
#define PATHS_MAX 1000	/* words of one command line */

static bool walk(const char *dir, const char *below, GPtrArray *files, GError **error)
{
	g_autofree char *path = g_build_filename(dir, below, NULL);
	g_autoptr(GDir) entries = g_dir_open(path, 0, NULL);
	const char *name;

	while (entries && (name = g_dir_read_name(entries))) {
		g_autofree char *relative = *below ? g_build_filename(below, name, NULL) : g_strdup(name);
		g_autofree char *full = g_build_filename(dir, relative, NULL);
		struct stat st;

		if (g_str_equal(name, ".git") || g_str_equal(name, ".vexvm") || lstat(full, &st) < 0)
			continue;
		if (S_ISDIR(st.st_mode) && !walk(dir, relative, files, error))
			return false;
		if (S_ISREG(st.st_mode) || S_ISLNK(st.st_mode))
			g_ptr_array_add(files, g_steal_pointer(&relative));
		if (files->len > TREE_FILES_MAX)
			return fault_set(error, LAB_ERROR_USAGE,
					 "%s has more than %d files; name the module's own folder with --source",
					 dir, TREE_FILES_MAX);
	}
	return true;
}

/* What git lists; false when @dir is in no work tree, or is itself ignored. */
static bool git_files(const char *dir, GPtrArray *files)
{
	const char *const argv[] = { "git", "-C", dir, "ls-files", "-z", "--cached", "--others",
				     "--exclude-standard", "--deduplicate", NULL };
	auto_program_result result = { 0 };

	if (!program_run(argv, -1, GIT_LIMIT_MS, &result, NULL) || result.status ||
	    result.signal || result.timed_out || result.out->len >= PROGRAM_OUTPUT_MAX)
		return false;
	for (gsize at = 0; at < result.out->len; at += strlen(result.out->str + at) + 1) {
		g_autofree char *path = g_build_filename(dir, result.out->str + at, NULL);
		struct stat st;

		if (lstat(path, &st) == 0 && (S_ISREG(st.st_mode) || S_ISLNK(st.st_mode)))
			g_ptr_array_add(files, g_strdup(result.out->str + at));
	}
	return files->len > 0;
}

GPtrArray *tree_files(const char *dir, GError **error)
{
	g_autoptr(GPtrArray) files = g_ptr_array_new_with_free_func(g_free);

	if (!git_files(dir, files) && !walk(dir, "", files, error))
		return NULL;
	return g_steal_pointer(&files);
}

char **tree_ignored(const char *dir, char *const *paths)
{
	g_autoptr(GPtrArray) argv = g_ptr_array_new();
	auto_program_result result = { 0 };
	const char *const git[] = { "git", "-C", dir, "-c", "core.quotePath=off", "check-ignore", "--" };
	const char *lines = "";

	for (guint i = 0; i < G_N_ELEMENTS(git); i++)
		g_ptr_array_add(argv, (gpointer)git[i]);
	for (guint i = 0; paths[i]; i++)
		g_ptr_array_add(argv, paths[i]);
	g_ptr_array_add(argv, NULL);
	if (*paths && argv->len < PATHS_MAX &&
	    program_run((const char *const *)argv->pdata, -1, GIT_LIMIT_MS, &result, NULL))
		lines = result.out->str;
	return g_strsplit(lines, "\n", -1);
}

static bool pack_file(struct archive *a, struct archive *disk, const char *dir, const char *name)
{
	g_autofree char *path = g_build_filename(dir, name, NULL);
	struct archive_entry *entry = archive_entry_new();
	auto_fd fd = -1;
	char buf[65536];
	ssize_t n = 0;
	bool ok;

	archive_entry_copy_sourcepath(entry, path);
	archive_entry_set_pathname(entry, name);
	ok = archive_read_disk_entry_from_file(disk, entry, -1, NULL) >= ARCHIVE_WARN;
	if (ok && archive_entry_filetype(entry) == AE_IFREG)
		ok = (fd = open(path, O_RDONLY | O_CLOEXEC)) >= 0;
	archive_entry_set_uname(entry, NULL);
	archive_entry_set_gname(entry, NULL);
	if (!ok || archive_write_header(a, entry) < ARCHIVE_WARN) {
		archive_entry_free(entry);
		return !ok;	/* vanished: not a failure */
	}
	archive_entry_free(entry);
	while (fd >= 0 && (n = read(fd, buf, sizeof(buf))) > 0)
		if (archive_write_data(a, buf, (size_t)n) < 0)
			return false;
	return fd < 0 || n == 0;
}

bool tree_archive(const char *dir, const char *archive, GError **error)
{
	g_autoptr(GPtrArray) files = tree_files(dir, error);
	struct archive *a, *disk;
	bool ok;

	if (!files)
		return false;
	a = archive_write_new();
	disk = archive_read_disk_new();
	archive_write_set_format_pax_restricted(a);
	ok = archive_write_open_filename(a, archive) == ARCHIVE_OK;
	for (guint i = 0; ok && i < files->len; i++)
		ok = pack_file(a, disk, dir, files->pdata[i]);
	ok = archive_write_close(a) == ARCHIVE_OK && ok;
	if (!ok)
		fault_set(error, LAB_ERROR_LAB, "cannot pack %s: %s", dir,
			  archive_error_string(a) ? archive_error_string(a) : "write error");
	archive_write_free(a);
	archive_read_free(disk);
	return ok;
}

static bool is_same(const char *from, const char *to)
{
	struct stat a, b;

	return lstat(from, &a) == 0 && lstat(to, &b) == 0 && a.st_size == b.st_size &&
	       a.st_mode == b.st_mode && a.st_mtim.tv_sec == b.st_mtim.tv_sec &&
	       a.st_mtim.tv_nsec == b.st_mtim.tv_nsec;
}

static bool mirror_file(const char *dir, const char *copy, const char *name, GError **error)
{
	g_autofree char *from = g_build_filename(dir, name, NULL);
	g_autofree char *to = g_build_filename(copy, name, NULL);
	g_autofree char *parent = g_path_get_dirname(to);
	g_autoptr(GFile) source = g_file_new_for_path(from);
	g_autoptr(GFile) target = g_file_new_for_path(to);
	g_autoptr(GError) cause = NULL;

	if (is_same(from, to))
		return true;
	if (g_mkdir_with_parents(parent, 0755) < 0)
		return fault_set_errno(error, LAB_ERROR_LAB, errno, "cannot make %s", parent);
	if (g_file_copy(source, target,
			G_FILE_COPY_OVERWRITE | G_FILE_COPY_ALL_METADATA |
				G_FILE_COPY_NOFOLLOW_SYMLINKS,
			NULL, NULL, NULL, &cause) ||
	    g_error_matches(cause, G_IO_ERROR, G_IO_ERROR_NOT_FOUND))
		return true;
	return fault_set(error, LAB_ERROR_LAB, "cannot copy %s: %s", from, cause->message);
}

/* Drops from @copy what the last mirror put there and this one does not. */
static void drop_gone(const char *copy, GPtrArray *files, const char *list)
{
	g_autoptr(GHashTable) now = g_hash_table_new(g_str_hash, g_str_equal);
	g_autofree char *text = NULL;
	gsize size;

	if (!g_file_get_contents(list, &text, &size, NULL))
		return;
	for (guint i = 0; i < files->len; i++)
		g_hash_table_add(now, files->pdata[i]);
	for (gsize at = 0; at < size; at += strlen(text + at) + 1) {
		g_autofree char *path = g_build_filename(copy, text + at, NULL);

		if (text[at] && !g_hash_table_contains(now, text + at))
			unlink(path);
	}
}

bool tree_mirror(const char *dir, const char *copy, GError **error)
{
	g_autoptr(GPtrArray) files = tree_files(dir, error);
	/* Beside it: what is built in the mirror must not be able to write it. */
	g_autofree char *list = g_strconcat(copy, LIST, NULL);
	g_autoptr(GString) names = g_string_new(NULL);
	g_autoptr(GError) cause = NULL;

	if (!files)
		return false;
	if (g_mkdir_with_parents(copy, 0755) < 0)
		return fault_set_errno(error, LAB_ERROR_LAB, errno, "cannot make %s", copy);
	drop_gone(copy, files, list);
	for (guint i = 0; i < files->len; i++) {
		if (!mirror_file(dir, copy, files->pdata[i], error))
			return false;
		g_string_append_len(names, files->pdata[i], (gssize)strlen(files->pdata[i]) + 1);
	}
	if (!g_file_set_contents(list, names->str, (gssize)names->len, &cause))
		return fault_set(error, LAB_ERROR_LAB, "%s", cause->message);
	return true;
}
