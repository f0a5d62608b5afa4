// SPDX-License-Identifier: GPL-2.0-only
#include "lib/lock.h"

#include <glib/gstdio.h>
#include <unistd.h>

#include "lib/fault.h"

struct fixture {
	char *dir, *path;
};

static void set_up(struct fixture *f, gconstpointer data)
{
	f->dir = g_dir_make_tmp("vexvm-lock-XXXXXX", NULL);
	f->path = g_build_filename(f->dir, "below", "lock", NULL);
}

static void tear_down(struct fixture *f, gconstpointer data)
{
	g_autofree char *below = g_path_get_dirname(f->path);

	g_unlink(f->path);
	g_rmdir(below);
	g_rmdir(f->dir);
	g_free(f->path);
	g_free(f->dir);
}

/* Who is refused learns by whom and what for. */
static void test_held(struct fixture *f, gconstpointer data)
{
	g_autoptr(GError) error = NULL;
	g_autofree char *words = g_strdup_printf("PID %d, which is painting", getpid());
	struct lock *lock = lock_try(f->path, "painting", LAB_ERROR_LAB, &error);

	g_assert_no_error(error);
	g_assert_null(lock_try(f->path, "waiting", LAB_ERROR_USAGE, &error));
	g_assert_error(error, LAB_ERROR, LAB_ERROR_USAGE);
	g_assert_nonnull(strstr(error->message, words));
	lock_free(lock);
	g_clear_error(&error);
	lock = lock_try(f->path, "again", LAB_ERROR_LAB, &error);
	g_assert_no_error(error);
	lock_free(lock);
}

static gpointer wait_for_it(gpointer data)
{
	return lock_wait(data, "waiting", NULL, NULL);
}

/* One whose file its holder removed is no lock: who waited for it takes the new one. */
static void test_removed(struct fixture *f, gconstpointer data)
{
	g_autoptr(GError) error = NULL;
	struct lock *lock = lock_try(f->path, "removing", LAB_ERROR_LAB, &error);
	struct lock *waited;
	GThread *thread;

	g_assert_no_error(error);
	thread = g_thread_new("waits", wait_for_it, f->path);
	g_assert_cmpint(g_unlink(f->path), ==, 0);
	lock_free(lock);
	waited = g_thread_join(thread);
	g_assert_nonnull(waited);
	g_assert_null(lock_try(f->path, "third", LAB_ERROR_LAB, &error));
	g_assert_error(error, LAB_ERROR, LAB_ERROR_LAB);
	lock_free(waited);
}

/* Of a folder that cannot be written to it is said what to do; of one that is no folder that would be no help. */
static void test_refused(struct fixture *f, gconstpointer data)
{
	g_autoptr(GError) error = NULL;
	g_autofree char *below = NULL;

	/* The kernel alone makes folders there, and refuses root as well. */
	g_assert_null(lock_try("/sys/vexvm/lock", "trying", LAB_ERROR_LAB, &error));
	g_assert_error(error, LAB_ERROR, LAB_ERROR_LAB);
	g_assert_true(g_str_has_prefix(error->message, "cannot make the lock file /sys/vexvm/lock: "));
	g_assert_nonnull(strstr(error->message, "; make its folder writable, or choose another: --project=DIR "));
	g_clear_error(&error);
	lock_free(lock_try(f->path, "making it", LAB_ERROR_LAB, NULL));
	below = g_build_filename(f->path, "lock", NULL);
	g_assert_null(lock_wait(below, "trying", NULL, &error));
	g_assert_error(error, LAB_ERROR, LAB_ERROR_LAB);
	g_assert_null(strstr(error->message, "writable"));
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add("/lock/held", struct fixture, NULL, set_up, test_held, tear_down);
	g_test_add("/lock/removed", struct fixture, NULL, set_up, test_removed, tear_down);
	g_test_add("/lock/refused", struct fixture, NULL, set_up, test_refused, tear_down);
	return g_test_run();
}
