// SPDX-License-Identifier: GPL-2.0-only
#include "tests/lib/wire.h"

#include <poll.h>
#include <string.h>
#include <sys/socket.h>

#include "lib/fd.h"


gint64 wire_soon(void)
{
	return g_get_monotonic_time() + WIRE_LIMIT;
}

void wire_write(int fd, const void *data, gsize size)
{
	/* A peer that has had enough may be gone. */
	for (gsize at = 0; at < size;) {
		ssize_t n = send(fd, (const char *)data + at, size - at, MSG_NOSIGNAL);

		if (n < 0)
			return;
		at += (gsize)n;
	}
}

void wire_write_zeros(int fd, gsize size)
{
	g_autofree char *zeros = g_malloc0(size);

	wire_write(fd, zeros, size);
}

void wire_write_frame(int fd, enum wire_type type, const void *payload, guint32 size)
{
	guint8 frame[WIRE_HEADER + WIRE_PAYLOAD_MAX];

	wire_header(frame, type, payload, size);
	if (size > 0)
		memcpy(frame + WIRE_HEADER, payload, size);
	wire_write(fd, frame, WIRE_HEADER + size);
}

GBytes *wire_await(int fd, enum wire_type type)
{
	g_autoptr(GByteArray) in = g_byte_array_new();
	guint8 buf[WIRE_PADDING];
	ssize_t n = 0;

	for (;;) {
		struct wire_frame frame;
		gsize used;
		bool whole = wire_parse(in->data, in->len, &used, &frame);
		GBytes *found = whole && frame.type == type ?
				g_bytes_new(frame.payload, frame.length) : NULL;

		if (used > 0)
			g_byte_array_remove_range(in, 0, (guint)used);
		if (found)
			return found;
		if (whole)
			continue;
		g_assert_cmpint(fd_wait(fd, POLLIN, wire_soon()), >, 0);
		n = recv(fd, buf, sizeof(buf), 0);
		if (n <= 0)
			return NULL;
		g_byte_array_append(in, buf, (guint)n);
	}
}
