// SPDX-License-Identifier: GPL-2.0-only
#include "libvm/console.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/inotify.h>

#include "lib/fd.h"
#include "lib/program.h"
#include "lib/text.h"

#define LINE_MAX_BYTES 4096
#define TAIL_BYTES 65536

struct console {
	char *path;
	int watch;		/* inotify; -1 where the host has none left */
	int fd;			/* -1 until the file is there */
	guint64 offset;
	GString *line;		/* the one not yet ended */
};

struct sign {
	const char *text, *meaning;
};

/* Said by the kernel, by systemd and by Debian's initramfs when a boot ends. */
static const struct sign signs[] = {
	{ "panic - not syncing: IO-APIC + timer doesn't work",
	  "its emulated timer came late, as can happen on a busy host; start it again" },
	{ "Kernel panic - not syncing", "the guest's kernel panicked" },
	{ "You are in emergency mode", "the guest fell into emergency mode" },
	{ "You are in rescue mode", "the guest fell into rescue mode" },
	{ "(initramfs)", "the guest found no root file system" },
	{ "Gave up waiting for root", "the guest found no root file system" },
	{ "No bootable device", "the disk has nothing to boot" },
	{ "error: no such device", "the guest's boot loader failed" },
};

const char *console_line_verdict(const char *line)
{
	for (guint i = 0; i < G_N_ELEMENTS(signs); i++)
		if (strstr(line, signs[i].text))
			return signs[i].meaning;
	return NULL;
}

static void open_file(struct console *console)
{
	if (console->fd >= 0)
		return;
	console->fd = open(console->path, O_RDONLY | O_CLOEXEC);
	if (console->fd >= 0 && console->watch >= 0)
		inotify_add_watch(console->watch, console->path, IN_MODIFY);
}

struct console *console_new(const char *path, guint64 offset)
{
	struct console *console = g_new0(struct console, 1);
	g_autofree char *folder = g_path_get_dirname(path);

	console->path = g_strdup(path);
	console->offset = offset;
	console->fd = -1;
	console->line = g_string_new(NULL);
	console->watch = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
	/* The folder only until the file is there: the disks lie in it too. */
	if (console->watch >= 0)
		inotify_add_watch(console->watch, folder, IN_CREATE | IN_MOVED_TO);
	open_file(console);
	return console;
}

void console_free(struct console *console)
{
	if (!console)
		return;
	fd_close(&console->watch);
	fd_close(&console->fd);
	g_string_free(console->line, TRUE);
	g_free(console->path);
	g_free(console);
}

int console_fd(const struct console *console)
{
	return console->watch;
}

/* Takes bytes into lines; the verdict of the first line that has one. */
static char *take(struct console *console, const char *bytes, gsize size)
{
	char *verdict = NULL;

	for (gsize i = 0; i < size; i++) {
		const char *meaning;

		if (bytes[i] != '\n' && console->line->len < LINE_MAX_BYTES) {
			g_string_append_c(console->line, bytes[i]);
			if (bytes[i] != ')')
				continue;
		}
		meaning = verdict ? NULL : console_line_verdict(console->line->str);
		if (meaning) {
			g_autofree char *line = text_escape(console->line->str, -1);

			verdict = g_strdup_printf("%s: %s", meaning, g_strstrip(line));
		}
		if (bytes[i] == '\n')
			g_string_truncate(console->line, 0);
	}
	return verdict;
}

char *console_read(struct console *console)
{
	char buf[4096];
	ssize_t n;

	while (console->watch >= 0 && read(console->watch, buf, sizeof(buf)) > 0)
		;
	open_file(console);
	while (console->fd >= 0 &&
	       (n = pread(console->fd, buf, sizeof(buf), (off_t)console->offset)) > 0) {
		char *verdict = take(console, buf, (gsize)n);

		console->offset += (guint64)n;
		if (verdict)
			return verdict;
	}
	return NULL;
}

char *console_tail(const char *path, guint lines)
{
	auto_fd fd = open(path, O_RDONLY | O_CLOEXEC);
	off_t size = fd < 0 ? 0 : lseek(fd, 0, SEEK_END);
	g_autofree char *bytes = g_malloc0(TAIL_BYTES + 1);
	g_autofree char *text = NULL;
	ssize_t n = 0;

	if (fd >= 0)
		n = pread(fd, bytes, TAIL_BYTES, MAX(size - TAIL_BYTES, 0));
	text = text_escape(bytes, MAX(n, 0));
	return g_strdup(text_tail(text, lines));
}

char *console_last_words(const char *path, const char *why)
{
	g_autofree char *tail = console_tail(path, 5);
	g_autofree char *last = program_last_line(tail);

	return *last ? g_strdup_printf("%s after \"%s\"", why, last) : g_strdup(why);
}

/* kernel/panic.c; another CPU may still have said something behind it. */
bool console_ends_in_panic(const char *path)
{
	g_autofree char *tail = console_tail(path, 3);

	return strstr(tail, "end Kernel panic - not syncing");
}
