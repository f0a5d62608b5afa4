// SPDX-License-Identifier: GPL-2.0-only
#include "libvm/source-lines.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "lib/fd.h"
#include "lib/path.h"
#include "lib/text.h"

static bool lies_in(const char *root, const char *path)
{
	char *real_root = realpath(root, NULL);
	bool in = real_root && path_below(real_root, path);

	free(real_root);
	return in;
}

/* The file's bytes, or NULL; its length was looked at, and it may still shrink. */
static char *read_file(int fd, gsize size, gsize *ret_length)
{
	char *bytes = g_malloc(size + 1);
	gsize length = 0;

	while (length < size) {
		ssize_t n = read(fd, bytes + length, size - length);

		if (n <= 0)
			break;
		length += (gsize)n;
	}
	bytes[length] = '\0';
	*ret_length = length;
	return bytes;
}

static char *open_and_read(const char *root, const char *file, gint64 *ret_time, gsize *ret_length)
{
	char *path = realpath(file, NULL);
	/* A FIFO would wait for who writes to it. */
	auto_fd fd = path && lies_in(root, path) ?
			     open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY) : -1;
	struct stat st;

	free(path);
	if (fd < 0 || fstat(fd, &st) < 0 || !S_ISREG(st.st_mode) || st.st_size > SOURCE_LINES_FILE_MAX)
		return NULL;
	*ret_time = (gint64)st.st_mtime;
	return read_file(fd, (gsize)st.st_size, ret_length);
}

static void append_line(GString *out, const char *text, gsize length, guint number, bool marked)
{
	g_string_append_printf(out, "%c %5u  ", marked ? '>' : ' ', number);
	text_escape_append(out, text, MIN(length, SOURCE_LINES_WIDTH_MAX));
	if (length > SOURCE_LINES_WIDTH_MAX)
		g_string_append(out, "…");
	g_string_append_c(out, '\n');
}

char *source_lines(const char *root, const char *file, guint line, guint around, gint64 built,
		   bool *ret_newer)
{
	gint64 written = 0;
	gsize length = 0;
	g_autofree char *bytes = line ? open_and_read(root, file, &written, &length) : NULL;
	GString *out = g_string_new(NULL);
	const char *at = bytes, *end = bytes ? bytes + length : NULL;
	bool reached = false;

	*ret_newer = bytes && written > built;
	around = MIN(around, SOURCE_LINES_AROUND_MAX);
	for (guint number = 1; at < end && number <= (guint64)line + around; number++) {
		const char *newline = memchr(at, '\n', (gsize)(end - at));
		gsize size = (gsize)((newline ? newline : end) - at);

		if (size && at[size - 1] == '\r')
			size--;
		if ((guint64)number + around >= line)
			append_line(out, at, size, number, number == line);
		reached |= number == line;
		at = newline ? newline + 1 : end;
	}
	if (!reached)
		g_string_truncate(out, 0);
	return g_string_free(out, FALSE);
}
