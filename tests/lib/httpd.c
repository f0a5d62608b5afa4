// SPDX-License-Identifier: GPL-2.0-only
#include "tests/lib/httpd.h"

#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "lib/fd.h"

#define REQUEST_MAX 8192

static char *read_request(int fd)
{
	g_autofree char *buf = g_malloc0(REQUEST_MAX);
	gsize size = 0;

	while (!strstr(buf, "\r\n\r\n") && size < REQUEST_MAX - 1) {
		ssize_t n = read(fd, buf + size, REQUEST_MAX - 1 - size);

		if (n <= 0)
			return NULL;
		size += (gsize)n;
	}
	return g_steal_pointer(&buf);
}

/* If-Range names the file's tag or its date. */
static bool fits(const struct httpd *h, const char *condition)
{
	return (h->etag && g_str_has_prefix(condition, h->etag)) ||
	       (h->modified && g_str_has_prefix(condition, h->modified));
}

/* Where the answer begins: honours Range when If-Range still fits. */
static gsize range_start(struct httpd *h, const char *request, gsize size)
{
	const char *range = strstr(request, "Range: bytes=");
	const char *condition = strstr(request, "If-Range: ");
	guint64 start;

	while (range && range > request && range[-1] != '\n')
		range = strstr(range + 1, "Range: bytes=");
	if (!range || h->no_ranges)
		return 0;
	if (condition && !fits(h, condition + strlen("If-Range: ")))
		return 0;
	start = g_ascii_strtoull(range + strlen("Range: bytes="), NULL, 10);
	if (start >= size)
		return size;
	h->ranges++;
	return (gsize)start;
}

static void send_body(struct httpd *h, int fd, const char *data, gsize size)
{
	gsize part = size;
	struct pollfd p = { .fd = fd, .events = POLLIN };

	if (h->cut_after && h->cuts > 0 && size > h->cut_after) {
		part = h->cut_after;
		h->cuts--;
	}
	fd_write_all(fd, data, part);
	/* Silent until the client gives up. */
	if (part < size && h->stall)
		poll(&p, 1, 60000);
}

static void answer(struct httpd *h, int fd, const char *request)
{
	g_auto(GStrv) words = g_strsplit(request, " ", 3);
	GBytes *file = words[1] ? g_hash_table_lookup(h->files, words[1]) : NULL;
	gsize size = 0, start;
	const char *data = file ? g_bytes_get_data(file, &size) : NULL;
	int status = h->status ? h->status : file ? 200 : 404;
	g_autoptr(GString) head = g_string_new(NULL);

	h->requests++;
	start = status == 200 ? range_start(h, request, size) : 0;
	if (h->redirect && status == 200)
		status = 302;
	else if (start > 0 && start == size)
		status = 416;
	else if (start > 0)
		status = 206;
	g_string_printf(head, "HTTP/1.1 %d Status\r\nConnection: close\r\n", status);
	if (status == 302)
		g_string_append_printf(head, "Location: %s\r\n", h->redirect);
	if (h->etag)
		g_string_append_printf(head, "ETag: %s\r\n", h->etag);
	if (h->modified)
		g_string_append_printf(head, "Last-Modified: %s\r\n", h->modified);
	if (status == 206 && h->wrong_range)
		start++;
	if (status == 206)
		g_string_append_printf(head, "Content-Range: bytes %zu-%zu/%zu\r\n", start, size - 1,
				       size);
	if (status == 416)
		g_string_append_printf(head, "Content-Range: bytes */%zu\r\n", size);
	g_string_append_printf(head, "Content-Length: %" G_GUINT64_FORMAT "\r\n\r\n",
			       status != 200 && status != 206 ? 0 :
			       h->claim ? h->claim : size - start);
	fd_write_all(fd, head->str, head->len);
	if (status == 200 || status == 206)
		send_body(h, fd, data + start, size - start);
}

static gpointer serve(gpointer data)
{
	struct httpd *h = data;

	for (;;) {
		auto_fd fd = accept4(h->fd, NULL, NULL, SOCK_CLOEXEC);
		g_autofree char *request = NULL;

		if (fd < 0)
			return NULL;
		request = read_request(fd);
		if (!request)
			continue;
		g_mutex_lock(&h->lock);
		answer(h, fd, request);
		g_mutex_unlock(&h->lock);
	}
}

struct httpd *httpd_start(void)
{
	struct sockaddr_in addr = { .sin_family = AF_INET,
				    .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t length = sizeof(addr);
	struct httpd *h = g_new0(struct httpd, 1);

	h->files = g_hash_table_new_full(g_str_hash, g_str_equal, g_free,
					 (GDestroyNotify)g_bytes_unref);
	h->cuts = G_MAXUINT;
	h->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	g_assert_cmpint(bind(h->fd, (struct sockaddr *)&addr, sizeof(addr)), ==, 0);
	g_assert_cmpint(listen(h->fd, 8), ==, 0);
	g_assert_cmpint(getsockname(h->fd, (struct sockaddr *)&addr, &length), ==, 0);
	h->base = g_strdup_printf("http://127.0.0.1:%u", ntohs(addr.sin_port));
	h->thread = g_thread_new("httpd", serve, h);
	return h;
}

void httpd_add(struct httpd *h, const char *path, const void *data, gsize size)
{
	g_mutex_lock(&h->lock);
	g_hash_table_replace(h->files, g_strdup(path), g_bytes_new(data, size));
	g_mutex_unlock(&h->lock);
}

void httpd_stop(struct httpd *h)
{
	shutdown(h->fd, SHUT_RDWR);
	g_thread_join(h->thread);
	close(h->fd);
	g_hash_table_unref(h->files);
	g_free(h->base);
	g_free(h);
}
