// SPDX-License-Identifier: GPL-2.0-only
/*
 * The audit after the last unload: what the agent sees then and did not before the
 * first load. modules.sh has the snapshot taken in time, where the template has none.
 */
#include "libvm/audit.h"
#include "libvm/stage.h"

#define AUDIT_OUTPUT_MAX (16 << 20)	/* bytes */
#define SETTLE_ROUNDS 3			/* before something counts as left behind */

GPtrArray *stage_functions(const struct stage *stage)
{
	GPtrArray *functions = audit_functions_new();

	for (guint i = 0; i < stage->modules->len; i++) {
		const struct module *m = stage->modules->pdata[i];
		g_autoptr(GError) error = NULL;

		if (!audit_read_functions(m->file, m->info->name, functions, &error))
			progress_detail(stage->progress, "%s", error->message);
	}
	return functions;
}

/* Runs the agent's program; false when the guest is lost. */
static bool run_agent(struct stage *stage, const char *const *argv, struct guest_result *ret)
{
	const struct guest_exec exec = { .argv = argv, .max_output = AUDIT_OUTPUT_MAX };

	return stage_exec(stage, &exec, STAGE_LIMIT_S, "the audit", ret);
}

/* What the kernel took out of use after a corruption was not left there by the module. */
static void drop_spoilt(const struct stage *stage, GPtrArray *leaks)
{
	guint n = audit_drop_spoilt(leaks, kmsg_findings(stage->kmsg));

	if (n)
		progress_detail(stage->progress, "No leak%s: slab objects of %u place%s, in caches that the kernel found "
				"corrupted and takes objects out of use of", n == 1 ? "" : "s", n, n == 1 ? "" : "s");
}

/* Elements are struct leak; NULL when nothing could be found out. */
static GPtrArray *look(struct stage *stage, const GPtrArray *functions)
{
	static const char *const argv[] = { STAGE_AGENT, "--audit", "since", STAGE_AUDIT,
					    STAGE_AUDIT_LOADED, NULL };
	g_auto(GStrv) needs = module_needs(stage->modules);
	struct guest_result result = { 0 };
	GPtrArray *leaks = NULL;

	if (run_agent(stage, argv, &result) && result.status == 0 && !result.signal && !result.truncated)
		leaks = audit_compare(result.out->str, functions, (const char *const *)needs);
	guest_result_clear(&result);
	if (leaks)
		drop_spoilt(stage, leaks);
	return leaks;
}

static bool settle(struct stage *stage)
{
	static const char *const argv[] = { STAGE_AGENT, "--audit", "settle", NULL };
	struct guest_result result = { 0 };
	bool ok = run_agent(stage, argv, &result);

	if (ok && result.status)
		progress_detail(stage->progress, "What the kernel frees late may count as left behind: the agent "
				"could not have its caches shrunk");
	guest_result_clear(&result);
	return ok;
}

/* What is still there after the kernel was given time to free it. */
static GPtrArray *find_leaks(struct stage *stage)
{
	g_autoptr(GPtrArray) functions = stage_functions(stage);
	GPtrArray *leaks = look(stage, functions);

	for (guint i = 0; i < SETTLE_ROUNDS && leaks && leaks->len; i++) {
		g_ptr_array_unref(leaks);
		leaks = settle(stage) ? look(stage, functions) : NULL;
	}
	return leaks;
}

/* The one test that ran then; where several did it is not told. */
static char *made_during(const struct report *r, const struct leak *leak)
{
	char *name = NULL;

	for (guint i = 0; i < r->suites->len; i++) {
		const struct report_suite *suite = r->suites->pdata[i];

		for (guint k = 0; k < suite->tests->len; k++) {
			const struct test_result *test = suite->tests->pdata[k];

			if (!leak_is_made_during(leak, test))
				continue;
			if (name) {
				g_free(name);
				return NULL;
			}
			name = g_strdup_printf("%s: %s", suite->name, test->name);
		}
	}
	return name;
}

void stage_audit(struct stage *stage, guint loads)
{
	g_autoptr(GPtrArray) leaks = NULL;
	enum outcome outcome;

	if (!stage->conf->audit || !guest_agent_is_ours(stage->guest))
		return;
	stage_begin(stage, "audit");
	leaks = find_leaks(stage);
	/* What nobody could find out is not clean. */
	outcome = stage->lost ? OUTCOME_FAIL : !leaks ? OUTCOME_SKIP : leaks->len ? OUTCOME_FAIL : OUTCOME_PASS;
	/* As when no suite had the modules loaded, in a VM that was booted. */
	if (!leaks && !stage->lost)
		progress_detail(stage->progress, "No audit: the guest's agent could not tell what the kernel holds");
	for (guint i = 0; leaks && i < leaks->len; i++) {
		struct leak *leak = leaks->pdata[i];

		leak->during = made_during(stage->report, leak);
		leak->loads = loads;
	}
	if (leaks)
		report_take_leaks(stage->report, leaks);
	stage_end(stage, outcome);
}
