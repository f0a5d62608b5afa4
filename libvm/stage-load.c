// SPDX-License-Identifier: GPL-2.0-only
/*
 * Loading and unloading: the load stage with its checks, and the state that suites
 * want the modules in. What happens in the guest is one script (load.sh), since
 * every command there costs more than all its checks.
 */
#include <errno.h>

#include "lib/clock.h"
#include "lib/embed.h"
#include "lib/fault.h"
#include "libvm/ktap.h"
#include "libvm/stage.h"

#define RELOAD_LIMIT_S 1	/* more time per round, under emulation */
#define FAULT_LIMIT_S 600	/* a load for each allocation, on a kernel that checks all it does */

/* Documentation/admin-guide/dynamic-debug-howto.rst: a parameter that every module has. */
#define DYNDBG "dyndbg=+p"

EMBED(modules_script, "libvm/modules.sh");

static struct module *module_at(const struct stage *stage, guint i)
{
	return stage->modules->pdata[i];
}

static void append_quoted(GString *script, const char *word)
{
	g_autofree char *quoted = g_shell_quote(word);

	g_string_append_printf(script, " %s", quoted);
}

/* "NAME VERSION FILE ARG…" of each, as a function that calls its argument. */
static bool append_each_module(GString *script, const struct stage *stage, GError **error)
{
	g_string_append(script, "each_module() {\n");
	for (guint i = 0; i < stage->modules->len; i++) {
		const struct module *m = module_at(stage, i);
		g_auto(GStrv) args = module_args(stage->modules, i, stage->conf->module_args, error);
		g_autofree char *file = g_strconcat(STAGE_FILES "/", m->base, NULL);

		if (!args)
			return false;
		g_string_append(script, "\t\"$1\"");
		append_quoted(script, m->info->name);
		append_quoted(script, m->info->version ? m->info->version : "");
		append_quoted(script, file);
		for (char **arg = args; *arg; arg++)
			append_quoted(script, *arg);
		g_string_append_printf(script, "%s || return\n", stage->conf->dyndbg ? " " DYNDBG : "");
	}
	g_string_append(script, "}\n");
	return true;
}

/* All of them as arguments of one command: NAME FILE ARGS. */
static bool append_all_modules(GString *script, const struct stage *stage, GError **error)
{
	g_string_append(script, "all_modules() {\n\t\"$@\"");
	for (guint i = 0; i < stage->modules->len; i++) {
		const struct module *m = module_at(stage, i);
		g_auto(GStrv) args = module_args(stage->modules, i, stage->conf->module_args, error);
		g_autofree char *file = g_strconcat(STAGE_FILES "/", m->base, NULL);
		g_autofree char *words = args ? g_strjoinv(" ", args) : NULL;
		g_autofree char *joined = g_strconcat(words ? words : "", stage->conf->dyndbg ? " " DYNDBG : "", NULL);

		if (!args)
			return false;
		append_quoted(script, m->info->name);
		append_quoted(script, file);
		append_quoted(script, joined);
	}
	g_string_append(script, "\n}\n");
	return true;
}

static void append_each_reverse(GString *script, const struct stage *stage)
{
	g_string_append(script, "each_reverse() {\n");
	for (guint i = stage->modules->len; i > 0; i--) {
		g_string_append(script, "\t\"$1\"");
		append_quoted(script, module_at(stage, i - 1)->info->name);
		g_string_append(script, " || return\n");
	}
	g_string_append(script, "}\n");
}

/* modprobe for what the modules need beyond each other. */
static void append_need_all(GString *script, const struct stage *stage)
{
	g_auto(GStrv) found = module_needs(stage->modules);
	char **lists[] = { stage->conf->needs, found };

	g_string_append(script, "need_all() {\n");
	for (guint l = 0; l < G_N_ELEMENTS(lists); l++)
		for (char **name = lists[l]; name && *name; name++) {
			g_string_append(script, "\tneed");
			append_quoted(script, *name);
			g_string_append(script, " || return\n");
		}
	g_string_append(script, "\treturn 0\n}\n");
}

char *stage_modules_script(const struct stage *stage, GError **error)
{
	g_autoptr(GString) script = g_string_new("#!/bin/sh\n");

	append_need_all(script, stage);
	if (!append_each_module(script, stage, error) || !append_all_modules(script, stage, error))
		return NULL;
	append_each_reverse(script, stage);
	g_string_append(script, modules_script);
	return g_strdup(script->str);
}

/* The line that the kernel adds to an errno, in brackets, or "". */
static char *kernel_words(const struct stage *stage, const char *name)
{
	g_autofree char *reason = kmsg_reason(stage->kmsg, stage->mark, name);

	return reason ? g_strdup_printf(" (kernel: %s)", reason) : g_strdup("");
}

/* Of what insmod or rmmod said the last line, without their own name. */
static const char *command_words(const char *said)
{
	const char *last = said ? strrchr(said, '\n') : NULL;
	const char *error;

	last = last ? last + 1 : said;
	error = last ? strstr(last, "ERROR: ") : NULL;
	return error ? error + strlen("ERROR: ") : last;
}

static const char *last_name(const struct stage *stage)
{
	return module_at(stage, stage->modules->len - 1)->info->name;
}

/* $1 insert_all or remove_all, $2 the marker. */
static const char ensure_script[] =
	". " STAGE_FILES "/" STAGE_MODULES_SCRIPT "\n"
	"$1\n"
	"status=$?\n"
	"read -r tainted </proc/sys/kernel/tainted\n"
	"echo $tainted\n"
	"echo \"$2\" >/dev/kmsg\n"
	"[ $status = 0 ] || printf '%s\\n%s\\n' \"$culprit\" \"$said\"\n"
	"exit $status\n";

static void report_refusal(struct stage *stage, char *said)
{
	g_autofree char *words = kernel_words(stage, last_name(stage));

	g_strchomp(said);
	report_fail(stage->report, LAB_ERROR_LOAD, "%.*s failed: %.200s%s",
		    (int)MIN(strcspn(said, "\n"), 100), said, command_words(said), words);
}

bool stage_ensure(struct stage *stage, bool loaded)
{
	g_autofree char *marker = stage_marker(stage);
	const char *const argv[] = { "sh", "-c", ensure_script, "ensure",
				     loaded ? "insert_all" : "remove_all", marker, NULL };
	const struct guest_exec exec = { .argv = argv };
	struct guest_result result;
	bool ok = stage_exec(stage, &exec, STAGE_LIMIT_S, loaded ? "insmod" : "rmmod", &result);

	if (ok) {
		stage_settle(stage);
		ok = result.status == 0;
		stage_take_taint(stage, result.out);
		if (!ok)
			report_refusal(stage, result.out->str);
	}
	guest_result_clear(&result);
	return ok;
}

bool stage_clear(struct stage *stage)
{
	/* The audit begins after this. */
	static const char script[] = ". " STAGE_FILES "/" STAGE_MODULES_SCRIPT "\n"
				     "remove_all\n"
				     "status=$?\n"
				     "rm -f " STAGE_AUDIT_LOADED "\n"
				     "exit $status\n";
	struct guest_result result;
	bool ok = stage_sh(stage, script, STAGE_LIMIT_S, "removing what an earlier run left loaded",
			   &result) && result.status == 0;

	guest_result_clear(&result);
	return ok;
}

static void take(void *data, int fd, const char *bytes, gsize size)
{
	if (fd == 1)
		ktap_feed(data, bytes, size);
}

/* What failed becomes the run's: with the kernel's words where it has any. */
static bool judge(struct stage *stage, struct report_suite *suite, struct ktap *ktap)
{
	GPtrArray *tests = ktap_tests(ktap);
	g_autofree char *words = kernel_words(stage, last_name(stage));
	bool ok = true;

	while (tests->len) {
		struct test_result *test = g_ptr_array_steal_index(tests, 0);
		const char *said = command_words(test->detail);

		g_ptr_array_add(suite->tests, test);
		if (test->outcome != OUTCOME_FAIL)
			continue;
		report_fail(stage->report, LAB_ERROR_LOAD, "%s failed%s%s%s", test->name,
			    said ? ": " : "", said ? said : "", ok ? words : "");
		ok = false;
	}
	if (ok && ktap_problem(ktap)) {
		report_fail(stage->report, LAB_ERROR_LOAD, "the load stage's checks: %s", ktap_problem(ktap));
		ok = false;
	}
	suite->outcome = ok ? OUTCOME_PASS : OUTCOME_FAIL;
	return ok;
}

static bool run_checks(struct stage *stage, struct report_suite *suite)
{
	g_autofree char *marker = stage_marker(stage);
	g_autofree char *reloads = g_strdup_printf("%u", stage->conf->reloads);
	const char *const argv[] = { "sh", STAGE_FILES "/" STAGE_LOAD_SCRIPT, reloads, marker,
				     stage->conf->fault ? stage->conf->fault : "", NULL };
	g_autoptr(ktap_owner) ktap = ktap_new(NULL, NULL);
	const struct guest_exec exec = { .argv = argv, .sink = take, .data = ktap };
	guint limit = MIN(STAGE_LIMIT_S + stage->conf->reloads * RELOAD_LIMIT_S, stage->timeout_s) +
		      (stage->conf->fault ? FAULT_LIMIT_S : 0);
	struct guest_result result;
	bool ok = stage_exec(stage, &exec, limit, "loading and unloading", &result);

	if (ok)
		stage_settle(stage);
	guest_result_clear(&result);
	ktap_end(ktap);
	/* A guest that is lost has its reason in the report: no second one. */
	if (!ok)
		suite->outcome = OUTCOME_FAIL;
	return ok && judge(stage, suite, ktap) && !stage_is_fatal(stage);
}

bool stage_load(struct stage *stage)
{
	struct report_suite *suite;
	guint findings;
	bool ok;

	stage_begin(stage, "load");
	suite = report_suite(stage->report, "load");
	report_set_suite(stage->report, "load");
	for (guint i = 0; i < stage->modules->len; i++)
		kmsg_own_module(stage->kmsg, module_at(stage, i)->info->name);
	findings = kmsg_findings(stage->kmsg)->len;
	ok = run_checks(stage, suite);
	suite->seconds = clock_since(stage->began);
	log_range_add(&suite->range, stage_log_range(stage, stage->mark));
	report_set_suite(stage->report, NULL);
	stage_end(stage, ok && kmsg_findings(stage->kmsg)->len == findings ? OUTCOME_PASS : OUTCOME_FAIL);
	return ok;
}
