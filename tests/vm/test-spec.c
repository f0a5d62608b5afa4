// SPDX-License-Identifier: GPL-2.0-only
/*
 * Types every command line of the specification as docs/dev/spec-coverage.md
 * lists them, row after row, and compares what it shows.
 */
#include <errno.h>
#include <glib.h>
#include <poll.h>
#include <signal.h>
#include <sys/wait.h>

#include "lib/clock.h"
#include "lib/fd.h"
#include "tests/lib/lab.h"

#define TABLE "docs/dev/spec-coverage.md"
/* A whole set-up with an empty cache, on a slow machine, with room. */
#define ROW_LIMIT_S 1500
#define GUEST_LIMIT_S 900

struct row {
	char *where;		/* host, test_env, guest, note */
	char *command;
	char *regex;		/* may be empty */
	int status;
};

/* The session that the `ssh` row opened and `guest` rows are typed into. */
struct session {
	GPid pid;
	int in, out;
} session = { .in = -1, .out = -1 };

static char *unquote(const char *cell)
{
	g_autofree char *text = g_strstrip(g_strdup(cell));
	gsize length = strlen(text);

	if (length >= 2 && text[0] == '`' && text[length - 1] == '`') {
		text[length - 1] = '\0';
		return g_strdup(text + 1);
	}
	return g_strdup(text);
}

/* Cells are parted by a bar that no backslash precedes. */
static struct row *row_parse(const char *line)
{
	g_auto(GStrv) cells = g_regex_split_simple("(?<!\\\\)\\|", line, 0, 0);
	g_autoptr(GMatchInfo) match = NULL;
	g_autoptr(GRegex) shows = NULL;
	g_autoptr(GString) command = NULL;
	g_autofree char *number = NULL;
	struct row *row;

	if (g_strv_length(cells) < 5)
		return NULL;
	row = g_new0(struct row, 1);
	row->where = unquote(cells[1]);
	command = g_string_new(NULL);
	g_string_append(command, cells[2]);
	g_string_replace(command, "\\|", "|", 0);
	row->command = unquote(command->str);
	if (g_str_equal(row->where, "where") || g_str_equal(row->where, "note"))
		return row;
	shows = g_regex_new("^\\s*(?:`(.*)`)?\\s*(?:exit (\\d+))?\\s*$", 0, 0, NULL);
	g_assert_true(g_regex_match(shows, cells[3], 0, &match));
	row->regex = g_match_info_fetch(match, 1);
	number = g_match_info_fetch(match, 2);
	row->status = number ? (int)g_ascii_strtoull(number, NULL, 10) : 0;
	return row;
}

static void session_close(void)
{
	int status;

	if (session.in < 0)
		return;
	fd_close(&session.in);
	fd_close(&session.out);
	while (waitpid(session.pid, &status, 0) < 0 && errno == EINTR)
		;
}

static void session_open(const char *command)
{
	g_autofree char *merged = g_strdup_printf("exec %s 2>&1", command);
	const char *argv[] = { "sh", "-c", merged, NULL };
	g_autoptr(GError) error = NULL;

	g_spawn_async_with_pipes(lab_tree(), (char **)argv, NULL,
				 G_SPAWN_DO_NOT_REAP_CHILD | G_SPAWN_SEARCH_PATH, NULL,
				 NULL, &session.pid, &session.in, &session.out, NULL, &error);
	g_assert_no_error(error);
}

/* Types @command at the prompt and reads until the marker line after it. */
static void session_type(const char *command, struct lab_result *ret)
{
	static const char marker[] = "\n::typed ";
	g_autofree char *line = g_strdup_printf("%s\nprintf '\\n::typed %%d\\n' $?\n", command);
	gint64 deadline = clock_in(GUEST_LIMIT_S);
	GString *output = g_string_new("\n");
	const char *end = NULL;

	g_assert_true(fd_write_all(session.in, line, strlen(line)));
	while (!(end = strstr(output->str, marker)) || !strchr(end + 1, '\n')) {
		char buf[4096];
		ssize_t n = -1;

		if (fd_wait(session.out, POLLIN, deadline) > 0)
			n = read(session.out, buf, sizeof(buf));
		if (n <= 0)
			break;
		g_string_append_len(output, buf, n);
	}
	ret->status = end ? (int)g_ascii_strtoll(end + strlen(marker), NULL, 10) : -1;
	ret->output = g_string_free(output, FALSE);
}

static void test_row(gconstpointer data)
{
	const struct row *row = data;
	auto_lab_result result = { 0 };

	if (g_str_equal(row->where, "guest")) {
		g_assert_cmpint(session.in, >=, 0);
		session_type(row->command, &result);
		lab_expect(&result, row->status, row->regex);
		return;
	}
	session_close();
	if (g_str_has_suffix(row->command, " ssh")) {
		session_open(row->command);
		return;
	}
	lab_type(g_str_equal(row->where, "test_env") ? "test_env" : "", row->command, NULL,
		 ROW_LIMIT_S, &result);
	lab_expect(&result, row->status, row->regex);
}

int main(int argc, char **argv)
{
	g_autofree char *text = NULL;
	g_autoptr(GError) error = NULL;
	g_auto(GStrv) lines = NULL;
	guint n = 0;

	g_test_init(&argc, &argv, NULL);
	g_test_set_nonfatal_assertions();
	signal(SIGPIPE, SIG_IGN);
	/* The rows begin with a VM that is not running. */
	lab_check("", "build/vexvm stop || true", GUEST_LIMIT_S, 0, NULL);
	g_file_get_contents(TABLE, &text, NULL, &error);
	g_assert_no_error(error);
	lines = g_strsplit(text, "\n", -1);
	for (guint i = 0; lines[i]; i++) {
		struct row *row = g_str_has_prefix(lines[i], "| ") ? row_parse(lines[i]) : NULL;
		g_autofree char *name = NULL;

		if (!row || g_str_equal(row->where, "where") || g_str_equal(row->where, "note"))
			continue;
		name = g_strdup_printf("/spec/%02u %s: %s", ++n, row->where, row->command);
		/* A slash would make GTest see groups. */
		g_strdelimit(name + strlen("/spec/"), "/", '\\');
		g_test_add_data_func(name, row, test_row);
	}
	return g_test_run();
}
