// SPDX-License-Identifier: GPL-2.0-only
/* Suites: programs that run in the guest and print KTAP (docs/dev/add-a-suite.md). */
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>

#include "lib/clock.h"
#include "lib/fault.h"
#include "lib/fd.h"
#include "lib/text.h"
#include "libvm/ktap.h"
#include "libvm/stage.h"
#include "libvm/suite.h"

#define TESTS_MAX 10000			/* of one suite that are told apart */
#define LOG_MAX (16 * 1024 * 1024)	/* bytes of one suite's output */
#define STDERR_LINE_MAX 1024
#define EXIT_SKIP 4

/*
 * $1 folder, $2 marker, then the suite; ends with its exit status. A folder that
 * is there and empty does: under emulation every process costs. Slabs are checked
 * before the marker, so that a wrong write is this suite's. udev would read a disk
 * that was written to, in its daemon too, and that would be counted with the suite's.
 */
static const char launcher[] =
	"cd \"$1\" || exit 126\n"
	"marker=$2 scratch=" STAGE_SCRATCH "\n"
	"shift 2\n"
	"used() {\n"
	"	for file in \"$scratch\"/* \"$scratch\"/.[!.]*; do [ -e \"$file\" ] && return; done\n"
	"	return 1\n"
	"}\n"
	"clean() { rm -rf --one-file-system \"$scratch\"; mkdir -p \"$scratch\"; }\n"
	"stop_udev() {\n"
	"	for dir in /proc/[0-9]*; do\n"
	"		{ read -r name <$dir/comm; } 2>/dev/null && [ \"$name\" = systemd-udevd ] &&\n"
	"			kill -STOP ${dir#/proc/}\n"
	"	done\n"
	"}\n"
	"[ -z \"$VEXVM_INJECT\" ] || stop_udev\n"
	"[ -d \"$scratch\" ] && ! used || clean || exit 126\n"
	"\"$@\"\n"
	"status=$?\n"
	"cd /\n"
	"! used || clean 2>/dev/null\n"
	"[ ! -x " STAGE_AGENT " ] || " STAGE_AGENT " --audit validate >/dev/null 2>&1\n"
	"echo \"$marker\" >/dev/kmsg\n"
	"exit $status\n";

struct suite {
	struct stage *stage;
	const struct suite_ref *ref;
	struct report_suite *result;
	struct ktap *ktap;
	int log;
	guint64 logged;
	GString *line;		/* of stderr, not yet ended */
	char *said;		/* the last whole one */
	gint64 began, last;	/* when it began, and its last result came */
	guint64 mark;		/* the kernel's log, when that came */
	guint findings;		/* the kernel's, that were given to tests */
	bool spoilt;		/* the kernel broke: no further result tells anything */
};

static void take_stderr(struct suite *s, const char *bytes, gsize size)
{
	for (gsize i = 0; i < size; i++) {
		if (bytes[i] == '\n') {
			ktap_remark(s->ktap, s->line->str);
			g_free(s->said);
			s->said = g_strdup(s->line->str);
			g_string_truncate(s->line, 0);
		} else if (bytes[i] && s->line->len < STDERR_LINE_MAX) {
			g_string_append_c(s->line, bytes[i]);
		}
	}
}

static void take(void *data, int fd, const char *bytes, gsize size)
{
	struct suite *s = data;

	if (s->log >= 0 && s->logged < LOG_MAX && fd_write_all(s->log, bytes, size))
		s->logged += size;
	if (fd == 1)
		ktap_feed(s->ktap, bytes, size);
	else
		take_stderr(s, bytes, size);
}

/* What the kernel reported since the last result belongs to this one; whether it broke. */
static bool claim_findings(struct suite *s, const char *test)
{
	GPtrArray *findings = kmsg_findings(s->stage->kmsg);
	bool fatal = false;

	/* One that was a repeat has gone. */
	s->findings = MIN(s->findings, findings->len);
	for (; s->findings < findings->len; s->findings++) {
		struct finding *f = findings->pdata[s->findings];

		g_free(f->test);
		f->test = test ? g_strdup_printf("%s: %s", s->result->name, test) : g_strdup(s->result->name);
		fatal |= f->fatal;
	}
	return fatal;
}

/* Results that will come from another guest. */
static bool is_dropping(const struct suite *s)
{
	return s->spoilt && s->result->selectable && !s->ref->test && s->stage->goes_on;
}

static void on_test(void *data, struct test_result *test)
{
	struct suite *s = data;
	gint64 now = g_get_monotonic_time();

	test->seconds = (double)(now - s->last) / G_USEC_PER_SEC;
	s->last = now;
	test->range = stage_log_range(s->stage, s->mark);
	s->mark = kmsg_mark(s->stage->kmsg);
	if (is_dropping(s))
		return;
	if (claim_findings(s, test->name) && !s->spoilt) {
		s->spoilt = true;
		test->outcome = OUTCOME_FAIL;
		test->cause = CAUSE_CRASH;
	}
	progress_update(s->stage->progress, s->result->name, PROGRESS_STEPS, ktap_tests(s->ktap)->len,
			ktap_planned(s->ktap));
	if (test->outcome == OUTCOME_FAIL)
		progress_note(s->stage->progress, "FAIL  %s: %s", s->result->name, test->name);
}

static char *last_line_of(const struct test_result *test)
{
	return test->detail ? g_strndup(test->detail, strcspn(test->detail, "\n")) : NULL;
}

static void fail_suite(struct suite *s, const char *why)
{
	s->result->outcome = OUTCOME_FAIL;
	g_free(s->result->detail);
	s->result->detail = g_strdup(why);
	report_fail(s->stage->report, LAB_ERROR_TEST, "%s: %s", s->result->name, why);
	progress_note(s->stage->progress, "FAIL  %s: %s", s->result->name, why);
}

/* The launcher's shell shows a signal as 128 + its number. */
static char *describe_end(const struct guest_result *result)
{
	int signal = result->signal ? result->signal :
		     result->status > 128 && result->status <= 128 + 64 ? result->status - 128 : 0;

	return signal ? g_strdup_printf("killed by signal %d (%s)", signal, strsignal(signal)) :
			g_strdup_printf("exit status %d", result->status);
}

/* Without KTAP the exit status is the one result. */
static void judge_status(struct suite *s, const struct guest_result *result)
{
	g_autofree char *end = describe_end(result);
	g_autofree char *why = s->said ? g_strdup_printf("%s: %s", end, s->said) : g_strdup(end);
	enum outcome outcome = result->signal			? OUTCOME_FAIL :
			       result->status == 0		? OUTCOME_PASS :
			       result->status == EXIT_SKIP	? OUTCOME_SKIP : OUTCOME_FAIL;
	struct test_result *test = test_result_new(s->result->name, outcome, outcome ? why : NULL);

	g_ptr_array_add(s->result->tests, test);
	s->result->outcome = outcome;
	if (outcome == OUTCOME_FAIL)
		fail_suite(s, why);
}

/* With is_dropping(): up to the one that broke the guest. */
static void take_tests(struct suite *s)
{
	GPtrArray *tests = ktap_tests(s->ktap);
	bool broken = false;

	s->result->reported = ktap_reported(s->ktap);
	s->result->planned = ktap_planned(s->ktap);
	while (tests->len && !(broken && is_dropping(s))) {
		struct test_result *test = g_ptr_array_steal_index(tests, 0);
		g_autofree char *why = last_line_of(test);

		g_ptr_array_add(s->result->tests, test);
		broken |= test->cause == CAUSE_CRASH;
		if (test->outcome != OUTCOME_FAIL)
			continue;
		s->result->outcome = OUTCOME_FAIL;
		report_fail_test(s->stage->report, test->name, why);
	}
}

static void judge(struct suite *s, const struct guest_result *result)
{
	bool failed, skipped;
	g_autofree char *end = describe_end(result);
	g_autofree char *why = NULL;

	ktap_end(s->ktap);
	if (!ktap_seen(s->ktap)) {
		judge_status(s, result);
		return;
	}
	take_tests(s);
	if (stage_is_fatal(s->stage)) {
		s->result->outcome = OUTCOME_FAIL;
		return;
	}
	failed = s->result->outcome == OUTCOME_FAIL;
	skipped = !failed && (ktap_skipped(s->ktap) || (result->status == EXIT_SKIP && !result->signal));
	if (skipped) {
		s->result->outcome = OUTCOME_SKIP;
		s->result->detail = g_strdup(ktap_skipped(s->ktap) ? ktap_skipped(s->ktap) : "exit status 4");
	} else if (result->signal || (result->status && !failed)) {
		why = g_strdup_printf("%s, though none of its results is a failure (%u of %u)", end,
				      s->result->tests->len, ktap_planned(s->ktap));
		fail_suite(s, why);
	} else if (ktap_problem(s->ktap)) {
		fail_suite(s, ktap_problem(s->ktap));
	}
}

/* Without the error that it is about, a test that passes tells nothing. */
static void skip_passed(struct suite *s, const char *why)
{
	for (guint i = 0; i < s->result->tests->len; i++) {
		struct test_result *test = s->result->tests->pdata[i];

		if (test->outcome != OUTCOME_PASS)
			continue;
		test->outcome = OUTCOME_SKIP;
		g_free(test->detail);
		test->detail = g_strdup(why);
	}
	if (s->result->outcome == OUTCOME_PASS)
		s->result->outcome = OUTCOME_SKIP;
	if (!s->result->detail)
		s->result->detail = g_strdup(why);
}

/* What came of the rule. A request that never comes is how a sweep ends; else nothing was tested. */
static void judge_injection(struct suite *s)
{
	const struct inject_rule *rule = s->ref->rule;
	g_autofree char *why = NULL;

	if (s->result->injected) {
		progress_detail(s->stage->progress, "%s: %" G_GUINT64_FORMAT " of %" G_GUINT64_FORMAT
				" requests were given the error", s->result->name, s->result->injected,
				s->result->requests);
		if (rule->open && rule->n == rule->last)
			report_fail(s->stage->report, LAB_ERROR_TEST, "%s: the sweep has no end after %u runs; "
				    "give it one by n=A..B", s->result->name, INJECT_SWEEP_MAX);
		return;
	}
	why = g_strdup_printf("no error was injected: of the requests that the rule counts there were %"
			      G_GUINT64_FORMAT, s->result->requests);
	if (s->ref->swept) {
		progress_note(s->stage->progress, "%s: the sweep ends, %s", s->result->name, why);
		skip_passed(s, why);
	} else {
		skip_passed(s, why);
		fail_suite(s, why);
	}
}

static char **environment(const struct stage *stage, const struct suite_ref *ref)
{
	const struct module *last = stage->modules->pdata[stage->modules->len - 1];
	GPtrArray *env = g_ptr_array_new();

	g_ptr_array_add(env, g_strdup_printf("VEXVM_MODULE=%s", last->info->name));
	g_ptr_array_add(env, g_strdup_printf("VEXVM_KO=" STAGE_FILES "/%s", last->base));
	g_ptr_array_add(env, g_strdup_printf("VEXVM_SOURCE=%s", stage->source));
	g_ptr_array_add(env, g_strdup("VEXVM_TOOLS=" STAGE_TOOLS));
	g_ptr_array_add(env, g_strdup("VEXVM_SCRATCH=" STAGE_SCRATCH));
	g_ptr_array_add(env, g_strdup("VEXVM_DISK=/dev/vdb"));
	g_ptr_array_add(env, g_strdup_printf("VEXVM_ROUND=%u", MAX(ref->round, 1)));
	if (ref->rule) {
		g_autofree char *rule = inject_text(ref->rule);

		g_ptr_array_add(env, g_strdup_printf("VEXVM_INJECT=%s", rule));
	}
	g_ptr_array_add(env, NULL);
	return (char **)g_ptr_array_free(env, FALSE);
}

/* The suite's own command, from argv[@at] on: at most four words with the NULL. */
static void add_words(const char **argv, guint at, const char *host_path, const char *path,
		      const char *word)
{
	if (access(host_path, X_OK) < 0)
		argv[at++] = "sh";
	argv[at++] = path;
	if (word)
		argv[at++] = word;
	argv[at] = NULL;
}

/* Up to as many as are told apart, none of them empty. */
static bool are_names(char *const *names)
{
	guint n = g_strv_length((char **)names);

	return n >= 1 && n <= TESTS_MAX && !g_strv_contains((const char *const *)names, "");
}

char **stage_list_tests(struct stage *stage, const char *suite, GError **error)
{
	g_autofree char *host_path = g_build_filename(stage->conf->source, suite, NULL);
	g_autofree char *path = g_build_filename(stage->source, suite, NULL);
	g_autofree char *dir = g_path_get_dirname(path);
	const struct suite_ref ref = { .path = (char *)suite };
	g_auto(GStrv) env = environment(stage, &ref);
	const char *argv[4];
	const struct guest_exec exec = { .argv = argv, .env = (const char *const *)env, .cwd = dir,
					 .timeout_s = STAGE_LIMIT_S, .watch_fd = -1 };
	struct guest_result result = { 0 };
	g_autoptr(GError) cause = NULL;
	char **names = NULL;

	add_words(argv, 0, host_path, path, "--list");
	if (guest_exec(stage->guest, &exec, &result, &cause)) {
		names = g_strsplit(g_strchomp(result.out->str), "\n", TESTS_MAX + 1);
		if (result.status || result.signal || result.timed_out || result.truncated ||
		    !are_names(names))
			g_clear_pointer(&names, g_strfreev);
	}
	guest_result_clear(&result);
	if (cause)
		g_propagate_error(error, g_steal_pointer(&cause));
	else if (!names)
		fault_set(error, LAB_ERROR_TEST, "%s --list does not tell its tests, a name a line", suite);
	return names;
}

static void take_injection(struct suite *s)
{
	const struct inject_count count = inject_disk_count(s->stage->disk);

	inject_disk_arm(s->stage->disk, NULL);
	s->result->requests = count.requests;
	s->result->injected = count.injected;
}

static bool run_in_guest(struct suite *s, const char *host_path)
{
	struct stage *stage = s->stage;
	g_autofree char *marker = stage_marker(stage);
	g_autofree char *path = g_build_filename(stage->source, s->ref->path, NULL);
	g_autofree char *dir = g_path_get_dirname(path);
	const char *argv[10] = { "sh", "-c", launcher, "suite", dir, marker };
	g_auto(GStrv) env = environment(stage, s->ref);
	g_autofree char *what = s->ref->test ? g_strdup_printf("%s: %s", s->result->name, s->ref->test) :
					       g_strdup(s->result->name);
	const struct guest_exec exec = { .argv = argv, .env = (const char *const *)env,
					 .sink = take, .data = s };
	struct guest_result result;
	bool ok;

	add_words(argv, 6, host_path, path, s->ref->test);
	if (s->ref->rule)
		inject_disk_arm(stage->disk, s->ref->rule);
	stage->suites_run++;
	stage->in_suite = true;
	ok = stage_exec(stage, &exec, stage->timeout_s, what, &result);
	stage->in_suite = false;
	if (s->ref->rule)
		take_injection(s);
	if (ok) {
		stage_settle(stage);
		judge(s, &result);
		if (s->ref->rule && !stage_is_fatal(stage))
			judge_injection(s);
	} else {
		ktap_end(s->ktap);
		take_tests(s);
		s->result->outcome = OUTCOME_FAIL;
	}
	claim_findings(s, s->ref->test);
	guest_result_clear(&result);
	ok = ok && !stage_is_fatal(stage);
	if (!ok)
		stage->broken = s->ref;
	return ok;
}

/* A failure where the errors were asked for; what the suite itself asks for is skipped with a word. */
static void leave_out(struct stage *stage, struct report_suite *result)
{
	static const char why[] = "not run: errors can be injected into a clone's disk only, and there is no "
				  "clone to be had";

	result->outcome = stage->must_inject ? OUTCOME_FAIL : OUTCOME_SKIP;
	result->detail = g_strdup(why);
	if (stage->must_inject)
		report_fail(stage->report, LAB_ERROR_LAB, "%s: %s", result->name, why);
	else
		progress_note(stage->progress, "%s: %s", result->name, why);
	report_set_suite(stage->report, NULL);
}

static bool suite_run(struct stage *stage, const struct suite_ref *ref)
{
	g_autofree char *host_path = g_build_filename(stage->conf->source, ref->path, NULL);
	g_autofree char *name = suite_ref_name(stage->all_suites, ref);
	g_autofree char *log_name = suite_log_name(stage->all_suites, ref->path);
	g_autofree char *log_path = g_build_filename(stage->report->folder, log_name, NULL);
	guint64 mark = kmsg_mark(stage->kmsg);
	struct suite s = { .stage = stage, .ref = ref, .began = g_get_monotonic_time(), .mark = mark,
			   .log = -1, .findings = kmsg_findings(stage->kmsg)->len };
	bool ok;

	kmsg_set_stage(stage->kmsg, "tests", name);
	s.result = report_suite(stage->report, name);
	report_set_suite(stage->report, name);
	g_free(s.result->log);
	g_free(s.result->select);
	s.result->select = suite_name(stage->all_suites, ref->path);
	/* A rule counts the requests of all that ran: alone, a test would not meet the same error. */
	s.result->selectable = suite_is_selectable(stage->conf, ref->path) && (!ref->rule || ref->test);
	s.result->log = g_strdup(log_name);
	g_free(s.result->inject);
	s.result->inject = ref->rule ? inject_text(ref->rule) : NULL;
	if (ref->rule && !stage->disk) {
		leave_out(stage, s.result);
		return true;
	}
	s.log = open(log_path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
	s.ktap = ktap_new(on_test, &s);
	s.line = g_string_new(NULL);
	ok = stage_ensure(stage, !suite_has_mark(host_path, "unloaded"));
	s.last = g_get_monotonic_time();
	if (ok)
		ok = run_in_guest(&s, host_path);
	else
		s.result->outcome = OUTCOME_FAIL;
	s.result->seconds += clock_since(s.began);
	log_range_add(&s.result->range, stage_log_range(stage, mark));
	report_set_suite(stage->report, NULL);
	fd_close(&s.log);
	ktap_free(s.ktap);
	g_string_free(s.line, TRUE);
	g_free(s.said);
	return ok && !stage_is_fatal(stage);
}

bool stage_suites(struct stage *stage, const GPtrArray *refs)
{
	guint findings = kmsg_findings(stage->kmsg)->len;
	bool ok = true, passed = true;

	stage_begin(stage, "tests");
	for (guint i = 0; i < refs->len && ok; i++) {
		struct report_suite *last;

		ok = suite_run(stage, refs->pdata[i]);
		last = stage->report->suites->pdata[stage->report->suites->len - 1];
		passed &= last->outcome != OUTCOME_FAIL;
	}
	passed &= ok && kmsg_findings(stage->kmsg)->len == findings;
	stage_end(stage, passed ? OUTCOME_PASS : OUTCOME_FAIL);
	return ok;
}
