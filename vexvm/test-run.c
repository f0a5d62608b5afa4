// SPDX-License-Identifier: GPL-2.0-only
#include "vexvm/test-run.h"

#include <errno.h>
#include <signal.h>
#include <unistd.h>

#include "lib/fault.h"
#include "libvm/clone.h"
#include "libvm/run.h"
#include "vexvm/terminal.h"

#define LOG_LINES_SHOWN 60
#define CULPRITS_SHOWN 20

/* "vexvm", or what else starts this program; from another folder with --project. */
static char *program_words(const struct conf *conf)
{
	g_autofree char *self = g_file_read_link("/proc/self/exe", NULL);
	g_autofree char *in_path = g_find_program_in_path("vexvm");
	g_autofree char *real = in_path ? realpath(in_path, NULL) : NULL;
	g_autofree char *program = g_shell_quote(!self || !g_strcmp0(self, real) ? "vexvm" : self);
	g_autofree char *root = g_shell_quote(conf->root);
	const char *cwd = g_getenv("PWD");
	GString *words = g_string_new(program);

	if (g_strcmp0(cwd, conf->root))
		g_string_append_printf(words, " --project=%s", root);
	if (!g_str_equal(conf->name, "default"))
		g_string_append_printf(words, " --name=%s", conf->name);
	return g_string_free(words, FALSE);
}

/* The words that repeat the run. */
static char *command_line(const struct conf *conf, const struct test_run *test)
{
	g_autofree char *program = program_words(conf);
	GString *line = g_string_new(program);

	g_string_append(line, " test");
	if (!g_str_equal(test->mode, "test"))
		g_string_append_printf(line, " %s", test->mode);
	if (test->source) {
		g_autofree char *quoted = g_shell_quote(conf->source);

		g_string_append_printf(line, " --source=%s", quoted);
	}
	if (test->place)
		g_string_append_printf(line, " --build=%s", test->place);
	for (char **suite = test->suites; suite && *suite; suite++) {
		g_autofree char *quoted = g_shell_quote(*suite);

		g_string_append_printf(line, " --suite=%s", quoted);
	}
	if (test->repeat > 1)
		g_string_append_printf(line, " --repeat=%d", test->repeat);
	if (test->cold)
		g_string_append(line, " --cold");
	if (test->isolation)
		g_string_append_printf(line, " --isolation=%s", test->isolation);
	if (test->jobs)
		g_string_append_printf(line, " --jobs=%d", test->jobs);
	if (test->confirm >= 0)
		g_string_append_printf(line, " --confirm=%d", test->confirm);
	if (test->timeout_s)
		g_string_append_printf(line, " --timeout=%d", test->timeout_s);
	return g_string_free(line, FALSE);
}

/* What the compiler said, from its first error on. */
static void show_build_log(const struct report *report)
{
	g_autofree char *path = g_build_filename(report->folder, "build.log", NULL);
	g_autofree char *text = NULL, *first = NULL;
	g_auto(GStrv) lines = NULL;
	guint i = 0, shown = 0;

	if (!g_file_get_contents(path, &text, NULL, NULL))
		return;
	first = build_first_error(text);
	lines = g_strsplit(text, "\n", -1);
	while (*first && lines[i] && !strstr(lines[i], first))
		i++;
	/* gcc names the function in the line before. */
	if (i > 0 && strstr(lines[i - 1], ": In function"))
		i--;
	for (; lines[i] && shown < LOG_LINES_SHOWN; i++, shown++) {
		g_autofree char *line = g_strconcat(lines[i], "\n", NULL);

		terminal_write(STDERR_FILENO, line, strlen(line));
	}
}

/* The source around the place of the first finding that has one. */
static void show_excerpt(const struct report *report)
{
	for (guint i = 0; i < report->findings->len; i++) {
		const struct finding *f = report->findings->pdata[i];
		g_auto(GStrv) lines = f->excerpt ? g_strsplit(f->excerpt, "\n", -1) : NULL;

		for (char **line = lines; line && **line; line++)
			terminal_print("      %s\n", *line);
		if (lines)
			return;
	}
}

static void show_culprits(const struct report *report)
{
	g_auto(GStrv) lines = report_culprits(report, CULPRITS_SHOWN);

	for (char **line = lines; *line; line++)
		terminal_print("      %s\n", *line);
}

static void show(const struct cli *cli, struct report *report)
{
	const struct report_failure *worst = report_judge(report);
	g_autofree char *verdict = report_verdict_line(report);

	if (worst && worst->code == LAB_ERROR_BUILD)
		show_build_log(report);
	terminal_print("%s%.4s%s%s\n", terminal_style(worst ? STYLE_BAD : STYLE_GOOD), verdict,
		       terminal_style(STYLE_PLAIN), verdict + 4);
	show_culprits(report);
	show_excerpt(report);
	if (worst)
		terminal_print("      evidence: %s\n      again:    %s\n", report->folder, report->again);
}

static bool write_junit(const char *path, struct report *report, GError **error)
{
	g_autofree char *xml = report_to_junit(report);
	g_autoptr(GError) cause = NULL;

	if (g_file_set_contents(path, xml, -1, &cause))
		return true;
	return fault_set(error, LAB_ERROR_LAB, "--junit: %s", cause->message);
}

/* Found out before the run, not after it. */
static bool can_write(const char *junit, GError **error)
{
	g_autofree char *dir = g_path_get_dirname(junit);

	return access(dir, W_OK) == 0 ||
	       fault_set_errno(error, LAB_ERROR_USAGE, errno, "--junit: cannot write into %s", dir);
}

static bool parse(struct cli *cli, const struct test_run *test, struct run_options *ret, GError **error)
{
	if (test->source && !*test->source)
		return fault_set(error, LAB_ERROR_USAGE, "--source: give a folder");
	if (test->junit && !can_write(test->junit, error))
		return false;
	if (test->timeout_s < 0)
		return fault_set(error, LAB_ERROR_USAGE, "--timeout: give a number of seconds above 0");
	if (!run_mode_parse(test->mode, &ret->mode, error))
		return false;
	if (test->place && !build_place_parse(test->place, &ret->place, error))
		return false;
	if (test->suites && !run_mode_has_suites(ret->mode))
		return fault_set(error, LAB_ERROR_USAGE, "--suite: '%s' runs no suites", test->mode);
	if (test->source && !conf_set_source(cli->conf, test->source, error))
		return false;
	if (test->isolation) {
		g_free(cli->conf->isolation);
		cli->conf->isolation = g_strdup(test->isolation);
		if (!conf_check(cli->conf, error))
			return false;
	}
	if (test->jobs < 0)
		return fault_set(error, LAB_ERROR_USAGE, "--jobs: give a number, or 0 for as many as fit");
	if (test->repeat < 1 || test->repeat > RUN_REPEAT_MAX)
		return fault_set(error, LAB_ERROR_USAGE, "--repeat: give a number from 1 to %d",
				 RUN_REPEAT_MAX);
	if (test->repeat > 1 && !run_mode_has_suites(ret->mode))
		return fault_set(error, LAB_ERROR_USAGE, "--repeat: '%s' runs no suites", test->mode);
	if (test->confirm < -1 || test->confirm > CONF_CONFIRM_MAX)
		return fault_set(error, LAB_ERROR_USAGE, "--confirm: give a number from 0 to %d", CONF_CONFIRM_MAX);
	/* --repeat tells by itself how often something fails. */
	ret->confirm = test->confirm >= 0 ? (guint)test->confirm : test->repeat > 1 ? 0 : cli->conf->confirm;
	ret->repeat = (guint)test->repeat;
	ret->cold = test->cold;
	ret->jobs = (guint)test->jobs;
	ret->suites = test->suites;
	ret->timeout_s = (guint)test->timeout_s;
	ret->keep = test->keep;
	ret->stop = test->stop;
	return true;
}

/* Ends the program as the signal would have. */
static void on_interrupt(int signal_number)
{
	static const char text[] = "\nInterrupted. Clones end with it; a VM that was booted goes on: "
				   "'vexvm status' shows it, 'vexvm stop' stops it.\n";

	clone_kill_untied();
	(void)!write(STDERR_FILENO, text, sizeof(text) - 1);
	signal(signal_number, SIG_DFL);
	raise(signal_number);
}

int test_run(struct cli *cli, const struct test_run *test, GError **error)
{
	struct run_options options = { 0 };
	g_autoptr(report_owner) report = NULL;
	g_autofree char *again = NULL;

	if (!parse(cli, test, &options, error))
		return -1;
	options.again = again = command_line(cli->conf, test);
	signal(SIGINT, on_interrupt);
	signal(SIGTERM, on_interrupt);
	report = run_execute(cli->conf, &options, cli->progress, error);
	if (!report || (test->junit && !write_junit(test->junit, report, error)))
		return -1;
	if (cli->json)
		terminal_print_json(report_to_json(report));
	else
		show(cli, report);
	return report_exit_status(report);
}
