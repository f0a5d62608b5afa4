// SPDX-License-Identifier: GPL-2.0-only
/* Who owns what in the share; the mount with swapped owners needs root. */
#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lib/fd.h"
#include "libvm/share.h"

struct fixture {
	char *folder, *root, *run, *file, *state, *key;
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
	f->state = g_build_filename(f->root, ".vexvm", NULL);
	f->key = g_build_filename(f->state, "key", NULL);
	g_assert_cmpint(g_mkdir(f->root, 0755), ==, 0);
	g_assert_cmpint(g_mkdir(f->run, 0700), ==, 0);
	g_assert_cmpint(g_mkdir(f->state, 0755), ==, 0);
	g_assert_true(g_file_set_contents(f->file, "x", -1, NULL));
	g_assert_true(g_file_set_contents(f->key, "secret", -1, NULL));
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
	g_unlink(f->key);
	g_rmdir(f->state);
	g_rmdir(source);
	g_assert_cmpint(g_rmdir(f->run), ==, 0);
	g_assert_cmpint(g_rmdir(f->root), ==, 0);
	g_assert_cmpint(g_rmdir(f->folder), ==, 0);
	g_free(f->folder);
	g_free(f->root);
	g_free(f->run);
	g_free(f->file);
	g_free(f->state);
	g_free(f->key);
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

/* An ordinary user's tree goes out as it is. */
static void test_plain(struct fixture *f, gconstpointer data)
{
	if (getuid() == 0) {
		g_test_skip("root has a mount of its own");
		return;
	}
	share_init(&f->share, &f->conf, &f->progress);
	g_assert_cmpint(f->share.mode, ==, PLAN_SHARE_AS_USER);
	g_assert_cmpstr(f->share.path, ==, f->root);
	g_assert_cmpint(f->share.mount_fd, ==, -1);
	g_assert_cmpuint(f->notes, ==, 0);
}

/* Root's tree of a filesystem that knows no other owners: one note, and what is there. */
static void test_cannot_swap(struct fixture *f, gconstpointer data)
{
	if (getuid() != 0) {
		g_test_skip("only root swaps owners");
		return;
	}
	f->conf.root = (char *)"/proc";
	share_init(&f->share, &f->conf, &f->progress);
	g_assert_cmpint(f->share.mode, ==, PLAN_SHARE_PASSTHROUGH);
	if (f->share.mount_fd < 0)
		g_assert_cmpstr(f->share.path, ==, "/proc");
	g_assert_cmpuint(f->notes, ==, 1);
}

static bool is_empty(const char *path)
{
	g_autoptr(GDir) dir = g_dir_open(path, 0, NULL);

	return dir && !g_dir_read_name(dir);
}

/* Root's QEMU: the lab's own folder is empty and stays so, all else is there. */
static int look_for_state(struct fixture *f)
{
	g_autofree char *hidden = NULL, *key = NULL, *made = NULL, *moved = NULL;

	if (!share_enter(&f->share))
		return __LINE__ % 256;
	hidden = g_build_filename(f->share.path, ".vexvm", NULL);
	key = g_build_filename(hidden, "key", NULL);
	made = g_build_filename(f->share.path, "made", NULL);
	moved = g_build_filename(f->share.path, "moved", NULL);
	if (!is_empty(hidden))
		return __LINE__ % 256;
	if (g_file_set_contents_full(key, "mine", -1, G_FILE_SET_CONTENTS_NONE, 0600, NULL) ||
	    g_rename(hidden, moved) == 0 || g_rmdir(hidden) == 0)
		return __LINE__ % 256;
	if (!g_file_set_contents(made, "x", -1, NULL))
		return __LINE__ % 256;
	/* QEMU opens its own files by their own paths. */
	return g_access(f->key, R_OK) == 0 ? 0 : __LINE__ % 256;
}

/* On a host whose mounts are shared, as systemd's are, nothing of it is seen outside. */
static int hide_on_shared_host(struct fixture *f)
{
	int status;
	pid_t pid;

	if (unshare(CLONE_NEWNS) < 0 || mount("", "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0 ||
	    mount("", "/", NULL, MS_SHARED, NULL) < 0)
		return __LINE__ % 256;
	share_init(&f->share, &f->conf, &f->progress);
	if (f->share.mount_fd <= PLAN_QMP_FD || f->notes)
		return __LINE__ % 256;
	pid = fork();
	if (pid == 0)
		_exit(look_for_state(f));
	if (waitpid(pid, &status, 0) != pid || !WIFEXITED(status))
		return __LINE__ % 256;
	if (WEXITSTATUS(status))
		return WEXITSTATUS(status);
	return g_access(f->key, R_OK) == 0 && is_empty(f->share.path) ? 0 : __LINE__ % 256;
}

static void test_hidden(struct fixture *f, gconstpointer data)
{
	int status;
	pid_t pid;

	if (getuid() != 0 || g_access("/proc/self/ns/mnt", F_OK) < 0) {
		g_test_skip("only root has a mount of its own");
		return;
	}
	g_assert_cmpint(chown(f->root, GPOINTER_TO_UINT(data), GPOINTER_TO_UINT(data)), ==, 0);
	pid = fork();
	if (pid == 0)
		_exit(hide_on_shared_host(f));
	g_assert_cmpint(waitpid(pid, &status, 0), ==, pid);
	g_assert_cmpint(status, ==, 0);
}

static gpointer init_often(gpointer data)
{
	struct fixture *f = data;

	for (guint i = 0; i < 50; i++) {
		struct share share;

		share_init(&share, &f->conf, NULL);
		share_clear(&share);
	}
	return NULL;
}

/* Below a root of its own a process may make no user namespace. */
static int init_where_none_can_be_made(struct fixture *f)
{
	GThread *threads[4];

	alarm(60);
	if (chroot(f->folder) < 0)
		return 0;
	f->conf.root = (char *)"/my source";
	f->conf.runtime_dir = (char *)"/run";
	for (guint i = 0; i < G_N_ELEMENTS(threads); i++)
		threads[i] = g_thread_new("init", init_often, f);
	for (guint i = 0; i < G_N_ELEMENTS(threads); i++)
		g_thread_join(threads[i]);
	return 0;
}

/* Several at a time that cannot swap owners: none waits for another's helper. */
static void test_threads(struct fixture *f, gconstpointer data)
{
	int status;
	pid_t pid;

	if (getuid() != 0) {
		g_test_skip("only root swaps owners");
		return;
	}
	pid = fork();
	if (pid == 0)
		_exit(init_where_none_can_be_made(f));
	g_assert_cmpint(waitpid(pid, &status, 0), ==, pid);
	g_assert_cmpint(status, ==, 0);
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
	g_test_add("/share/hidden/user", struct fixture, GUINT_TO_POINTER(4242), set_up, test_hidden,
		   tear_down);
	g_test_add("/share/hidden/root", struct fixture, GUINT_TO_POINTER(0), set_up, test_hidden,
		   tear_down);
	g_test_add("/share/threads", struct fixture, NULL, set_up, test_threads, tear_down);
	g_test_add("/share/swapped", struct fixture, NULL, set_up, test_swapped, tear_down);
	return g_test_run();
}
