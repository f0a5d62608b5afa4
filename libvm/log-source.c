// SPDX-License-Identifier: GPL-2.0-only
#include "libvm/log-source.h"

#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "lib/fault.h"

#define CHUNK (256 * 1024)
#define SAMPLE 4096	/* bytes at the begin of each chunk that are looked at */
#define MAGIC_MAX 6	/* bytes that tell how it is packed */
#define NO_TEXT_SHARE 20	/* one byte of so many, that no text has, and it is none */

struct log_source {
	const char *name;
	int fd;
	char *chunk;
	gsize size;			/* bytes of it, until they are handed on */
	struct archive *archive;	/* NULL: nothing is packed */
	bool ended;			/* what was packed is nothing */
	guint64 sampled, odd;		/* bytes */
};

static bool cannot_read(const struct log_source *s, int errnum, GError **error)
{
	return fault_set_errno(error, LAB_ERROR_USAGE, errnum, "cannot read %s", s->name);
}

/* What there is, which may be little of a pipe's, behind @kept bytes of the chunk. */
static ssize_t fill(struct log_source *s, gsize kept)
{
	ssize_t n;

	do
		n = read(s->fd, s->chunk + kept, CHUNK - kept);
	while (n < 0 && errno == EINTR);
	return n;
}

/* As much as tells how it is packed. */
static bool begin(struct log_source *s, GError **error)
{
	ssize_t n = 1;

	for (; n > 0 && s->size < MAGIC_MAX; s->size += (gsize)MAX(n, 0))
		n = fill(s, s->size);
	return n >= 0 || cannot_read(s, errno, error);
}

/* An archive_read_callback. */
static la_ssize_t feed_archive(struct archive *archive, void *data, const void **ret)
{
	struct log_source *s = data;
	gsize size = s->size;
	ssize_t n;

	*ret = s->chunk;
	s->size = 0;
	if (size)
		return (la_ssize_t)size;
	n = fill(s, 0);
	if (n < 0)
		archive_set_error(archive, errno, "%s", g_strerror(errno));
	return n;
}

static bool is_packed(const struct log_source *s)
{
	static const struct {
		const char *bytes;
		gsize size;
	} magic[] = { { "\x1f\x8b\x08", 3 }, { "\xfd" "7zXZ", 6 }, { "\x28\xb5\x2f\xfd", 4 } };

	for (guint i = 0; i < G_N_ELEMENTS(magic); i++)
		if (s->size >= magic[i].size && memcmp(s->chunk, magic[i].bytes, magic[i].size) == 0)
			return true;
	return false;
}

static bool cannot_unpack(const struct log_source *s, GError **error)
{
	return fault_set(error, LAB_ERROR_USAGE, "cannot unpack %s: %s", s->name, archive_error_string(s->archive));
}

/* One member without a name, which the format "raw" makes of any bytes. */
static bool open_archive(struct log_source *s, GError **error)
{
	struct archive_entry *entry;
	int status;

	s->archive = archive_read_new();
	archive_read_support_format_raw(s->archive);
	archive_read_support_format_empty(s->archive);
	archive_read_support_filter_gzip(s->archive);
	archive_read_support_filter_xz(s->archive);
	archive_read_support_filter_zstd(s->archive);
	if (archive_read_open(s->archive, s, NULL, feed_archive, NULL) != ARCHIVE_OK)
		return cannot_unpack(s, error);
	status = archive_read_next_header(s->archive, &entry);
	s->ended = status == ARCHIVE_EOF;
	return s->ended || status == ARCHIVE_OK || cannot_unpack(s, error);
}

struct log_source *log_source_new(int fd, const char *name, GError **error)
{
	struct log_source *s = g_new0(struct log_source, 1);

	*s = (struct log_source){ .name = name, .fd = fd, .chunk = g_malloc(CHUNK) };
	if (!begin(s, error) || (is_packed(s) && !open_archive(s, error))) {
		log_source_free(s);
		return NULL;
	}
	return s;
}

void log_source_free(struct log_source *s)
{
	if (!s)
		return;
	if (s->archive)
		archive_read_free(s->archive);
	g_free(s->chunk);
	g_free(s);
}

static bool next_unpacked(struct log_source *s, const char **ret_bytes, gsize *ret_size, GError **error)
{
	const void *bytes = NULL;
	la_int64_t offset;
	int status;

	status = s->ended ? ARCHIVE_EOF : archive_read_data_block(s->archive, &bytes, ret_size, &offset);
	if (status == ARCHIVE_EOF)
		*ret_size = 0;
	else if (status != ARCHIVE_OK)
		return cannot_unpack(s, error);
	*ret_bytes = bytes;
	return true;
}

static bool next_plain(struct log_source *s, const char **ret_bytes, gsize *ret_size, GError **error)
{
	ssize_t n = (ssize_t)s->size;

	s->size = 0;
	if (!n)
		n = fill(s, 0);
	if (n < 0)
		return cannot_read(s, errno, error);
	*ret_bytes = s->chunk;
	*ret_size = (gsize)n;
	return true;
}

/* A line's end, a tab, what a bell or a colour begins with: texts have those. */
static bool is_odd(guchar c)
{
	return (c < 0x20 && (c < '\a' || c > '\r') && c != '\033') || c == 0x7f;
}

static void sample(struct log_source *s, const char *bytes, gsize size)
{
	gsize n = MIN(size, SAMPLE);

	for (gsize i = 0; i < n; i++)
		s->odd += is_odd((guchar)bytes[i]);
	s->sampled += n;
}

bool log_source_next(struct log_source *s, const char **ret_bytes, gsize *ret_size, GError **error)
{
	*ret_bytes = "";
	*ret_size = 0;
	if (!(s->archive ? next_unpacked : next_plain)(s, ret_bytes, ret_size, error))
		return false;
	sample(s, *ret_bytes, *ret_size);
	return true;
}

bool log_source_is_text(const struct log_source *s)
{
	return s->odd * NO_TEXT_SHARE < s->sampled;
}
