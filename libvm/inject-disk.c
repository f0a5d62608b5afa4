// SPDX-License-Identifier: GPL-2.0-only
#include "libvm/inject-disk.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include "lib/fault.h"
#include "lib/fd.h"
#include "libvm/nbd.h"

struct inject_disk {
	int image, listener;
	struct nbd_export export;
	GThread *thread;
	GMutex mutex;		/* of what is below */
	GCond news;		/* it is to end */
	bool ending;
	int client;		/* -1 = none */
	bool armed;
	struct inject_rule rule;
	struct inject_count count;
};

enum verdict { LET_PASS, HIT };

/* Counts the request; HIT, with the rule in *@ret, when it is to have its error. Waits for a slow disk. */
static enum verdict meet(struct inject_disk *d, enum inject_op op, guint64 offset, guint64 bytes,
			 struct inject_rule *ret)
{
	enum verdict verdict = LET_PASS;
	gint64 until;

	g_mutex_lock(&d->mutex);
	*ret = d->rule;
	if (d->armed && inject_counts(ret, op, offset, bytes)) {
		d->count.requests++;
		if (inject_hits(ret, d->count.requests))
			verdict = HIT;
		d->count.injected += verdict == HIT;
	}
	until = g_get_monotonic_time() + ret->ms * 1000ll;
	while (verdict == HIT && ret->kind == INJECT_SLOW && !d->ending &&
	       g_cond_wait_until(&d->news, &d->mutex, until))
		;
	g_mutex_unlock(&d->mutex);
	return ret->kind == INJECT_SLOW ? LET_PASS : verdict;
}

static int write_file(const struct inject_disk *d, guint64 offset, const char *bytes, gsize size)
{
	while (size > 0) {
		ssize_t n = pwrite(d->image, bytes, size, (off_t)offset);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return errno;
		bytes += n;
		offset += (guint64)n;
		size -= (gsize)n;
	}
	return 0;
}

static int take_read(void *data, guint64 offset, void *bytes, guint32 size)
{
	struct inject_disk *d = data;
	struct inject_rule rule;
	char *at = bytes;

	if (meet(d, INJECT_READ, offset, size, &rule) == HIT)
		return EIO;
	while (size > 0) {
		ssize_t n = pread(d->image, at, size, (off_t)offset);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return EIO;
		at += n;
		offset += (guint64)n;
		size -= (guint32)n;
	}
	return 0;
}

static int take_write(void *data, guint64 offset, const void *bytes, guint32 size)
{
	struct inject_disk *d = data;
	struct inject_rule rule;
	int error;

	if (meet(d, INJECT_WRITE, offset, size, &rule) != HIT)
		return write_file(d, offset, bytes, size);
	error = write_file(d, offset, bytes, MIN(size, (guint64)rule.keep * INJECT_SECTOR));
	return error ? error : rule.kind == INJECT_TORN ? 0 : EIO;
}

/* What was written is in the host's page cache, which is as far as any disk of the lab goes. */
static int take_flush(void *data)
{
	struct inject_rule rule;

	return meet(data, INJECT_FLUSH, 0, 0, &rule) == HIT ? EIO : 0;
}

/* The client of which inject_disk_free() knows, or -1 when it has begun. */
static bool set_client(struct inject_disk *d, int fd)
{
	bool ok;

	g_mutex_lock(&d->mutex);
	ok = !d->ending;
	d->client = ok ? fd : -1;
	g_mutex_unlock(&d->mutex);
	return ok;
}

static gpointer serve(gpointer data)
{
	struct inject_disk *d = data;
	int fd;

	while ((fd = accept4(d->listener, NULL, NULL, SOCK_CLOEXEC)) >= 0 || errno == EINTR) {
		if (fd < 0)
			continue;
		if (set_client(d, fd))
			nbd_serve(fd, &d->export);
		set_client(d, -1);
		fd_close(&fd);
	}
	return NULL;
}

static bool open_all(struct inject_disk *d, const char *image, const char *path, GError **error)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	struct stat st;

	/* A link there would be a guest's. */
	d->image = open(image, O_RDWR | O_NOFOLLOW | O_CLOEXEC);
	if (d->image < 0 || fstat(d->image, &st) < 0)
		return fault_set_errno(error, LAB_ERROR_LAB, errno, "cannot open %s", image);
	d->export.size = (guint64)st.st_size;
	if (g_strlcpy(address.sun_path, path, sizeof(address.sun_path)) >= sizeof(address.sun_path))
		return fault_set(error, LAB_ERROR_LAB, "%s is too long for a socket", path);
	unlink(path);
	d->listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (d->listener < 0 || bind(d->listener, (struct sockaddr *)&address, sizeof(address)) < 0 ||
	    listen(d->listener, 1) < 0)
		return fault_set_errno(error, LAB_ERROR_LAB, errno, "cannot make the socket %s", path);
	return true;
}

struct inject_disk *inject_disk_new(const char *image, const char *path, GError **error)
{
	struct inject_disk *d = g_new0(struct inject_disk, 1);

	d->image = d->listener = d->client = -1;
	d->export = (struct nbd_export){ .read = take_read, .write = take_write, .flush = take_flush,
					 .data = d };
	g_mutex_init(&d->mutex);
	g_cond_init(&d->news);
	if (open_all(d, image, path, error)) {
		d->thread = g_thread_new("disk", serve, d);
		return d;
	}
	inject_disk_free(d);
	return NULL;
}

void inject_disk_free(struct inject_disk *d)
{
	if (!d)
		return;
	g_mutex_lock(&d->mutex);
	d->ending = true;
	if (d->client >= 0)
		shutdown(d->client, SHUT_RDWR);
	g_cond_broadcast(&d->news);
	g_mutex_unlock(&d->mutex);
	/* It has accept() return. */
	if (d->thread)
		shutdown(d->listener, SHUT_RDWR);
	if (d->thread)
		g_thread_join(d->thread);
	fd_close(&d->listener);
	fd_close(&d->image);
	g_mutex_clear(&d->mutex);
	g_cond_clear(&d->news);
	g_free(d);
}

void inject_disk_arm(struct inject_disk *d, const struct inject_rule *rule)
{
	g_mutex_lock(&d->mutex);
	d->armed = rule;
	d->rule = rule ? *rule : (struct inject_rule){ 0 };
	d->count = (struct inject_count){ 0 };
	g_mutex_unlock(&d->mutex);
}

struct inject_count inject_disk_count(struct inject_disk *d)
{
	struct inject_count count;

	g_mutex_lock(&d->mutex);
	count = d->count;
	g_mutex_unlock(&d->mutex);
	return count;
}
