// SPDX-License-Identifier: GPL-2.0-only
#include "tests/lib/lab.h"

#include <errno.h>
#include <json-glib/json-glib.h>
#include <poll.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lib/clock.h"
#include "lib/fd.h"

/* Enough for the longest provisioning on a slow machine, with room. */
#define TREE_LIMIT_S 120
#define OUTPUT_MAX (16 * 1024 * 1024)
#define END_LIMIT_S 300

static char *tree;

/* Stops the VM of a tree that an earlier, killed run left, and removes it. */
static const char copy_tree[] =
	"set -eu; "
	"if [ -d \"$1\" ]; then "
	"  for vm in \"$1\"/.vexvm/*/; do "
	"    [ -d \"$vm\" ] || continue; "
	"    build/vexvm -C \"$1\" --name \"$(basename \"$vm\")\" stop --force || :; "
	"  done; "
	"  chmod -R u+w \"$1\"; rm -rf \"$1\"; "
	"fi; "
	"mkdir -p \"$1\"; "
	"git ls-files -z --cached --others --exclude-standard | "
	"  while IFS= read -r -d '' f; do [ ! -e \"$f\" ] || printf '%s\\0' \"$f\"; done | "
	"  tar --null -T - -cf - | tar -xf - -C \"$1\"; "
	"mkdir -p \"$1/build\"; "
	"find build -maxdepth 1 -type f -exec cp -p {} \"$1/build/\" ';'; "
	"find build -path build/sanitize -prune -o -name '*.[oad]' -type f -exec cp -p --parents {} \"$1/\" ';'; ";

static int reap(pid_t pid)
{
	int status;

	while (waitpid(pid, &status, 0) < 0)
		g_assert_cmpint(errno, ==, EINTR);
	return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

/* Of the command that is typed; 0 = none. In a group of its own it outlives what ends this program. */
static volatile pid_t typed;
static const int endings[] = { SIGHUP, SIGINT, SIGTERM };

static void end_both(int signal)
{
	if (typed)
		kill(-typed, SIGKILL);
	/* By now its default action, once this has returned. */
	raise(signal);
}

static void catch_endings(void)
{
	const struct sigaction action = { .sa_handler = end_both, .sa_flags = (int)SA_RESETHAND };
	struct sigaction old;

	for (guint i = 0; i < G_N_ELEMENTS(endings); i++)
		if (sigaction(endings[i], NULL, &old) == 0 && old.sa_handler == SIG_DFL)
			sigaction(endings[i], &action, NULL);
}

/* While it is not known yet whom to end, or no more. */
static void hold_endings(int how)
{
	sigset_t set;

	sigemptyset(&set);
	for (guint i = 0; i < G_N_ELEMENTS(endings); i++)
		sigaddset(&set, endings[i]);
	sigprocmask(how, &set, NULL);
}

/* Until it is reaped its number is nobody else's. */
static int reap_typed(void)
{
	siginfo_t info;
	int status;

	while (waitid(P_PID, (id_t)typed, &info, WEXITED | WNOWAIT) < 0)
		g_assert_cmpint(errno, ==, EINTR);
	hold_endings(SIG_BLOCK);
	status = reap(typed);
	typed = 0;
	hold_endings(SIG_UNBLOCK);
	return status;
}

static void own_group(gpointer data)
{
	setpgid(0, 0);
	hold_endings(SIG_UNBLOCK);
}

/* Reads to the end or the deadline; true at the end. */
static gboolean read_all(int fd, GString *output, gint64 deadline)
{
	for (;;) {
		char buf[4096];
		ssize_t n;

		if (fd_wait(fd, POLLIN, deadline) <= 0)
			return FALSE;
		n = read(fd, buf, sizeof(buf));
		/* EIO: a terminal that nobody holds. */
		if (n == 0 || (n < 0 && errno == EIO))
			return TRUE;
		if (n > 0 && output->len < OUTPUT_MAX)
			g_string_append_len(output, buf, n);
	}
}

static void run(const char *cwd, const char *const *argv, const char *input,
		guint limit_s, struct lab_result *ret)
{
	gint64 start = g_get_monotonic_time();
	GString *output = g_string_new(NULL);
	g_autoptr(GError) error = NULL;
	int in, out;
	gboolean ended;
	GPid pid;

	catch_endings();
	hold_endings(SIG_BLOCK);
	g_spawn_async_with_pipes(cwd, (char **)argv, NULL,
				 G_SPAWN_DO_NOT_REAP_CHILD | G_SPAWN_SEARCH_PATH,
				 own_group, NULL, &pid, &in, &out, NULL, &error);
	g_assert_no_error(error);
	typed = pid;
	hold_endings(SIG_UNBLOCK);
	if (input)
		fd_write_all(in, input, strlen(input));
	fd_close(&in);
	ended = read_all(out, output, clock_in(limit_s));
	fd_close(&out);
	if (!ended)
		kill(-pid, SIGKILL);
	ret->status = reap_typed();
	if (!ended)
		ret->status = -1;
	ret->output = g_string_free(output, FALSE);
	ret->seconds = clock_since(start);
}

const char *lab_tree(void)
{
	const char *given = g_getenv("VEXVM_TEST_TREE");
	auto_lab_result result = { 0 };
	const char *argv[] = { "bash", "-c", copy_tree, "copy-tree", NULL, NULL };

	if (tree)
		return tree;
	tree = given ? g_strdup(given) :
		       g_strdup_printf("/var/tmp/vexvm-test-%u/%d/tree", getuid(), getpid());
	if (given && g_file_test(given, G_FILE_TEST_IS_DIR))
		return tree;
	argv[4] = tree;
	run(NULL, argv, NULL, TREE_LIMIT_S, &result);
	lab_expect(&result, 0, NULL);
	return tree;
}

void lab_type(const char *where, const char *command, const char *input,
	      guint limit_s, struct lab_result *ret)
{
	g_autofree char *cwd = g_build_filename(lab_tree(), where, NULL);
	g_autofree char *merged = g_strdup_printf("exec 2>&1; %s", command);
	const char *argv[] = { "sh", "-c", merged, NULL };

	run(cwd, argv, input, limit_s, ret);
}

void lab_result_clear(struct lab_result *result)
{
	g_clear_pointer(&result->output, g_free);
}

void lab_expect(const struct lab_result *result, int status, const char *regex)
{
	gboolean shown = !regex || !*regex ||
			 g_regex_match_simple(regex, result->output, G_REGEX_MULTILINE, 0);

	if (result->status == status && shown)
		return;
	g_test_message("exit status %d (%d expected) after %.0f s; must show /%s/; output:\n%s",
		       result->status, status, result->seconds, regex ? regex : "",
		       result->output);
	g_test_fail();
}

void lab_check(const char *where, const char *command, guint limit_s,
	       int status, const char *regex)
{
	auto_lab_result result = { 0 };

	lab_type(where, command, NULL, limit_s, &result);
	lab_expect(&result, status, regex);
}

void lab_start(struct lab_program *program, const char *command)
{
	g_autofree char *line = g_strdup_printf("exec %s 2>&1", command);
	const char *argv[] = { "sh", "-c", line, NULL };

	program->text = g_string_new(NULL);
	g_assert_true(g_spawn_async_with_pipes(lab_tree(), (char **)argv, NULL,
					       G_SPAWN_DO_NOT_REAP_CHILD | G_SPAWN_SEARCH_PATH, NULL,
					       NULL, &program->pid, NULL, &program->fd, NULL, NULL));
}

void lab_await(struct lab_program *program, const char *word, guint limit_s)
{
	gint64 deadline = clock_in(limit_s);
	GString *text = program->text;
	char *at;

	while (!(at = strstr(text->str, word))) {
		char buf[4096];
		ssize_t n = fd_wait(program->fd, POLLIN, deadline) > 0 ?
			    read(program->fd, buf, sizeof(buf)) : 0;

		if (n <= 0)
			break;
		g_string_append_len(text, buf, n);
	}
	if (at) {
		g_string_erase(text, 0, at - text->str + (gssize)strlen(word));
		return;
	}
	g_test_message("it did not print '%s' but:\n%s", word, text->str);
	g_test_fail();
	/* Nothing that is asked of it now has an answer. */
	kill(program->pid, SIGKILL);
}

int lab_end(struct lab_program *program, int signal)
{
	if (signal)
		kill(program->pid, signal);
	/* What it still says must not hold it back. */
	if (!read_all(program->fd, program->text, clock_in(END_LIMIT_S))) {
		g_test_message("it does not end; it printed:\n%s", program->text->str);
		g_test_fail();
		kill(program->pid, SIGKILL);
	}
	fd_close(&program->fd);
	g_string_free(program->text, TRUE);
	return reap(program->pid);
}

char *lab_result_json(const char *file, const char *path)
{
	g_autoptr(JsonParser) parser = json_parser_new();
	g_auto(GStrv) names = g_strsplit(path, ".", -1);
	g_autofree char *full = g_build_filename(lab_tree(), file, NULL);
	g_autoptr(GError) error = NULL;
	JsonNode *node;

	json_parser_load_from_file(parser, full, &error);
	g_assert_no_error(error);
	node = json_parser_get_root(parser);
	for (guint i = 0; names[i]; i++) {
		g_assert_true(JSON_NODE_HOLDS_OBJECT(node));
		node = json_object_get_member(json_node_get_object(node), names[i]);
		g_assert_nonnull(node);
	}
	return json_node_get_value_type(node) == G_TYPE_STRING ?
		       g_strdup(json_node_get_string(node)) : json_to_string(node, FALSE);
}
