/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The serving side of the Network Block Device protocol, as much of it as QEMU needs to
 * have a disk from us: fixed newstyle negotiation, one export of whatever name, simple
 * replies (https://github.com/NetworkBlockDevice/nbd/blob/master/doc/proto.md).
 */
#ifndef LIBVM_NBD_H
#define LIBVM_NBD_H

#include <glib.h>
#include <stdbool.h>

#define NBD_REQUEST_MAX (32u << 20)	/* bytes of one read or write: QEMU asks for no more */

/*
 * What does the work. Each returns 0 or an errno value, of which the protocol carries
 * EPERM, EIO, ENOMEM, EINVAL and ENOSPC; another becomes EIO. Requests come one after
 * the other, inside of @size.
 */
struct nbd_export {
	guint64 size;		/* bytes */
	int (*read)(void *data, guint64 offset, void *bytes, guint32 size);
	int (*write)(void *data, guint64 offset, const void *bytes, guint32 size);
	int (*flush)(void *data);
	void *data;
};

/*
 * Serves the one client at the socket @fd until it takes its leave, goes away, or breaks
 * the protocol; true for the first. @fd stays the caller's.
 */
bool nbd_serve(int fd, const struct nbd_export *export);

#endif /* LIBVM_NBD_H */
