// SPDX-License-Identifier: GPL-2.0-only
/* Testing in clones: what of a run is done in which. */
#include <sys/resource.h>

#include "libvm/clone.h"
#include "libvm/farm.h"

#define DESCRIPTORS 8192

static bool isolates_by(const struct run *r, const char *level)
{
	return g_str_equal(r->conf->isolation, level);
}

static void add_suite(struct farm *f, const struct suite_ref *ref, const char *test)
{
	struct task *task = farm_add(f);

	suite_refs_add_test(task->suites, ref, test);
}

/* @tests: the names of selectable suites' tests by the suite's path, or NULL. */
static void add_tasks(struct farm *f, const GPtrArray *refs, GHashTable *tests)
{
	bool together = isolates_by(f->run, "run"), checks = !f->run->options->suites_only;
	struct task *all = checks ? farm_add(f) : NULL;

	if (all)
		all->checks = true;
	for (guint i = 0; i < refs->len; i++) {
		const struct suite_ref *ref = refs->pdata[i];
		char **names = tests && !ref->test ? g_hash_table_lookup(tests, ref->path) : NULL;

		/* After an error nothing is as it was: such a run shares no clone. */
		if (together && !ref->rule) {
			all = all ? all : farm_add(f);
			suite_refs_add(all->suites, ref);
			continue;
		}
		if (!names)
			add_suite(f, ref, ref->test);
		for (; names && *names; names++)
			add_suite(f, ref, *names);
	}
}

/* What had no clone, as one piece of work for the VM. */
static void run_remaining(struct farm *f)
{
	g_autoptr(GPtrArray) refs = suite_refs_new();
	bool checks = false;

	farm_remaining(f, &checks, refs);
	progress_note(f->run->progress, "Booting the VM instead of a clone: %s", f->broken->message);
	if (f->refused)
		template_remove(f->run->conf);
	f->run->stage.log_before = f->run->report->log_lines;
	run_in_vm(f->run, checks, refs);
}

/* Ten descriptors and more a clone: as many as this process may ask for. */
static void raise_descriptors(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur < limit.rlim_max) {
		limit.rlim_cur = MIN(limit.rlim_max, DESCRIPTORS);
		setrlimit(RLIMIT_NOFILE, &limit);
	}
}

static void describe(struct run *r, const struct template *template)
{
	r->report->accel = g_strdup(accel_name(r->probe->accel));
	r->report->image = g_strdup(template->image->name);
	r->report->qemu = g_strdup(r->probe->version_text);
}

void run_in_clones(struct run *r, const struct template *template, const GPtrArray *refs)
{
	g_autoptr(GHashTable) tests = NULL;
	struct farm f;

	describe(r, template);
	raise_descriptors();
	/* Who has several runs at a time has swept before them. */
	if (!r->options->folder)
		clone_sweep(r->conf, false);
	farm_init(&f, r, template, suite_refs_have_rule(refs));
	if (isolates_by(r, "test"))
		tests = farm_list_tests(&f);
	add_tasks(&f, refs, tests);
	if (!farm_work(&f))
		run_remaining(&f);
	else if (r->options->confirm)
		confirm(&f, r->options->confirm);
	suspects_close(&f);
	farm_clear(&f);
}
