// SPDX-License-Identifier: GPL-2.0-only
/* Suites: programs that run in the guest and print KTAP (docs/dev/add-a-suite.md). */
#include <fcntl.h>

#include "lib/clock.h"
#include "lib/fd.h"
#include "libvm/stage-suite-private.h"

#define LOG_MAX (16 * 1024 * 1024)	/* bytes of one suite's output */
#define STDERR_LINE_MAX 1024

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

static void on_test(void *data, struct test_result *test)
{
	struct suite *s = data;
	gint64 now = g_get_monotonic_time();

	test->seconds = (double)(now - s->last) / G_USEC_PER_SEC;
	test->began = kmsg_guest_time(s->stage->kmsg, s->last);
	test->ended = kmsg_guest_time(s->stage->kmsg, now);
	s->last = now;
	test->range = stage_log_range(s->stage, s->mark);
	s->mark = kmsg_mark(s->stage->kmsg);
	if (suite_is_dropping(s))
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
	const char *argv[10] = { "sh", "-c", suite_launcher, "suite", dir, marker };
	g_auto(GStrv) env = suite_environment(stage, s->ref);
	g_autofree char *what = s->ref->test ? g_strdup_printf("%s: %s", s->result->name, s->ref->test) :
					       g_strdup(s->result->name);
	const struct guest_exec exec = { .argv = argv, .env = (const char *const *)env,
					 .sink = take, .data = s };
	struct guest_result result;
	bool ok;

	suite_add_words(argv, 6, host_path, path, s->ref->test);
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
		suite_judge(s, &result);
		if (s->ref->rule && !stage_is_fatal(stage))
			suite_judge_injection(s);
	} else {
		ktap_end(s->ktap);
		suite_take_tests(s);
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
				  "clone to be had; why is told above, 'vexvm doctor' what the host lacks";

	result->outcome = stage->must_inject ? OUTCOME_FAIL : OUTCOME_SKIP;
	result->detail = g_strdup(why);
	if (stage->must_inject)
		report_fail(stage->report, LAB_ERROR_LAB, "%s: %s", result->name, why);
	else
		progress_note(stage->progress, "%s: %s", result->name, why);
	report_set_suite(stage->report, NULL);
}

/* The report's entry, which may be there from a run before; @log_name is its output's. */
static struct report_suite *begin_result(struct stage *stage, const struct suite_ref *ref, const char *name,
					 const char *log_name)
{
	struct report_suite *result = report_suite(stage->report, name);

	g_free(result->log);
	g_free(result->select);
	g_free(result->inject);
	result->log = g_strdup(log_name);
	result->select = suite_name(stage->all_suites, ref->path);
	/* A rule counts the requests of all that ran: alone, a test would not meet the same error. */
	result->selectable = suite_is_selectable(stage->conf, ref->path) && (!ref->rule || ref->test);
	result->inject = ref->rule ? inject_text(ref->rule) : NULL;
	return result;
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
	s.result = begin_result(stage, ref, name, log_name);
	report_set_suite(stage->report, name);
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
