// SPDX-License-Identifier: GPL-2.0-only
/* Which files a source tree has, packed and mirrored. */
#include <archive.h>
#include <archive_entry.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/fd.h"
#include "lib/program.h"
#include "libvm/tree.h"

struct fixture {
	char *folder, *source, *copy, *archive;
};

static void put(const char *dir, const char *name, const char *text)
{
	g_autofree char *path = g_build_filename(dir, name, NULL);
	g_autofree char *parent = g_path_get_dirname(path);

	g_assert_cmpint(g_mkdir_with_parents(parent, 0755), ==, 0);
	g_assert_true(g_file_set_contents(path, text, -1, NULL));
}

static void run(const char *const *argv)
{
	g_autoptr(GError) error = NULL;

	program_check(argv, 60000, NULL, &error);
	g_assert_no_error(error);
}

static void set_up(struct fixture *f, gconstpointer data)
{
	g_autofree char *link = NULL;

	f->folder = g_dir_make_tmp("vexvm-tree-XXXXXX", NULL);
	f->source = g_build_filename(f->folder, "so urce", NULL);
	f->copy = g_build_filename(f->folder, "copy", NULL);
	f->archive = g_build_filename(f->folder, "tree.tar", NULL);
	put(f->source, "a.c", "int a;\n");
	put(f->source, "sub dir/b.c", "int b;\n");
	put(f->source, "a.o", "object");
	put(f->source, ".vexvm/default/disk.qcow2", "disk");
	link = g_build_filename(f->source, "link", NULL);
	g_assert_cmpint(symlink("a.c", link), ==, 0);
}

static void tear_down(struct fixture *f, gconstpointer data)
{
	const char *const argv[] = { "rm", "-rf", f->folder, NULL };

	run(argv);
	g_free(f->folder);
	g_free(f->source);
	g_free(f->copy);
	g_free(f->archive);
}

/* Makes the source a git work tree that ignores objects. */
static void git_init(struct fixture *f)
{
	const char *const argv[] = { "git", "-C", f->source, "init", "-q", NULL };

	run(argv);
	put(f->source, ".gitignore", "*.o\n.vexvm/\n");
}

static int compare(gconstpointer a, gconstpointer b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static void expect_files(struct fixture *f, const char *wanted)
{
	g_autoptr(GError) error = NULL;
	g_autoptr(GPtrArray) files = tree_files(f->source, &error);
	g_autofree char *list = NULL;

	g_assert_no_error(error);
	g_ptr_array_sort(files, compare);
	g_ptr_array_add(files, NULL);
	list = g_strjoinv("|", (char **)files->pdata);
	g_assert_cmpstr(list, ==, wanted);
}

static void test_plain(struct fixture *f, gconstpointer data)
{
	expect_files(f, "a.c|a.o|link|sub dir/b.c");
}

static void test_git(struct fixture *f, gconstpointer data)
{
	g_autofree char *gone = g_build_filename(f->source, "a.c", NULL);
	const char *const add[] = { "git", "-C", f->source, "add", "a.c", NULL };

	git_init(f);
	run(add);
	expect_files(f, ".gitignore|a.c|link|sub dir/b.c");
	/* Known to git, but not there any more. */
	g_unlink(gone);
	expect_files(f, ".gitignore|link|sub dir/b.c");
}

static void expect_entry(GHashTable *seen, const char *name, const char *text)
{
	g_assert_cmpstr(g_hash_table_lookup(seen, name), ==, text);
	g_hash_table_remove(seen, name);
}

static void test_archive(struct fixture *f, gconstpointer data)
{
	g_autoptr(GHashTable) seen = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
	struct archive *a = archive_read_new();
	struct archive_entry *entry;
	g_autoptr(GError) error = NULL;

	git_init(f);
	g_assert_true(tree_archive(f->source, f->archive, &error));
	g_assert_no_error(error);
	archive_read_support_format_tar(a);
	g_assert_cmpint(archive_read_open_filename(a, f->archive, 4096), ==, ARCHIVE_OK);
	while (archive_read_next_header(a, &entry) == ARCHIVE_OK) {
		char text[64] = "";

		if (archive_entry_filetype(entry) == AE_IFLNK)
			g_strlcpy(text, archive_entry_symlink(entry), sizeof(text));
		else
			archive_read_data(a, text, sizeof(text) - 1);
		g_hash_table_insert(seen, g_strdup(archive_entry_pathname(entry)), g_strdup(text));
	}
	archive_read_free(a);
	expect_entry(seen, "a.c", "int a;\n");
	expect_entry(seen, "sub dir/b.c", "int b;\n");
	expect_entry(seen, "link", "a.c");
	expect_entry(seen, ".gitignore", "*.o\n.vexvm/\n");
	g_assert_cmpuint(g_hash_table_size(seen), ==, 0);
}

/* Into a file that has no name. */
static void test_nameless_archive(struct fixture *f, gconstpointer data)
{
	auto_fd fd = open(f->archive, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	g_autofree char *path = g_strdup_printf("/proc/self/fd/%d", fd);
	g_autoptr(GError) error = NULL;
	char text[512] = "";

	g_assert_cmpint(fd, >=, 0);
	g_assert_cmpint(unlink(f->archive), ==, 0);
	g_assert_true(tree_archive(f->source, path, &error));
	g_assert_no_error(error);
	g_assert_cmpint(pread(fd, text, sizeof(text), 0), ==, sizeof(text));
	g_assert_cmpmem(text + 257, 5, "ustar", 5);
	g_assert_false(g_file_test(f->archive, G_FILE_TEST_EXISTS));
}

static gint64 changed(struct fixture *f, const char *name)
{
	g_autofree char *path = g_build_filename(f->copy, name, NULL);
	struct stat st;

	return lstat(path, &st) < 0 ? -1 : st.st_ctim.tv_sec * 1000000000ll + st.st_ctim.tv_nsec;
}

static void mirror(struct fixture *f)
{
	g_autoptr(GError) error = NULL;

	tree_mirror(f->source, f->copy, &error);
	g_assert_no_error(error);
}

static void test_mirror(struct fixture *f, gconstpointer data)
{
	g_autofree char *gone = g_build_filename(f->source, "sub dir", "b.c", NULL);
	gint64 before;

	git_init(f);
	mirror(f);
	before = changed(f, "a.c");
	g_assert_cmpint(before, >, 0);
	g_assert_cmpint(changed(f, "a.o"), ==, -1);
	put(f->copy, "built.o", "made there");
	put(f->source, "new.c", "int n;\n");
	g_unlink(gone);
	mirror(f);
	/* What did not change is not touched, so that make has nothing to do. */
	g_assert_cmpint(changed(f, "a.c"), ==, before);
	g_assert_cmpint(changed(f, "new.c"), >, 0);
	g_assert_cmpint(changed(f, "sub dir/b.c"), ==, -1);
	g_assert_cmpint(changed(f, "built.o"), >, 0);
	put(f->source, "a.c", "int aa;\n");
	mirror(f);
	g_assert_cmpint(changed(f, "a.c"), >, before);
}

/* Names of any kind; what is built in the mirror cannot have other files removed. */
static void test_mirror_names(struct fixture *f, gconstpointer data)
{
	g_autofree char *victim = g_build_filename(f->copy, "..", "victim", NULL);
	g_autofree char *up = g_build_filename(f->source, "e\n..", NULL);

	g_assert_cmpint(g_mkdir(up, 0755), ==, 0);
	put(up, "victim", "");
	mirror(f);
	g_assert_true(g_file_set_contents(victim, "mine", -1, NULL));
	put(f->copy, ".files", "../victim");
	put(f->copy, ".vexvm-files", "../victim\n");
	mirror(f);
	g_assert_true(g_file_test(victim, G_FILE_TEST_EXISTS));
	g_unlink(victim);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add("/tree/plain", struct fixture, NULL, set_up, test_plain, tear_down);
	g_test_add("/tree/git", struct fixture, NULL, set_up, test_git, tear_down);
	g_test_add("/tree/archive", struct fixture, NULL, set_up, test_archive, tear_down);
	g_test_add("/tree/nameless-archive", struct fixture, NULL, set_up, test_nameless_archive,
		   tear_down);
	g_test_add("/tree/mirror", struct fixture, NULL, set_up, test_mirror, tear_down);
	g_test_add("/tree/mirror-names", struct fixture, NULL, set_up, test_mirror_names, tear_down);
	return g_test_run();
}
