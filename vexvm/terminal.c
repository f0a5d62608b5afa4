// SPDX-License-Identifier: GPL-2.0-only
#include "vexvm/terminal.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "lib/fault.h"
#include "lib/fd.h"
#include "lib/text.h"

/* Work shorter than this leaves no trace on a terminal. */
#define LINE_MAX_BYTES 2000
#define SHORT_WORK_US (2 * G_USEC_PER_SEC)
/* How often a line is drawn anew on a terminal, and written anew elsewhere. */
#define REDRAW_US (G_USEC_PER_SEC / 8)
#define REPEAT_US (12 * G_USEC_PER_SEC)

static struct {
	bool color, live, quiet, verbose;
	int write_error;	/* errno of the first failed write to stdout */
	guint64 writes;		/* to either stream, of what stays */
	char *what;		/* work under way, or NULL */
	gint64 begun, shown;	/* when it began, when it was last shown; 0 = not yet */
	guint64 first;		/* where it stood when it began */
	bool drawn;		/* its line is on the screen, to be wiped */
} terminal;

bool terminal_is_tty(int fd)
{
	return isatty(fd) == 1;
}

guint terminal_columns(int fd)
{
	struct winsize size;

	if (ioctl(fd, TIOCGWINSZ, &size) < 0 || size.ws_col < 20)
		return 80;
	return size.ws_col;
}

void terminal_init(const char *color, bool quiet, bool verbose)
{
	const char *no_color = g_getenv("NO_COLOR");
	bool dumb = !g_strcmp0(g_getenv("TERM"), "dumb");

	terminal.quiet = quiet;
	terminal.verbose = verbose;
	terminal.live = terminal_is_tty(STDERR_FILENO) && !dumb;
	terminal.color = terminal_is_tty(STDOUT_FILENO) && !dumb && !(no_color && *no_color);
	if (!g_strcmp0(color, "always"))
		terminal.color = true;
	else if (!g_strcmp0(color, "never"))
		terminal.color = false;
}

const char *terminal_style(enum terminal_style style)
{
	static const char *const sequences[] = {
		[STYLE_PLAIN] = "\033[0m",
		[STYLE_GOOD] = "\033[32m",
		[STYLE_BAD] = "\033[31m",
		[STYLE_WARN] = "\033[33m",
		[STYLE_DIM] = "\033[2m",
		[STYLE_BOLD] = "\033[1m",
	};

	return terminal.color ? sequences[style] : "";
}

static void wipe(void)
{
	if (terminal.drawn)
		fd_write_all(STDERR_FILENO, "\r\033[K", 4);
	terminal.drawn = false;
}

void terminal_write(int fd, const char *bytes, gsize size)
{
	wipe();
	terminal.writes++;
	if (fd_write_all(fd, bytes, size) || fd != STDOUT_FILENO)
		return;
	if (errno == EPIPE) {
		/* The reader has gone, as in "vexvm log | head": end as others do. */
		signal(SIGPIPE, SIG_DFL);
		raise(SIGPIPE);
	}
	if (!terminal.write_error)
		terminal.write_error = errno;
}

guint64 terminal_writes(void)
{
	return terminal.writes;
}

void terminal_print(const char *format, ...)
{
	g_autofree char *text = NULL;
	va_list args;

	va_start(args, format);
	text = g_strdup_vprintf(format, args);
	va_end(args);
	terminal_write(STDOUT_FILENO, text, strlen(text));
}

void terminal_print_foreign(const char *bytes, gsize size)
{
	g_autoptr(GString) text = NULL;

	if (!terminal_is_tty(STDOUT_FILENO)) {
		terminal_write(STDOUT_FILENO, bytes, size);
		return;
	}
	text = g_string_sized_new(size + 16);
	text_escape_append(text, bytes, size);
	terminal_write(STDOUT_FILENO, text->str, text->len);
}

static void print_json(JsonNode *root, bool pretty)
{
	g_autofree char *text = json_to_string(root, pretty);

	json_node_unref(root);
	terminal_print("%s\n", text);
}

void terminal_print_json(JsonNode *root)
{
	print_json(root, true);
}

void terminal_print_json_line(JsonNode *root)
{
	print_json(root, false);
}

bool terminal_flush(GError **error)
{
	wipe();
	return !terminal.write_error ||
	       fault_set_errno(error, LAB_ERROR_LAB, terminal.write_error, "cannot write the output");
}

static void print_line(const char *format, ...) G_GNUC_PRINTF(1, 2);
static void print_line(const char *format, ...)
{
	g_autofree char *text = NULL, *shown = NULL, *line = NULL;
	va_list args;

	va_start(args, format);
	text = g_strdup_vprintf(format, args);
	va_end(args);
	/* Names, paths and what programs said may hold anything: one line, and no more than that. */
	shown = text_escape(g_strchomp(text), (gssize)MIN(strlen(text), LINE_MAX_BYTES));
	g_strdelimit(shown, "\n", ' ');
	line = g_strconcat(shown, "\n", NULL);
	terminal_write(STDERR_FILENO, line, strlen(line));
}

void terminal_error(const char *message)
{
	print_line("vexvm: %s", message);
}

/* "45 s", "3 min 5 s", "2 h 10 min" */
static char *format_seconds(double seconds)
{
	guint64 s = (guint64)MAX(seconds + 0.5, 0);

	if (s < 60)
		return g_strdup_printf("%" G_GUINT64_FORMAT " s", s);
	if (s < 3600)
		return g_strdup_printf("%" G_GUINT64_FORMAT " min %" G_GUINT64_FORMAT " s",
				       s / 60, s % 60);
	return g_strdup_printf("%" G_GUINT64_FORMAT " h %" G_GUINT64_FORMAT " min", s / 3600,
			       s / 60 % 60);
}

/* "312 of 690 MB, 45 %, 12.3 MB/s, 31 s left" after @elapsed seconds. */
static char *format_bytes(guint64 done, guint64 total, double elapsed)
{
	double rate = elapsed > 0 ? (done - MIN(done, terminal.first)) / elapsed : 0;
	g_autofree char *have = text_size(done);
	g_autofree char *all = text_size(total);
	g_autofree char *speed = text_size((guint64)rate);
	g_autofree char *left = NULL;

	if (!total || done > total)
		return g_strdup_printf("%s, %s/s", have, speed);
	left = rate > 0 ? format_seconds((double)(total - done) / rate) : g_strdup("? s");
	return g_strdup_printf("%s of %s, %d %%, %s/s, %s left", have, all,
			       (int)(100.0 * (double)done / (double)total), speed, left);
}

static char *format_state(enum progress_unit unit, guint64 done, guint64 total, double elapsed)
{
	g_autofree char *took = format_seconds(elapsed);
	g_autofree char *most = NULL;

	if (unit == PROGRESS_BYTES)
		return format_bytes(done, total, elapsed);
	if (unit == PROGRESS_STEPS && total)
		return g_strdup_printf("%" G_GUINT64_FORMAT " of %" G_GUINT64_FORMAT ", %s",
				       done, total, took);
	if (unit == PROGRESS_STEPS || !total)
		return g_steal_pointer(&took);
	most = format_seconds((double)total);
	return g_strdup_printf("%s of about %s", took, most);
}

/* One line, cut to the width: a line that wraps cannot be wiped. */
static void draw(const char *what, const char *state)
{
	g_autofree char *line = g_strdup_printf("%s: %s", what, state);
	g_autofree char *valid = g_utf8_make_valid(line, -1);
	g_autofree char *cut = g_utf8_substring(valid, 0,
						MIN(g_utf8_strlen(valid, -1),
						    (glong)terminal_columns(STDERR_FILENO) - 1));

	wipe();
	fd_write_all(STDERR_FILENO, cut, strlen(cut));
	terminal.drawn = true;
}

static void begin(const char *what, guint64 done)
{
	wipe();
	g_free(terminal.what);
	terminal.what = g_strdup(what);
	terminal.begun = g_get_monotonic_time();
	terminal.shown = 0;
	terminal.first = done;
	if (terminal.live)
		return;
	print_line("%s …", what);
	terminal.shown = terminal.begun;
}

static void on_update(void *data, const char *what, enum progress_unit unit, guint64 done,
		      guint64 total)
{
	g_autofree char *state = NULL;
	gint64 now;

	if (terminal.quiet)
		return;
	if (g_strcmp0(what, terminal.what))
		begin(what, done);
	now = g_get_monotonic_time();
	if (now - terminal.begun < SHORT_WORK_US ||
	    now - terminal.shown < (terminal.live ? REDRAW_US : REPEAT_US))
		return;
	state = format_state(unit, done, total, (double)(now - terminal.begun) / G_USEC_PER_SEC);
	if (terminal.live)
		draw(what, state);
	else
		print_line("%s: %s", what, state);
	terminal.shown = now;
}

static void on_done(void *data, const char *what, double seconds)
{
	g_autofree char *took = format_seconds(seconds);

	wipe();
	g_clear_pointer(&terminal.what, g_free);
	if (terminal.quiet || (terminal.live && !terminal.verbose &&
			       seconds * G_USEC_PER_SEC < SHORT_WORK_US))
		return;
	print_line("%s: done in %s", what, took);
}

static void on_note(void *data, const char *text)
{
	if (!terminal.quiet)
		print_line("%s", text);
}

static void on_detail(void *data, const char *text)
{
	if (terminal.verbose && !terminal.quiet)
		print_line("%s", text);
}

const struct progress *terminal_progress(void)
{
	static const struct progress progress = {
		.update = on_update,
		.done = on_done,
		.note = on_note,
		.detail = on_detail,
	};

	return &progress;
}
