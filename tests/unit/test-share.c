// SPDX-License-Identifier: GPL-2.0-only
/* Who owns what in the share; the mount with swapped owners needs root. */
#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lib/fd.h"
#include "libvm/share.h"

struct fixture {
	char *folder, *root, *run, *file;
	struct conf conf;
	struct share share;
	guint notes;
	struct progress progress;
};

static void count_note(void *data, const char *text)
{
	struct fixture *f = data;

	g_test_message("%s", text);
	f->notes++;
}

static void set_up(struct fixture *f, gconstpointer data)
{
	f->folder = g_dir_make_tmp("vexvm-share-XXXXXX", NULL);
	f->root = g_build_filename(f->folder, "my source", NULL);
	f->run = g_build_filename(f->folder, "run", NULL);
	f->file = g_build_filename(f->root, "file", NULL);
	g_assert_cmpint(g_mkdir(f->root, 0755), ==, 0);
	g_assert_cmpint(g_mkdir(f->run, 0700), ==, 0);
	g_assert_true(g_file_set_contents(f->file, "x", -1, NULL));
	f->conf = (struct conf){ .root = f->root, .runtime_dir = f->run, .mount = true };
	f->share.mount_fd = -1;
	f->progress = (struct progress){ .note = count_note, .data = f };
}

static void tear_down(struct fixture *f, gconstpointer data)
{
	g_autofree char *made = g_build_filename(f->root, "made", NULL);
	g_autofree char *source = g_build_filename(f->run, "source", NULL);

	share_clear(&f->share);
	g_unlink(made);
	g_unlink(f->file);
	g_rmdir(source);
	g_assert_cmpint(g_rmdir(f->run), ==, 0);
	g_assert_cmpint(g_rmdir(f->root), ==, 0);
	g_assert_cmpint(g_rmdir(f->folder), ==, 0);
	g_free(f->folder);
	g_free(f->root);
	g_free(f->run);
	g_free(f->file);
}

static void test_uid(struct fixture *f, gconstpointer data)
{
	struct conf gone = { .root = (char *)"/nonexistent" };

	g_assert_cmpuint(share_guest_uid(&f->conf), ==, getuid() ? getuid() : 1000);
	g_assert_cmpuint(share_guest_uid(&gone), ==, getuid() ? getuid() : 1000);
	if (getuid() == 0 && chown(f->root, 4242, 4242) == 0)
		g_assert_cmpuint(share_guest_uid(&f->conf), ==, 4242);
}

static void test_off(struct fixture *f, gconstpointer data)
{
	f->conf.mount = false;
	share_init(&f->share, &f->conf, &f->progress);
	g_assert_cmpint(f->share.mode, ==, PLAN_SHARE_NONE);
	g_assert_null(f->share.path);
	g_assert_true(share_enter(&f->share));
}

/* A tree that is not root's goes out as it is. */
static void test_plain(struct fixture *f, gconstpointer data)
{
	if (getuid() == 0)
		g_assert_cmpint(chown(f->root, 4242, 4242), ==, 0);
	share_init(&f->share, &f->conf, &f->progress);
	g_assert_cmpint(f->share.mode, ==,
			getuid() ? PLAN_SHARE_AS_USER : PLAN_SHARE_PASSTHROUGH);
	g_assert_cmpstr(f->share.path, ==, f->root);
	g_assert_cmpint(f->share.mount_fd, ==, -1);
	g_assert_cmpuint(f->notes, ==, 0);
}

/* A filesystem that knows no other owners is exported plain, with one note. */
static void test_cannot_swap(struct fixture *f, gconstpointer data)
{
	if (getuid() != 0) {
		g_test_skip("only root swaps owners");
		return;
	}
	f->conf.root = (char *)"/proc";
	share_init(&f->share, &f->conf, &f->progress);
	g_assert_cmpint(f->share.mode, ==, PLAN_SHARE_PASSTHROUGH);
	g_assert_cmpstr(f->share.path, ==, "/proc");
	g_assert_cmpint(f->share.mount_fd, ==, -1);
	g_assert_cmpuint(f->notes, ==, 1);
}

/* What QEMU sees and does behind the mount; the exit status tells the line. */
static int look_behind(struct fixture *f)
{
	struct stat st;
	int dir, fd;

	if (!share_enter(&f->share))
		return __LINE__ % 256;
	dir = open(f->share.path, O_PATH | O_DIRECTORY);
	if (fstatat(dir, "file", &st, 0) < 0 || st.st_uid != 1000 || st.st_gid != 1000)
		return __LINE__ % 256;
	fd = openat(dir, "made", O_CREAT | O_WRONLY | O_EXCL, 0644);
	if (fd < 0 || fchown(fd, 1000, 1000) < 0 || fstat(fd, &st) < 0 || st.st_uid != 1000)
		return __LINE__ % 256;
	return 0;
}

static void test_swapped(struct fixture *f, gconstpointer data)
{
	g_autofree char *made = g_build_filename(f->root, "made", NULL);
	struct stat st;
	int status;
	pid_t pid;

	if (getuid() != 0) {
		g_test_skip("only root swaps owners");
		return;
	}
	share_init(&f->share, &f->conf, &f->progress);
	g_assert_cmpint(waitpid(-1, NULL, WNOHANG), ==, -1);
	g_assert_cmpint(errno, ==, ECHILD);
	if (f->share.mount_fd < 0) {
		g_test_skip("this filesystem or kernel cannot swap owners");
		return;
	}
	g_assert_cmpint(f->share.mount_fd, >, PLAN_QMP_FD);
	pid = fork();
	if (pid == 0)
		_exit(look_behind(f));
	g_assert_cmpint(waitpid(pid, &status, 0), ==, pid);
	g_assert_cmpint(status, ==, 0);
	/* On the host all of it is root's, and nothing is mounted here. */
	g_assert_cmpint(stat(made, &st), ==, 0);
	g_assert_cmpuint(st.st_uid, ==, 0);
	g_assert_cmpuint(st.st_gid, ==, 0);
	g_assert_cmpint(g_rmdir(f->share.path), ==, 0);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add("/share/uid", struct fixture, NULL, set_up, test_uid, tear_down);
	g_test_add("/share/off", struct fixture, NULL, set_up, test_off, tear_down);
	g_test_add("/share/plain", struct fixture, NULL, set_up, test_plain, tear_down);
	g_test_add("/share/cannot-swap", struct fixture, NULL, set_up, test_cannot_swap, tear_down);
	g_test_add("/share/swapped", struct fixture, NULL, set_up, test_swapped, tear_down);
	return g_test_run();
}
