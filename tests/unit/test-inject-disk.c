// SPDX-License-Identifier: GPL-2.0-only
/* The disk that gives errors, spoken to as QEMU does, and by QEMU's own client. */
#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <poll.h>
#include <signal.h>
#include <sys/socket.h>

#include "lib/clock.h"
#include "lib/fd.h"
#include "lib/folder.h"
#include "libvm/inject-disk.h"

#define SIZE (64 * 1024)
#define BLOCK 2048		/* four sectors */
#define LIMIT_S 10
#define GO 7

struct fixture {
	char *dir, *image, *path;
	struct inject_disk *disk;
	int fd;			/* a client's; -1 = none */
};

/* The client */

static void send_bytes(struct fixture *f, const void *bytes, gsize size)
{
	g_assert_true(fd_write_all(f->fd, bytes, size));
}

static void send_number(struct fixture *f, guint64 value, guint bytes)
{
	guint64 big = GUINT64_TO_BE(value);

	send_bytes(f, (char *)&big + sizeof(big) - bytes, bytes);
}

/* False at the connection's end. */
static bool take_bytes(struct fixture *f, void *ret, gsize size)
{
	char *at = ret;

	while (size) {
		ssize_t n;

		g_assert_cmpint(fd_wait(f->fd, POLLIN, clock_in(LIMIT_S)), >, 0);
		n = read(f->fd, at, size);
		if (n <= 0)
			return false;
		at += n;
		size -= (gsize)n;
	}
	return true;
}

static guint64 take_number(struct fixture *f, guint bytes)
{
	guint64 big = 0;

	g_assert_true(take_bytes(f, (char *)&big + sizeof(big) - bytes, bytes));
	return GUINT64_FROM_BE(big);
}

static void send_option(struct fixture *f, guint32 option, guint32 size)
{
	send_number(f, 0x49484156454f5054ull, 8);
	send_number(f, option, 4);
	send_number(f, size, 4);
}

static void expect_reply(struct fixture *f, guint32 option, guint32 type, guint32 size)
{
	g_assert_cmphex(take_number(f, 8), ==, 0x3e889045565a9ull);
	g_assert_cmpuint(take_number(f, 4), ==, option);
	g_assert_cmphex(take_number(f, 4), ==, type);
	g_assert_cmpuint(take_number(f, 4), ==, size);
}

static void greet(struct fixture *f)
{
	f->fd = fd_connect_unix(f->path);
	g_assert_cmpint(f->fd, >=, 0);
	g_assert_cmphex(take_number(f, 8), ==, 0x4e42444d41474943ull);
	g_assert_cmphex(take_number(f, 8), ==, 0x49484156454f5054ull);
	g_assert_cmpuint(take_number(f, 2), ==, 3);
	send_number(f, 3, 4);
}

static void negotiate(struct fixture *f)
{
	greet(f);
	send_option(f, 8, 0);			/* structured replies: not here */
	expect_reply(f, 8, 0x80000001u, 0);
	send_option(f, GO, 6);
	send_number(f, 0, 4);			/* the name's length */
	send_number(f, 0, 2);			/* nothing asked for */
	expect_reply(f, GO, 3, 12);
	g_assert_cmpuint(take_number(f, 2), ==, 0);
	g_assert_cmpuint(take_number(f, 8), ==, SIZE);
	g_assert_cmpuint(take_number(f, 2), ==, 5);
	expect_reply(f, GO, 1, 0);
}

static void send_request(struct fixture *f, guint type, guint64 offset, guint32 size)
{
	send_number(f, 0x25609513u, 4);
	send_number(f, type, 4);
	send_number(f, 0x1234567890abcdefull, 8);
	send_number(f, offset, 8);
	send_number(f, size, 4);
}

static guint take_error(struct fixture *f)
{
	guint error;

	g_assert_cmphex(take_number(f, 4), ==, 0x67446698u);
	error = (guint)take_number(f, 4);
	g_assert_cmphex(take_number(f, 8), ==, 0x1234567890abcdefull);
	return error;
}

static guint write_block(struct fixture *f, guint block, char letter)
{
	char bytes[BLOCK];

	memset(bytes, letter, sizeof(bytes));
	send_request(f, 1, (guint64)block * BLOCK, BLOCK);
	send_bytes(f, bytes, sizeof(bytes));
	return take_error(f);
}

static guint flush(struct fixture *f)
{
	send_request(f, 3, 0, 0);
	return take_error(f);
}

/* The error, or how many of the block's bytes are not zero, below zero. */
static int read_block(struct fixture *f, guint block)
{
	char bytes[BLOCK];
	guint error;
	int n = 0;

	send_request(f, 0, (guint64)block * BLOCK, BLOCK);
	error = take_error(f);
	if (error)
		return (int)error;
	g_assert_true(take_bytes(f, bytes, sizeof(bytes)));
	for (guint i = 0; i < BLOCK; i++)
		n -= bytes[i] != 0;
	return n;
}

static void arm(struct fixture *f, const char *text)
{
	g_autoptr(GError) error = NULL;
	struct inject_rule rule;

	inject_parse(text, &rule, &error);
	g_assert_no_error(error);
	inject_disk_arm(f->disk, &rule);
}

static void expect_count(struct fixture *f, guint requests, guint injected)
{
	struct inject_count count = inject_disk_count(f->disk);

	g_assert_cmpuint(count.requests, ==, requests);
	g_assert_cmpuint(count.injected, ==, injected);
}

static void set_up(struct fixture *f, gconstpointer data)
{
	g_autoptr(GError) error = NULL;

	f->dir = g_dir_make_tmp("vexvm-disk-XXXXXX", NULL);
	f->image = g_build_filename(f->dir, "image", NULL);
	f->path = g_build_filename(f->dir, "socket", NULL);
	f->fd = open(f->image, O_RDWR | O_CREAT, 0600);
	g_assert_cmpint(ftruncate(f->fd, SIZE), ==, 0);
	fd_close(&f->fd);
	f->disk = inject_disk_new(f->image, f->path, &error);
	g_assert_no_error(error);
}

static void tear_down(struct fixture *f, gconstpointer data)
{
	fd_close(&f->fd);
	inject_disk_free(f->disk);
	g_assert_true(folder_remove(f->dir, NULL));
	g_free(f->dir);
	g_free(f->image);
	g_free(f->path);
}

/* The tests */

static void test_plain(struct fixture *f, gconstpointer data)
{
	negotiate(f);
	g_assert_cmpuint(write_block(f, 1, 'a'), ==, 0);
	g_assert_cmpint(read_block(f, 1), ==, -BLOCK);
	g_assert_cmpint(read_block(f, 0), ==, 0);
	g_assert_cmpuint(flush(f), ==, 0);
	expect_count(f, 0, 0);
}

static void test_nth(struct fixture *f, gconstpointer data)
{
	negotiate(f);
	arm(f, "eio:write:n=2");
	g_assert_cmpuint(write_block(f, 0, 'a'), ==, 0);
	g_assert_cmpint(read_block(f, 0), ==, -BLOCK);
	g_assert_cmpuint(write_block(f, 1, 'a'), ==, EIO);
	g_assert_cmpuint(write_block(f, 2, 'a'), ==, 0);
	expect_count(f, 3, 1);
	g_assert_cmpint(read_block(f, 1), ==, 0);
	/* It counts from where it was armed. */
	arm(f, "eio:read:n=2");
	expect_count(f, 0, 0);
	g_assert_cmpint(read_block(f, 0), ==, -BLOCK);
	g_assert_cmpint(read_block(f, 0), ==, EIO);
	g_assert_cmpint(read_block(f, 0), ==, -BLOCK);
	inject_disk_arm(f->disk, NULL);
	g_assert_cmpint(read_block(f, 0), ==, -BLOCK);
	expect_count(f, 0, 0);
	arm(f, "eio:flush");
	g_assert_cmpuint(flush(f), ==, EIO);
	g_assert_cmpuint(flush(f), ==, 0);
}

static void test_place(struct fixture *f, gconstpointer data)
{
	negotiate(f);
	arm(f, "eio:read:n=all:at=4..7");
	g_assert_cmpint(read_block(f, 0), ==, 0);
	g_assert_cmpint(read_block(f, 1), ==, EIO);
	g_assert_cmpint(read_block(f, 1), ==, EIO);
	g_assert_cmpint(read_block(f, 2), ==, 0);
	expect_count(f, 2, 2);
	arm(f, "eio:read:n=2:at=4..7");
	g_assert_cmpint(read_block(f, 1), ==, 0);
	g_assert_cmpint(read_block(f, 2), ==, 0);
	g_assert_cmpint(read_block(f, 1), ==, EIO);
}

/* Cut off: nobody is told, or somebody is. */
static void test_torn(struct fixture *f, gconstpointer data)
{
	negotiate(f);
	arm(f, "torn:keep=3");
	g_assert_cmpuint(write_block(f, 0, 'a'), ==, 0);
	g_assert_cmpuint(write_block(f, 1, 'a'), ==, 0);
	expect_count(f, 2, 1);
	arm(f, "eio:write:keep=1");
	g_assert_cmpuint(write_block(f, 2, 'a'), ==, EIO);
	arm(f, "torn:keep=4");
	g_assert_cmpuint(write_block(f, 3, 'a'), ==, 0);
	expect_count(f, 0, 0);
	g_assert_cmpint(read_block(f, 0), ==, -3 * 512);
	g_assert_cmpint(read_block(f, 1), ==, -BLOCK);
	g_assert_cmpint(read_block(f, 2), ==, -512);
	g_assert_cmpint(read_block(f, 3), ==, -BLOCK);
}

/* A delay can be longer than asked for, never shorter; and its end need not be awaited. */
static void test_slow(struct fixture *f, gconstpointer data)
{
	gint64 began;

	negotiate(f);
	arm(f, "slow:read:ms=50");
	began = g_get_monotonic_time();
	for (guint i = 0; i < 4; i++)
		g_assert_cmpint(read_block(f, 0), ==, 0);
	g_assert_cmpint(g_get_monotonic_time() - began, >=, 4 * 50 * 1000);
	expect_count(f, 4, 4);
	arm(f, "slow:ms=10000");
	send_request(f, 0, 0, BLOCK);
	while (!inject_disk_count(f->disk).injected)
		g_thread_yield();
	g_clear_pointer(&f->disk, inject_disk_free);
}

/* What is no disk's request is refused, and what is no protocol ends the connection. */
static void test_hostile(struct fixture *f, gconstpointer data)
{
	char byte;

	negotiate(f);
	send_request(f, 0, SIZE, 512);
	g_assert_cmpuint(take_error(f), ==, EINVAL);
	send_request(f, 0, G_MAXUINT64 - 100, 512);
	g_assert_cmpuint(take_error(f), ==, EINVAL);
	send_request(f, 4, 0, 512);			/* trim: was not offered */
	g_assert_cmpuint(take_error(f), ==, EINVAL);
	g_assert_cmpint(read_block(f, 0), ==, 0);
	send_request(f, 0, 0, G_MAXUINT32);
	g_assert_false(take_bytes(f, &byte, 1));
	fd_close(&f->fd);
	greet(f);
	send_option(f, GO, G_MAXUINT32);
	g_assert_false(take_bytes(f, &byte, 1));
	fd_close(&f->fd);
	/* And the next client is served. */
	negotiate(f);
	g_assert_cmpint(read_block(f, 0), ==, 0);
}

static void test_unusable(struct fixture *f, gconstpointer data)
{
	g_autofree char *nowhere = g_build_filename(f->dir, "no", "socket", NULL);
	g_autofree char *long_name = g_strnfill(200, 'x');
	g_autofree char *too_long = g_build_filename(f->dir, long_name, NULL);
	g_autofree char *link = g_build_filename(f->dir, "link", NULL);
	g_autofree char *other = g_build_filename(f->dir, "other", NULL);
	g_autoptr(GError) error = NULL;

	g_assert_null(inject_disk_new(f->image, nowhere, NULL));
	g_assert_null(inject_disk_new(f->image, too_long, &error));
	g_assert_nonnull(strstr(error->message, "too long for a socket"));
	g_assert_cmpint(symlink(f->image, link), ==, 0);
	g_assert_null(inject_disk_new(link, other, NULL));
}

/* What QEMU itself makes of it. */
static void test_qemu(struct fixture *f, gconstpointer data)
{
	g_autofree char *line = g_strdup_printf(
		"qemu-io -c 'write -P 1 0 4k' -c 'write -P 1 4k 4k' -c 'read -P 1 0 4k' -c 'read -P 0 4k 4k' "
		"-c flush 'json:{\"driver\":\"raw\",\"file\":{\"driver\":\"nbd\",\"server\":{\"type\":\"unix\","
		"\"path\":\"%s\"}}}'", f->path);
	g_autofree char *out = NULL;
	g_autofree char *program = g_find_program_in_path("qemu-io");
	g_autoptr(GError) error = NULL;

	if (!program) {
		g_test_skip("no qemu-io");
		return;
	}
	arm(f, "eio:write:n=2");
	g_spawn_command_line_sync(line, &out, NULL, NULL, &error);
	g_assert_no_error(error);
	g_assert_nonnull(strstr(out, "wrote 4096/4096 bytes at offset 0"));
	g_assert_nonnull(strstr(out, "write failed: Input/output error"));
	g_assert_null(strstr(out, "Pattern verification failed"));
	expect_count(f, 2, 1);
}

#define ADD(name) \
	g_test_add("/inject-disk/" #name, struct fixture, NULL, set_up, test_##name, tear_down)

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	signal(SIGPIPE, SIG_IGN);
	ADD(plain);
	ADD(nth);
	ADD(place);
	ADD(torn);
	ADD(slow);
	ADD(hostile);
	ADD(unusable);
	ADD(qemu);
	return g_test_run();
}
