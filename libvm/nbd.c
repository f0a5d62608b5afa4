// SPDX-License-Identifier: GPL-2.0-only
#include "libvm/nbd.h"

#include <errno.h>

#include "lib/fd.h"

/* Numbers of the protocol; all integers on the wire are big endian. */
#define INIT_MAGIC 0x4e42444d41474943ull	/* "NBDMAGIC" */
#define OPTION_MAGIC 0x49484156454f5054ull	/* "IHAVEOPT" */
#define OPTION_REPLY_MAGIC 0x3e889045565a9ull
#define REQUEST_MAGIC 0x25609513u
#define REPLY_MAGIC 0x67446698u

#define FLAG_FIXED_NEWSTYLE 1u
#define FLAG_NO_ZEROES 2u

#define OPT_EXPORT_NAME 1u
#define OPT_ABORT 2u
#define OPT_GO 7u
#define OPTION_MAX 4096u	/* bytes of an option's data */

#define REP_ACK 1u
#define REP_INFO 3u
#define REP_ERR_UNSUP 0x80000001u
#define INFO_EXPORT 0u

#define EXPORT_FLAGS 5u		/* has flags, sends flush */

#define CMD_READ 0u
#define CMD_WRITE 1u
#define CMD_DISC 2u
#define CMD_FLUSH 3u

struct server {
	int fd;
	const struct nbd_export *export;
	bool no_zeroes;
	char *bytes;		/* of a read or a write */
	gsize room;
};

struct request {
	guint16 type;
	guint64 handle, offset;
	guint32 size;
};

/* The wire */

static guint64 get(const guint8 *at, guint bytes)
{
	guint64 value = 0;

	for (guint i = 0; i < bytes; i++)
		value = value << 8 | at[i];
	return value;
}

static guint8 *put(guint8 *at, guint64 value, guint bytes)
{
	for (guint i = bytes; i-- > 0; value >>= 8)
		at[i] = (guint8)value;
	return at + bytes;
}

static bool receive(struct server *s, void *bytes, gsize size)
{
	char *at = bytes;

	while (size > 0) {
		ssize_t n = read(s->fd, at, size);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return false;
		at += n;
		size -= (gsize)n;
	}
	return true;
}

/* Negotiation */

static bool reply_option(struct server *s, guint32 option, guint32 type, const void *data, guint32 size)
{
	guint8 header[20];

	put(put(put(put(header, OPTION_REPLY_MAGIC, 8), option, 4), type, 4), size, 4);
	return fd_write_all(s->fd, header, sizeof(header)) && fd_write_all(s->fd, data, size);
}

static bool go(struct server *s)
{
	guint8 info[12];

	put(put(put(info, INFO_EXPORT, 2), s->export->size, 8), EXPORT_FLAGS, 2);
	return reply_option(s, OPT_GO, REP_INFO, info, sizeof(info)) && reply_option(s, OPT_GO, REP_ACK, "", 0);
}

/* The old way to the same, without an answer but for the export's data. */
static bool export_name(struct server *s)
{
	guint8 data[10 + 124] = { 0 };

	put(put(data, s->export->size, 8), EXPORT_FLAGS, 2);
	return fd_write_all(s->fd, data, s->no_zeroes ? 10 : sizeof(data));
}

/* One option; *@done when requests follow. False: the client is to be left. */
static bool negotiate_option(struct server *s, bool *done)
{
	guint8 header[16], data[OPTION_MAX];
	guint32 option, size;

	if (!receive(s, header, sizeof(header)) || get(header, 8) != OPTION_MAGIC)
		return false;
	option = (guint32)get(header + 8, 4);
	size = (guint32)get(header + 12, 4);
	if (size > sizeof(data) || !receive(s, data, size))
		return false;
	*done = option == OPT_GO || option == OPT_EXPORT_NAME;
	if (option == OPT_GO)
		return go(s);
	if (option == OPT_EXPORT_NAME)
		return export_name(s);
	if (option == OPT_ABORT) {
		reply_option(s, option, REP_ACK, "", 0);
		return false;
	}
	return reply_option(s, option, REP_ERR_UNSUP, "", 0);
}

static bool negotiate(struct server *s)
{
	guint8 hello[18], flags[4];
	bool done = false;

	put(put(put(hello, INIT_MAGIC, 8), OPTION_MAGIC, 8), FLAG_FIXED_NEWSTYLE | FLAG_NO_ZEROES, 2);
	if (!fd_write_all(s->fd, hello, sizeof(hello)) || !receive(s, flags, sizeof(flags)))
		return false;
	s->no_zeroes = get(flags, 4) & FLAG_NO_ZEROES;
	while (!done)
		if (!negotiate_option(s, &done))
			return false;
	return true;
}

/* Requests */

static guint32 error_number(int error)
{
	/* These have the same numbers in the protocol as in Linux. */
	return error == 0 || error == EPERM || error == ENOMEM || error == EINVAL || error == ENOSPC ?
	       (guint32)error : EIO;
}

static bool reply(struct server *s, const struct request *r, int error, guint32 size)
{
	guint8 header[16];

	put(put(put(header, REPLY_MAGIC, 4), error_number(error), 4), r->handle, 8);
	return fd_write_all(s->fd, header, sizeof(header)) &&
	       (error || fd_write_all(s->fd, s->bytes, size));
}

static bool make_room(struct server *s, guint32 size)
{
	if (size > NBD_REQUEST_MAX)
		return false;
	if (size > s->room) {
		s->bytes = g_realloc(s->bytes, size);
		s->room = size;
	}
	return true;
}

static bool is_inside(const struct server *s, const struct request *r)
{
	return r->size > 0 && r->offset <= s->export->size && r->size <= s->export->size - r->offset;
}

/* The answer to one; false: the client is to be left. */
static bool answer(struct server *s, const struct request *r)
{
	const struct nbd_export *e = s->export;
	bool inside = is_inside(s, r);

	switch (r->type) {
	case CMD_READ:
		if (!make_room(s, r->size))
			return false;
		return reply(s, r, inside ? e->read(e->data, r->offset, s->bytes, r->size) : EINVAL, r->size);
	case CMD_WRITE:
		if (!make_room(s, r->size) || !receive(s, s->bytes, r->size))
			return false;
		return reply(s, r, inside ? e->write(e->data, r->offset, s->bytes, r->size) : EINVAL, 0);
	case CMD_FLUSH:
		return reply(s, r, e->flush(e->data), 0);
	default:
		return reply(s, r, EINVAL, 0);
	}
}

bool nbd_serve(int fd, const struct nbd_export *export)
{
	struct server s = { .fd = fd, .export = export };
	struct request r = { 0 };
	guint8 header[28];
	bool ok = negotiate(&s);

	while (ok && r.type != CMD_DISC) {
		ok = receive(&s, header, sizeof(header)) && get(header, 4) == REQUEST_MAGIC;
		if (!ok)
			break;
		/* Two bytes of flags lie before the type: none was offered. */
		r = (struct request){ .type = (guint16)get(header + 6, 2), .handle = get(header + 8, 8),
				      .offset = get(header + 16, 8), .size = (guint32)get(header + 24, 4) };
		if (r.type != CMD_DISC)
			ok = answer(&s, &r);
	}
	g_free(s.bytes);
	return ok;
}
