// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

#include "lib/clock.h"
#include "lib/fault.h"
#include "lib/text.h"
#include "libvm/state.h"
#include "libvm/template.h"
#include "libvm/watch.h"
#include "vexvm/command.h"
#include "vexvm/interrupt.h"
#include "vexvm/iteration.h"
#include "vexvm/options.h"
#include "vexvm/screen.h"
#include "vexvm/terminal.h"

#define QUIET_MS 100		/* editors save several files at once */
#define REDRAW_MS 250
#define FAILURES_SHOWN 8
#define PATHS_SHOWN 3

static char *source, *isolation;
static int jobs, confirm;
static gboolean cold;

static const GOptionEntry options[] = {
	OPTION_STRING("source", 0, &source, "DIR", "Watch and test the module in this folder"),
	OPTION_FLAG("cold", 0, &cold, "In the VM itself, booted, instead of in clones"),
	OPTION_STRING("isolation", 0, &isolation, "LEVEL", "A clone for each: run, suite or test"),
	OPTION_INT("jobs", 'j', &jobs, "N", "Clones at a time"),
	OPTION_INT("confirm", 0, &confirm, "N", "Run each test that failed so many times more"),
	{ NULL }
};

struct view {
	struct cli *cli;
	struct watch *watch;
	struct iteration run;
	struct screen screen;
	GPtrArray *words;	/* of `vexvm test` */
	GPtrArray *verdict;	/* lines of the last one */
	char *state;		/* what is going on */
	char *changed;		/* what began the run under way */
	bool live;		/* one screen; else line by line */
};

/* Showing */

static void draw(struct view *v)
{
	g_autoptr(GPtrArray) lines = g_ptr_array_new_with_free_func(g_free);
	double seconds = clock_since(v->run.began);

	if (!v->live)
		return;
	for (guint i = 0; i < v->verdict->len; i++)
		g_ptr_array_add(lines, g_strdup(v->verdict->pdata[i]));
	if (v->changed)
		g_ptr_array_add(lines, g_strdup_printf("changed: %s", v->changed));
	if (v->run.pid)
		g_ptr_array_add(lines, g_strdup_printf("%s  (%.0f s)", v->state, seconds));
	else
		g_ptr_array_add(lines, g_strdup(v->state));
	g_ptr_array_add(lines, NULL);
	screen_draw(&v->screen, (char *const *)lines->pdata);
}

/* {"event": NAME, MEMBER: VALUE}; takes @value, which may be NULL, over. */
static void tell(struct view *v, const char *event, const char *member, JsonNode *value)
{
	g_autoptr(JsonObject) object = json_object_new();
	JsonNode *node = json_node_new(JSON_NODE_OBJECT);

	json_object_set_string_member(object, "event", event);
	if (value)
		json_object_set_member(object, member, value);
	json_node_set_object(node, object);
	if (v->cli->json)
		terminal_print_json_line(node);
	else
		json_node_unref(node);
}

static JsonNode *string_node(const char *text)
{
	return json_node_init_string(json_node_alloc(), text);
}

static void set_state(struct view *v, const char *text)
{
	g_free(v->state);
	v->state = g_strdup(text);
	draw(v);
}

/* A line of the run's progress. */
static void on_line(void *data, const char *text)
{
	struct view *v = data;

	tell(v, "progress", "text", string_node(text));
	if (!v->live && !v->cli->json)
		progress_note(v->cli->progress, "%s", text);
	set_state(v, text);
}

static void add_failures(struct view *v, JsonObject *report)
{
	JsonNode *node = json_object_get_member(report, "failures");
	JsonArray *failures = node && JSON_NODE_HOLDS_ARRAY(node) ? json_node_get_array(node) : NULL;
	guint n = failures ? json_array_get_length(failures) : 0;

	for (guint i = 0; i < n && i < FAILURES_SHOWN; i++)
		g_ptr_array_add(v->verdict, g_strdup_printf("  %s",
			state_string(json_array_get_object_element(failures, i), "text", "?")));
	if (n > FAILURES_SHOWN)
		g_ptr_array_add(v->verdict, g_strdup_printf("  and %u more", n - FAILURES_SHOWN));
	if (n)
		g_ptr_array_add(v->verdict,
				g_strdup_printf("  evidence: %s", state_string(report, "folder", "?")));
}

/* "build 1.1 s, clone 0.3 s, …" */
static char *stage_times(JsonObject *report)
{
	JsonNode *node = json_object_get_member(report, "stages");
	JsonArray *stages = node && JSON_NODE_HOLDS_ARRAY(node) ? json_node_get_array(node) : NULL;
	GString *text = g_string_new(NULL);

	for (guint i = 0; stages && i < json_array_get_length(stages); i++) {
		JsonObject *stage = json_array_get_object_element(stages, i);

		g_string_append_printf(text, "%s%s %.1f s", i ? ", " : "", state_string(stage, "name", "?"),
				       json_object_get_double_member(stage, "seconds"));
	}
	return g_string_free(text, FALSE);
}

static void show_verdict(struct view *v, JsonObject *report)
{
	g_autoptr(GDateTime) now = g_date_time_new_now_local();
	g_autofree char *clock = g_date_time_format(now, "%H:%M:%S");
	g_autofree char *times = stage_times(report);
	JsonNode *verdict = json_object_get_member(report, "verdict");
	JsonNode *counts = json_object_get_member(report, "counts");
	const char *word = state_string(json_node_get_object(verdict), "word", "?");

	g_ptr_array_set_size(v->verdict, 0);
	g_ptr_array_add(v->verdict, g_strdup_printf(
		"%s  %s  %" G_GINT64_FORMAT " tests in %.1f s: %s", word, clock,
		state_int(json_node_get_object(counts), "tests", 0),
		json_object_get_double_member(report, "seconds"), times));
	add_failures(v, report);
}

/*
 * A run that was refused has said why in {"error": …}; of one that crashed there
 * is no more than what it was at.
 */
static void show_refusal(struct view *v, JsonNode *answer, int status)
{
	const char *why = v->state;

	if (answer && JSON_NODE_HOLDS_OBJECT(answer))
		why = state_string(json_node_get_object(answer), "error", why);
	g_ptr_array_set_size(v->verdict, 0);
	g_ptr_array_add(v->verdict, g_strdup_printf("FAIL  exit status %d: %s", status, why));
}

static bool is_report(JsonNode *node)
{
	return node && JSON_NODE_HOLDS_OBJECT(node) &&
	       json_object_has_member(json_node_get_object(node), "verdict") &&
	       json_object_has_member(json_node_get_object(node), "counts");
}

static void print_verdict(const struct view *v)
{
	for (guint i = 0; i < v->verdict->len && !v->live && !v->cli->json; i++)
		terminal_print("%s\n", (char *)v->verdict->pdata[i]);
}

static void finish_run(struct view *v)
{
	int status;
	JsonNode *report = iteration_end(&v->run, &status);

	if (is_report(report))
		show_verdict(v, json_node_get_object(report));
	else
		show_refusal(v, report, status);
	tell(v, "verdict", "report", report);
	print_verdict(v);
	set_state(v, "Waiting for a change; Ctrl-C ends");
}

/* Running */

static void add_word(struct view *v, const char *name, const char *value)
{
	if (value)
		g_ptr_array_add(v->words, g_strdup_printf("%s%s", name, value));
}

static void make_words(struct view *v)
{
	g_autofree char *times = g_strdup_printf("%d", confirm);
	g_autofree char *number = jobs ? g_strdup_printf("%d", jobs) : NULL;

	add_word(v, "--project=", v->cli->conf->root);
	add_word(v, "--name=", v->cli->conf->name);
	add_word(v, "--cache=", global.cache);
	add_word(v, "--json", "");
	add_word(v, "test", "");
	add_word(v, "--source=", source ? v->cli->conf->source : NULL);
	add_word(v, "--isolation=", isolation);
	add_word(v, "--jobs=", number);
	/* None unless asked for: who watches wants a verdict soon. */
	add_word(v, "--confirm=", times);
	if (cold)
		add_word(v, "--cold", "");
	options_vm_words(v->words);
	for (guint i = 0; i < v->cli->n_args; i++)
		add_word(v, "--suite=", v->cli->args[i]);
	g_ptr_array_add(v->words, NULL);
}

/* Here, where no change interrupts it, and not in a run, which any may. */
static bool prepare(struct view *v, GError **error)
{
	struct cli *cli = v->cli;
	g_autoptr(template_owner) t = NULL;
	g_autoptr(GError) cause = NULL;

	if (!vm_setup(cli->conf, cli->probe, cli->progress, error))
		return false;
	if (!cold)
		t = template_ensure(cli->conf, cli->probe, cli->progress, &cause);
	if (cause)
		progress_note(cli->progress, "No template: %s", cause->message);
	return true;
}

static bool begin_run(struct view *v, GError **error)
{
	guint64 writes = terminal_writes();
	bool ok;

	/* May take minutes, and looks at no signal. */
	interrupt_release();
	ok = prepare(v, error);
	interrupt_catch();
	if (terminal_writes() != writes)
		screen_leave(&v->screen);
	if (!ok || !iteration_start(&v->run, (const char *const *)v->words->pdata, error))
		return false;
	set_state(v, "Beginning");
	return true;
}

/* "a.c, b.h and 3 more" */
static char *name_paths(const GPtrArray *paths)
{
	GString *text = g_string_new(NULL);

	for (guint i = 0; i < paths->len && i < PATHS_SHOWN; i++)
		g_string_append_printf(text, "%s%s", i ? ", " : "", (char *)paths->pdata[i]);
	if (paths->len > PATHS_SHOWN)
		g_string_append_printf(text, " and %u more", paths->len - PATHS_SHOWN);
	return g_string_free(text, FALSE);
}

static JsonNode *paths_node(const GPtrArray *paths)
{
	JsonNode *node = json_node_new(JSON_NODE_ARRAY);
	JsonArray *array = json_array_new();

	for (guint i = 0; i < paths->len; i++) {
		/* A name may be any bytes; JSON is UTF-8. */
		g_autofree char *path = g_utf8_make_valid(paths->pdata[i], -1);

		json_array_add_string_element(array, path);
	}
	json_node_take_array(node, array);
	return node;
}

static bool on_change(struct view *v, GError **error)
{
	g_autoptr(GPtrArray) paths = watch_take(v->watch, QUIET_MS);

	if (!paths->len)
		return true;
	g_free(v->changed);
	v->changed = name_paths(paths);
	tell(v, "changed", "paths", paths_node(paths));
	if (v->run.pid)
		tell(v, "cancelled", NULL, NULL);
	iteration_cancel(&v->run);
	if (!v->live && !v->cli->json)
		progress_note(v->cli->progress, "changed: %s", v->changed);
	return begin_run(v, error);
}

/* Until Ctrl-C. */
static bool attend(struct view *v, GError **error)
{
	for (;;) {
		struct pollfd fds[] = {
			{ .fd = interrupt_fd(), .events = POLLIN },
			{ .fd = watch_fd(v->watch), .events = POLLIN },
			{ .fd = v->run.out, .events = POLLIN },
			{ .fd = v->run.err, .events = POLLIN },
		};

		if (poll(fds, G_N_ELEMENTS(fds), v->live && v->run.pid ? REDRAW_MS : -1) < 0 && errno != EINTR)
			return fault_set_errno(error, LAB_ERROR_LAB, errno, "cannot wait for a change");
		if (interrupt_signal())
			return true;
		if (fds[1].revents && !on_change(v, error))
			return false;
		if (v->run.pid && iteration_take(&v->run, on_line, v))
			finish_run(v);
		draw(v);
	}
}

static int run(struct cli *cli, GError **error)
{
	struct view v = { .cli = cli, .live = terminal_is_tty(STDOUT_FILENO) && !cli->json };
	bool ok;

	if (source && !conf_set_source(cli->conf, source, error))
		return -1;
	if (interrupt_fd() < 0) {
		fault_set_errno(error, LAB_ERROR_LAB, errno, "cannot catch Ctrl-C");
		return -1;
	}
	v.watch = watch_new(cli->conf->source, error);
	if (!v.watch)
		return -1;
	v.words = g_ptr_array_new_with_free_func(g_free);
	v.verdict = g_ptr_array_new_with_free_func(g_free);
	iteration_init(&v.run);
	make_words(&v);
	tell(&v, "watching", "source", string_node(cli->conf->source));
	ok = begin_run(&v, error) && attend(&v, error);
	iteration_clear(&v.run);
	watch_free(v.watch);
	g_ptr_array_unref(v.words);
	g_ptr_array_unref(v.verdict);
	g_free(v.state);
	g_free(v.changed);
	return ok ? 0 : -1;
}

const struct command cmd_watch = {
	.name = "watch",
	.args = "[SUITE...]",
	.summary = "Test after each save, on one screen",
	.description =
		"Runs 'vexvm test' now and whenever a file of the source is saved; a save during\n"
		"a run ends that run and begins another. What git ignores does not count. Shows\n"
		"the last verdict, what each stage took and the first failures with their lines;\n"
		"on what is no terminal a line for each event, with --json an object for each:\n"
		"watching, changed (with all paths), cancelled, progress, verdict (with the report).",
	.examples =
		"  vexvm watch\n"
		"  vexvm watch mount --jobs=2\n",
	.options = options,
	.flags = COMMAND_CONF | COMMAND_PROBE | COMMAND_VM_OPTIONS | COMMAND_JSON,
	.max_args = COMMAND_ANY_ARGS,
	.run = run,
};
