// SPDX-License-Identifier: GPL-2.0-only
#include "vexvm/test-run.h"

#include <errno.h>
#include <signal.h>
#include <unistd.h>

#include "lib/fault.h"
#include "lib/shell.h"
#include "libvm/clone.h"
#include "libvm/inject.h"
#include "libvm/run.h"
#include "vexvm/options.h"
#include "vexvm/terminal.h"

#define LOG_LINES_SHOWN 60

/* "vexvm", or what else starts this program; from another folder with --project. */
static char *program_words(const struct conf *conf)
{
	g_autofree char *self = g_file_read_link("/proc/self/exe", NULL);
	g_autofree char *in_path = g_find_program_in_path("vexvm");
	g_autofree char *real = in_path ? realpath(in_path, NULL) : NULL;
	g_autofree char *program = shell_word(!self || !g_strcmp0(self, real) ? "vexvm" : self);
	g_autofree char *root = shell_word(conf->root);
	const char *cwd = g_getenv("PWD");
	GString *words = g_string_new(program);

	if (g_strcmp0(cwd, conf->root))
		g_string_append_printf(words, " --project=%s", root);
	if (!g_str_equal(conf->name, "default"))
		g_string_append_printf(words, " --name=%s", conf->name);
	return g_string_free(words, FALSE);
}

static void append_word(GString *words, const char *option, const char *value)
{
	g_autofree char *quoted = value ? shell_word(value) : NULL;

	if (quoted)
		g_string_append_printf(words, " %s=%s", option, quoted);
}

static void append_number(GString *words, const char *option, int number)
{
	if (number)
		g_string_append_printf(words, " %s=%d", option, number);
}

static char *wanted_words(const struct test_run *test)
{
	GString *words = g_string_new(NULL);

	for (char **suite = test->suites; suite && *suite; suite++)
		append_word(words, "--suite", *suite);
	append_word(words, "--test", test->one);
	for (char **rule = test->inject; rule && *rule; rule++)
		append_word(words, "--inject", *rule);
	return g_string_free(words, FALSE);
}

/* All that may change what comes out, and nothing of where it is told. */
static char *option_words(const struct conf *conf, const struct test_run *test)
{
	g_autoptr(GPtrArray) vm = g_ptr_array_new_with_free_func(g_free);
	GString *words = g_string_new(NULL);

	append_word(words, "--source", test->source ? conf->source : NULL);
	append_word(words, "--build", test->place);
	append_number(words, "--repeat", test->repeat > 1 ? test->repeat : 0);
	if (test->cold)
		g_string_append(words, " --cold");
	append_word(words, "--isolation", test->isolation);
	append_word(words, "--fault", test->fault);
	append_number(words, "--jobs", test->jobs);
	if (test->confirm >= 0)
		g_string_append_printf(words, " --confirm=%d", test->confirm);
	append_number(words, "--timeout", MAX(test->timeout_s, 0));
	options_vm_words(vm);
	for (guint i = 0; i < vm->len; i++) {
		g_autofree char *quoted = shell_word(vm->pdata[i]);

		g_string_append_printf(words, " %s", quoted);
	}
	return g_string_free(words, FALSE);
}

/* What the compiler said, from its first error on. */
static void show_build_log(const struct report *report)
{
	g_autofree char *path = g_build_filename(report->folder, "build.log", NULL);
	g_autofree char *text = NULL, *words = NULL;

	if (!g_file_get_contents(path, &text, NULL, NULL))
		return;
	words = build_errors(text, LOG_LINES_SHOWN);
	terminal_write(STDERR_FILENO, words, strlen(words));
}

/* The page is told of where it is wanted: of a run that passed nobody has to read it. */
static void show_page(const struct report *report)
{
	g_autofree char *page = g_build_filename(report->folder, REPORT_PAGE, NULL);

	terminal_print("  report    %s\n", page);
}

static void show(struct report *report)
{
	const struct report_failure *worst = report_judge(report);
	g_autofree char *verdict = report_verdict_line(report);
	g_autofree char *blame = report_blame_text(report);
	g_autofree char *skipped = global.verbose ? report_skipped_text(report) : g_strdup("");
	g_autofree char *again = worst ? report_again(report, worst->suite, worst->test) : NULL;

	if (worst && worst->code == LAB_ERROR_BUILD)
		show_build_log(report);
	terminal_print("%s%.4s%s%s\n%s%s", terminal_style(worst ? STYLE_BAD : STYLE_GOOD), verdict,
		       terminal_style(STYLE_PLAIN), verdict + 4, blame, skipped);
	if (worst)
		terminal_print("  evidence  %s\n", report->folder);
	if (worst || global.verbose)
		show_page(report);
	if (worst)
		terminal_print("  again     %s\n", again);
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

	if (!*junit || g_file_test(junit, G_FILE_TEST_IS_DIR))
		return fault_set(error, LAB_ERROR_USAGE, "--junit: give a file to write, not '%s'", junit);
	return access(dir, W_OK) == 0 ||
	       fault_set_errno(error, LAB_ERROR_USAGE, errno, "--junit: cannot write into %s", dir);
}

static bool check_rules(const struct test_run *test, GError **error)
{
	struct inject_rule rule;

	if (test->cold)
		return fault_set(error, LAB_ERROR_USAGE, "--inject: only the disk of a clone can give errors; "
				 "leave out --cold");
	for (char **text = test->inject; *text; text++)
		if (!inject_parse(*text, &rule, error)) {
			g_prefix_error(error, "--");
			return false;
		}
	return true;
}

/* What only a mode with suites can have. */
static bool check_wanted(const struct test_run *test, enum run_mode mode, GError **error)
{
	const char *wants = test->suites ? "--suite" : test->inject ? "--inject" : test->one ? "--test" :
			    test->repeat > 1 ? "--repeat" : NULL;

	if (wants && !run_mode_has_suites(mode))
		return fault_set(error, LAB_ERROR_USAGE, "%s: '%s' runs no suites", wants, test->mode);
	if (test->one && !*test->one)
		return fault_set(error, LAB_ERROR_USAGE, "--test: give a test's name, as the suite prints it");
	return !test->inject || check_rules(test, error);
}

static bool check_numbers(const struct test_run *test, GError **error)
{
	if (test->timeout_s != OPTION_UNSET && (test->timeout_s < 1 || test->timeout_s > CONF_TIMEOUT_MAX_S))
		return fault_set(error, LAB_ERROR_USAGE, "--timeout: give a number of seconds from 1 to %d",
				 CONF_TIMEOUT_MAX_S);
	if (!options_check_jobs(test->jobs, error))
		return false;
	if (test->repeat < 1 || test->repeat > RUN_REPEAT_MAX)
		return fault_set(error, LAB_ERROR_USAGE, "--repeat: give a number from 1 to %d", RUN_REPEAT_MAX);
	if (test->confirm != OPTION_UNSET && (test->confirm < 0 || test->confirm > CONF_CONFIRM_MAX))
		return fault_set(error, LAB_ERROR_USAGE, "--confirm: give a number from 0 to %d", CONF_CONFIRM_MAX);
	return true;
}

/* What options say instead of vexvm.conf. */
static bool change_conf(struct conf *conf, const struct test_run *test, GError **error)
{
	if (test->source && !*test->source)
		return fault_set(error, LAB_ERROR_USAGE, "--source: give a folder");
	return (!test->source || conf_set_source(conf, test->source, error)) &&
	       (!test->fault || conf_set(conf, "test", "fault", test->fault, error)) &&
	       (!test->isolation || conf_set(conf, "test", "isolation", test->isolation, error)) &&
	       conf_check(conf, error);
}

static bool parse(struct cli *cli, const struct test_run *test, struct run_options *ret, GError **error)
{
	if (test->junit && !can_write(test->junit, error))
		return false;
	if (!run_mode_parse(test->mode, &ret->mode, error) ||
	    (test->place && !build_place_parse(test->place, &ret->place, error)) ||
	    !check_numbers(test, error) || !check_wanted(test, ret->mode, error) ||
	    !change_conf(cli->conf, test, error))
		return false;
	/* --repeat tells by itself how often something fails. */
	ret->confirm = test->confirm >= 0 ? (guint)test->confirm : test->repeat > 1 ? 0 : cli->conf->confirm;
	ret->repeat = (guint)test->repeat;
	ret->cold = test->cold;
	ret->jobs = (guint)test->jobs;
	ret->suites = test->suites;
	ret->inject = test->inject;
	ret->test = test->one;
	ret->timeout_s = (guint)MAX(test->timeout_s, 0);
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

void test_run_catch_interrupts(void)
{
	signal(SIGINT, on_interrupt);
	signal(SIGTERM, on_interrupt);
}

int test_run(struct cli *cli, const struct test_run *test, GError **error)
{
	struct run_options options = { 0 };
	g_autoptr(report_owner) report = NULL;
	g_autofree char *program = NULL, *wanted = NULL, *words = NULL;

	if (!parse(cli, test, &options, error))
		return -1;
	options.again.program = program = program_words(cli->conf);
	options.again.wanted = wanted = wanted_words(test);
	options.again.options = words = option_words(cli->conf, test);
	test_run_catch_interrupts();
	report = run_execute(cli->conf, &options, cli->progress, error);
	if (!report || (test->junit && !write_junit(test->junit, report, error)))
		return -1;
	if (cli->json)
		terminal_print_json(report_to_json(report));
	else
		show(report);
	return report_exit_status(report);
}
