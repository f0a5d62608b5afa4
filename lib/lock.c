// SPDX-License-Identifier: GPL-2.0-only
#include "lib/lock.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>

#include "lib/fault.h"
#include "lib/fd.h"

struct lock {
	int fd;
};

/* What to do about a folder that nobody, or not this user, may write to. */
static const char *remedy(int errnum)
{
	return errnum == EROFS || errnum == EACCES || errnum == EPERM ?
	       "; make its folder writable, or choose another: --project=DIR for the VM's files (the module "
	       "may lie elsewhere: --source=DIR), --cache=DIR for images" : "";
}

static struct lock *lock_open(const char *path, GError **error)
{
	g_autofree char *folder = g_path_get_dirname(path);
	struct lock *lock;
	int fd = -1;

	if (g_mkdir_with_parents(folder, 0755) == 0)
		fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	if (fd < 0) {
		fault_set(error, LAB_ERROR_LAB, "cannot make the lock file %s: %s%s", path, g_strerror(errno),
			  remedy(errno));
		return NULL;
	}
	lock = g_new0(struct lock, 1);
	lock->fd = fd;
	return lock;
}

/* What the holder wrote: "PID 12, which is PURPOSE". */
static char *holder(const struct lock *lock)
{
	char text[256];
	ssize_t n = pread(lock->fd, text, sizeof(text) - 1, 0);

	if (n <= 0)
		return g_strdup("another vexvm");
	text[n] = '\0';
	return g_strdup(g_strchomp(text));
}

static void sign(struct lock *lock, const char *purpose)
{
	g_autofree char *text = g_strdup_printf("PID %d, which is %s\n", getpid(), purpose);

	if (ftruncate(lock->fd, 0) == 0)
		(void)!pwrite(lock->fd, text, strlen(text), 0);
}

/* Its holder may have removed the file, with the folder it lies in: then it guards nothing. */
static bool is_there(const struct lock *lock, const char *path)
{
	struct stat ours, there;

	return fstat(lock->fd, &ours) == 0 && stat(path, &there) == 0 &&
	       ours.st_dev == there.st_dev && ours.st_ino == there.st_ino;
}

struct lock *lock_try(const char *path, const char *purpose, int code, GError **error)
{
	for (;;) {
		g_autoptr(lock_owner) lock = lock_open(path, error);
		g_autofree char *who = NULL;

		if (!lock)
			return NULL;
		if (flock(lock->fd, LOCK_EX | LOCK_NB) < 0) {
			who = holder(lock);
			fault_set(error, code, "busy: the lock is held by %s; wait for it, or end it "
				  "and run again", who);
			return NULL;
		}
		if (is_there(lock, path)) {
			sign(lock, purpose);
			return g_steal_pointer(&lock);
		}
	}
}

static bool await(struct lock *lock, const struct progress *progress)
{
	g_autofree char *who = NULL;

	if (flock(lock->fd, LOCK_EX | LOCK_NB) == 0)
		return true;
	who = holder(lock);
	progress_note(progress, "Waiting for %s", who);
	while (flock(lock->fd, LOCK_EX) < 0)
		if (errno != EINTR)
			return false;
	return true;
}

struct lock *lock_wait(const char *path, const char *purpose,
		       const struct progress *progress, GError **error)
{
	for (;;) {
		g_autoptr(lock_owner) lock = lock_open(path, error);

		if (!lock)
			return NULL;
		if (!await(lock, progress)) {
			fault_set_errno(error, LAB_ERROR_LAB, errno, "cannot lock %s", path);
			return NULL;
		}
		if (is_there(lock, path)) {
			sign(lock, purpose);
			return g_steal_pointer(&lock);
		}
	}
}

void lock_free(struct lock *lock)
{
	if (!lock)
		return;
	fd_close(&lock->fd);
	g_free(lock);
}
