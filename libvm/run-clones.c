// SPDX-License-Identifier: GPL-2.0-only
/*
 * Testing in clones. What is to be done is cut into tasks, each of which has a
 * clone, a part of the report and a folder of its own; threads take them in
 * their order, and they are put together in that order. Of one task another
 * sees nothing but what it writes into the source, which all share.
 */
#include <errno.h>
#include <glib/gstdio.h>
#include <sys/resource.h>

#include "lib/clock.h"
#include "lib/fault.h"
#include "lib/folder.h"
#include "lib/path.h"
#include "libvm/clone-pool.h"
#include "libvm/run-folder.h"
#include "libvm/run-private.h"
#include "libvm/suite.h"
#include "libvm/template.h"

#define DESCRIPTORS 8192
#define MANY 20		/* tasks: worth being told of */

struct farm;

struct task {
	struct farm *farm;
	guint index;
	bool checks;		/* the load stage's */
	GPtrArray *suites;	/* struct suite_ref */
	struct report *part;
	struct progress progress;	/* to shown */
	GPtrArray *shown;	/* notes that wait for their turn */
	bool done;
};

struct farm {
	struct run *run;
	struct conf conf;	/* the run's, but for what is shared */
	const struct template *template;
	struct clone_pool *pool;
	GPtrArray *tasks;
	GMutex mutex;		/* of what is below, and of run->progress */
	GCond news;
	guint next;		/* the task that is taken next */
	guint merged;		/* tasks that are in the report */
	guint working;		/* threads */
	guint spares;		/* clones for a task to come */
	GError *broken;		/* why there are no clones to be had */
	bool refused;		/* by QEMU, which did not take the template */
	bool kept;		/* a broken one was left as it is */
};

/* Words: a task's come out when all before it are done. */

static void show(struct farm *f, const char *text)
{
	progress_note(f->run->progress, "%s", text);
}

static void take_note(void *data, const char *text)
{
	struct task *task = data;
	struct farm *f = task->farm;

	g_mutex_lock(&f->mutex);
	if (task->index == f->merged)
		show(f, text);
	else
		g_ptr_array_add(task->shown, g_strdup(text));
	g_mutex_unlock(&f->mutex);
}

/* Out of turn: it is for those who look for what went wrong. */
static void take_detail(void *data, const char *text)
{
	struct task *task = data;

	g_mutex_lock(&task->farm->mutex);
	progress_detail(task->farm->run->progress, "%s", text);
	g_mutex_unlock(&task->farm->mutex);
}

static void take_update(void *data, const char *what, enum progress_unit unit, guint64 done,
			guint64 total)
{
	struct task *task = data;
	struct farm *f = task->farm;

	g_mutex_lock(&f->mutex);
	if (task->index == f->merged)
		progress_update(f->run->progress, what, unit, done, total);
	g_mutex_unlock(&f->mutex);
}

/* With the mutex: what the task whose turn it is has said so far. */
static void show_waiting(struct farm *f)
{
	const struct task *task = f->merged < f->tasks->len ? f->tasks->pdata[f->merged] : NULL;

	for (; task && task->shown->len; g_ptr_array_remove_index(task->shown, 0))
		show(f, task->shown->pdata[0]);
}

/* Tasks */

static void task_free(gpointer data)
{
	struct task *task = data;

	g_ptr_array_unref(task->suites);
	g_ptr_array_unref(task->shown);
	report_free(task->part);
	g_free(task);
}

static struct task *task_new(struct farm *f, guint index)
{
	struct task *task = g_new0(struct task, 1);

	task->farm = f;
	task->index = index;
	task->suites = suite_refs_new();
	task->shown = g_ptr_array_new_with_free_func(g_free);
	task->part = report_new("part");
	task->part->origin = f->run->report->origin;
	task->part->folder = g_strdup_printf("%s/part-%u", f->run->report->folder, index);
	task->progress = (struct progress){ .note = take_note, .update = take_update,
					    .detail = take_detail, .data = task };
	return task;
}

static struct task *add_task(struct farm *f)
{
	struct task *task = task_new(f, f->tasks->len);

	g_ptr_array_add(f->tasks, task);
	return task;
}

static bool isolates_by(const struct run *r, const char *level)
{
	return g_str_equal(r->conf->isolation, level);
}

static void add_suite(struct farm *f, const struct suite_ref *from, const char *test)
{
	struct task *task = add_task(f);
	struct suite_ref ref = *from;

	ref.test = (char *)test;
	suite_refs_add(task->suites, &ref);
}

/* @tests: the names of selectable suites' tests by the suite's path, or NULL. */
static void add_tasks(struct farm *f, const GPtrArray *refs, GHashTable *tests)
{
	bool together = isolates_by(f->run, "run"), checks = !f->run->options->suites_only;
	struct task *all = checks ? add_task(f) : NULL;

	if (all)
		all->checks = true;
	for (guint i = 0; i < refs->len; i++) {
		const struct suite_ref *ref = refs->pdata[i];
		char **names = tests && !ref->test ? g_hash_table_lookup(tests, ref->path) : NULL;

		/* After an error nothing is as it was: such a run shares no clone. */
		if (together && !ref->rule) {
			all = all ? all : add_task(f);
			suite_refs_add(all->suites, ref);
			continue;
		}
		if (!names)
			add_suite(f, ref, ref->test);
		for (; names && *names; names++)
			add_suite(f, ref, *names);
	}
}

/* As many as were asked for, else as cores and memory allow. */
static guint count_jobs(const struct farm *f)
{
	const struct run *r = f->run;
	guint wanted = r->options->jobs ? r->options->jobs : r->conf->jobs;

	return wanted ? wanted : MIN(clone_pool_size(f->pool), g_get_num_processors());
}

static void count_spare(struct farm *f, int change)
{
	g_mutex_lock(&f->mutex);
	f->spares += (guint)change;
	g_mutex_unlock(&f->mutex);
}

/* For the task after this one, if there is a task for it and room now; or NULL. */
static struct clone *begin_spare(struct farm *f)
{
	struct clone *clone = NULL;
	bool wanted;

	g_mutex_lock(&f->mutex);
	wanted = !f->broken && f->next + f->spares < f->tasks->len;
	f->spares += wanted;
	g_mutex_unlock(&f->mutex);
	if (wanted)
		clone = clone_pool_try(f->pool);
	if (wanted && !clone)
		count_spare(f, -1);
	return clone;
}

/* One task */

/* Wakes the clone and has the stage follow it; false when there is no clone to be had. */
static bool open_stage(struct task *task, struct clone *clone, struct stage *ret, GError **error)
{
	struct run *run = task->farm->run;
	g_autofree char *kmsg = g_build_filename(task->part->folder, "kmsg.jsonl", NULL);
	gint64 began = g_get_monotonic_time();
	struct report_stage *entry;

	*ret = (struct stage){ .conf = clone_conf(clone), .progress = &task->progress,
			       .report = task->part, .modules = run->stage.modules,
			       .tree = run->stage.tree,
			       .timeout_s = run->stage.timeout_s,
			       .all_suites = run->stage.all_suites,
			       .kept_in = run->report->folder, .keep = run->options->keep, .saved = true,
			       .disk = clone_disk(clone),
			       .symbols = task->farm->template->symbols,
			       .taint = task->farm->template->taint };
	if (g_mkdir(task->part->folder, 0755) < 0)
		return fault_set_errno(error, LAB_ERROR_LAB, errno, "cannot make %s", task->part->folder);
	ret->kmsg = kmsg_new(kmsg, error);
	if (!ret->kmsg)
		return false;
	if (!clone_run(clone, error))
		task->farm->refused = true;
	else
		ret->guest = clone_enter(clone, &task->progress, error);
	ret->mounted = clone_is_mounted(clone);
	entry = report_add_stage(task->part, "clone");
	report_time_stage(task->part, entry, began);
	return ret->guest;
}

static void close_stage(struct stage *stage)
{
	if (stage->kmsg)
		kmsg_end(stage->kmsg);
	if (stage->kmsg) {
		report_take_findings(stage->report, kmsg_findings(stage->kmsg), 0);
		stage->report->log_lines = kmsg_mark(stage->kmsg);
	}
	stage_close(stage);
	kmsg_free(stage->kmsg);
	g_free(stage->source);
}

static bool prepare(struct task *task, struct stage *stage)
{
	g_autoptr(GError) error = NULL;
	bool ok = stage_open(stage, 0, &error);

	if (ok && !run_check_release(stage))
		return false;
	ok = ok && stage_deliver(stage);
	if (ok && task->suites->len)
		ok = run_place_source(stage, &error);
	if (error)
		report_fail_error(stage->report, g_steal_pointer(&error));
	return ok;
}

/* With --keep: the first that broke; all of them would fill the host's memory. */
static void leave_broken(const struct stage *stage, struct clone *clone)
{
	const struct task *task = stage->progress->data;
	struct farm *f = task->farm;
	g_autofree char *name = g_path_get_basename(stage->conf->state_dir);
	bool first;

	if (!f->run->options->keep || !(stage->lost || stage_is_fatal(stage)))
		return;
	g_mutex_lock(&f->mutex);
	first = !f->kept;
	f->kept = true;
	g_mutex_unlock(&f->mutex);
	if (first && stage->symbols.modules)
		kallsyms_save(stage->conf, &stage->symbols, NULL);
	if (first && clone_leave(clone, NULL))
		progress_note(stage->progress, "The guest is broken and left as it is: 'vexvm --name=%s/%s status' "
			      "shows it, the same with 'stop --force' ends it", stage->conf->name, name);
}

/*
 * False when there was no clone to be had; what goes wrong in it is in the
 * report. @next, if it is wanted, is started meanwhile.
 */
static bool run_task(struct task *task, struct clone *clone, struct clone **next, GError **error)
{
	struct stage stage;
	bool ok = open_stage(task, clone, &stage, error);

	if (ok) {
		*next = begin_spare(task->farm);
		if (prepare(task, &stage))
			run_stages(&stage, task->checks, task->suites);
		run_keep_console(&stage);
		leave_broken(&stage, clone);
	}
	close_stage(&stage);
	return ok;
}

/* Which tests the suites have that can run them one by one: a table for add_tasks(). */

static void list_suite(struct farm *f, struct stage *stage, const char *suite, GHashTable *ret)
{
	g_autoptr(GError) error = NULL;
	char **names = stage_list_tests(stage, suite, &error);

	if (names)
		g_hash_table_insert(ret, (gpointer)suite, names);
	else
		progress_note(f->run->progress, "It runs as a whole: %s", error->message);
}

static GHashTable *list_tests(struct farm *f)
{
	const GPtrArray *suites = f->run->stage.all_suites;
	GHashTable *tests = g_hash_table_new_full(g_str_hash, g_str_equal, NULL,
						  (GDestroyNotify)g_strfreev);
	struct task *task = task_new(f, 0);
	g_autoptr(GError) error = NULL;
	struct clone *clone = NULL;
	struct stage stage = { 0 };

	for (guint i = 0; suites && i < suites->len; i++)
		if (suite_is_selectable(&f->conf, suites->pdata[i]))
			suite_refs_add(task->suites, &(struct suite_ref){ .path = suites->pdata[i] });
	if (task->suites->len)
		clone = clone_pool_take(f->pool, &error);
	if (clone && open_stage(task, clone, &stage, &error) && prepare(task, &stage))
		for (guint i = 0; i < suites->len; i++)
			if (suite_is_selectable(&f->conf, suites->pdata[i]))
				list_suite(f, &stage, suites->pdata[i], tests);
	close_stage(&stage);
	clone_pool_give(f->pool, clone);
	folder_remove(task->part->folder, NULL);
	task_free(task);
	return tests;
}

/* The next task, or NULL when there is none or no clone to be had for it. */
static struct task *take_task(struct farm *f)
{
	struct task *task = NULL;

	g_mutex_lock(&f->mutex);
	if (!f->broken && f->next < f->tasks->len)
		task = f->tasks->pdata[f->next++];
	g_mutex_unlock(&f->mutex);
	return task;
}

/* With the mutex: a sweep's next run is the last of the tasks. */
static void go_on(const struct task *task)
{
	const GPtrArray *results = task->part->suites;
	const struct suite_ref *ref = task->suites->len == 1 ? task->suites->pdata[0] : NULL;
	const struct report_suite *result = results->len ? results->pdata[0] : NULL;

	if (ref && result && suite_ref_goes_on(ref, result->injected))
		suite_refs_add_next(add_task(task->farm)->suites, ref);
}

static void finish_task(struct task *task, bool ok, GError *error)
{
	struct farm *f = task->farm;

	g_mutex_lock(&f->mutex);
	task->done = ok;
	if (ok)
		go_on(task);
	if (!ok && !f->broken)
		f->broken = g_steal_pointer(&error);
	g_clear_error(&error);
	g_cond_broadcast(&f->news);
	g_mutex_unlock(&f->mutex);
}

static gpointer work(gpointer data)
{
	struct farm *f = data;
	struct clone *spare = NULL;
	struct task *task;

	while ((task = take_task(f))) {
		GError *error = NULL;
		struct clone *clone = g_steal_pointer(&spare);
		bool ok;

		if (clone)
			count_spare(f, -1);
		else
			clone = clone_pool_take(f->pool, &error);
		ok = clone && run_task(task, clone, &spare, &error);
		clone_pool_give(f->pool, clone);
		finish_task(task, ok, error);
	}
	clone_pool_give(f->pool, spare);
	g_mutex_lock(&f->mutex);
	f->working--;
	g_cond_broadcast(&f->news);
	g_mutex_unlock(&f->mutex);
	return NULL;
}

/* Putting together */

/* Appends what a task's folder has to the files of the run's; scripts are all the same. */
static void merge_files(const struct report *report, const struct report *part)
{
	g_autoptr(GDir) dir = g_dir_open(part->folder, 0, NULL);
	const char *name;

	while (dir && (name = g_dir_read_name(dir))) {
		g_autofree char *from = g_build_filename(part->folder, name, NULL);
		g_autofree char *to = g_build_filename(report->folder, name, NULL);

		if (g_str_has_suffix(name, ".sh"))
			g_rename(from, to);
		else
			run_folder_append(from, to);
	}
	folder_remove(part->folder, NULL);
}

static char *task_title(const struct task *task)
{
	const struct suite_ref *ref = task->suites->len ? task->suites->pdata[0] : NULL;

	if (task->suites->len == 1 && !task->checks)
		return ref->test ? g_strdup(ref->test) :
				   suite_ref_name(task->farm->run->stage.all_suites, ref);
	return g_strdup(ref ? "tests" : "load");
}

/* One that failed has said so. */
static void show_end(struct farm *f, const struct task *task)
{
	g_autofree char *title = task_title(task);
	double seconds = 0;

	for (guint i = 0; i < task->part->stages->len; i++) {
		const struct report_stage *stage = task->part->stages->pdata[i];

		if (stage->outcome == OUTCOME_FAIL)
			return;
		seconds += stage->seconds;
	}
	progress_done(f->run->progress, title, seconds);
}

static void merge(struct farm *f, struct task *task)
{
	show_end(f, task);
	report_absorb(f->run->report, task->part);
	merge_files(f->run->report, task->part);
}

/* Puts tasks into the report as they get done; true when all are. */
static bool collect(struct farm *f)
{
	g_mutex_lock(&f->mutex);
	while (f->merged < f->tasks->len) {
		struct task *task = f->tasks->pdata[f->merged];

		show_waiting(f);
		if (task->done) {
			merge(f, task);
			f->merged++;
		} else if (f->broken && f->working == 0) {
			break;
		} else {
			g_cond_wait(&f->news, &f->mutex);
		}
	}
	g_mutex_unlock(&f->mutex);
	return f->merged == f->tasks->len;
}

/* Tasks that had no clone, as one piece of work for the VM. */
static void remaining(struct farm *f, bool *checks, GPtrArray *refs)
{
	for (guint i = f->merged; i < f->tasks->len; i++) {
		struct task *task = f->tasks->pdata[i];

		if (task->done) {
			merge(f, task);
			continue;
		}
		*checks |= task->checks;
		for (guint s = 0; s < task->suites->len; s++)
			suite_refs_add(refs, task->suites->pdata[s]);
		folder_remove(task->part->folder, NULL);
	}
}

static void run_farm(struct farm *f, guint jobs)
{
	g_autoptr(GPtrArray) threads = g_ptr_array_new();
	bool whole;

	if (f->tasks->len > MANY)
		progress_note(f->run->progress, "%u clones, %u at a time", f->tasks->len, jobs);
	f->working = MIN(jobs, f->tasks->len);
	for (guint i = 0; i < MIN(jobs, f->tasks->len); i++)
		g_ptr_array_add(threads, g_thread_new("clone", work, f));
	whole = collect(f);
	for (guint i = 0; i < threads->len; i++)
		g_thread_join(threads->pdata[i]);
	if (!whole) {
		g_autoptr(GPtrArray) refs = suite_refs_new();
		bool checks = false;

		remaining(f, &checks, refs);
		progress_note(f->run->progress, "Booting the VM instead of a clone: %s", f->broken->message);
		if (f->refused)
			template_remove(f->run->conf);
		f->run->stage.log_before = f->run->report->log_lines;
		run_in_vm(f->run, checks, refs);
	}
}

/* A source that is not in the project is what its clones share. */
static void share_source(struct farm *f)
{
	g_autofree char *root = realpath(f->conf.root, NULL);
	g_autofree char *source = realpath(f->conf.source, NULL);

	if (root && source && !path_below(root, source))
		f->conf.root = f->conf.source;
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
	struct farm f = { .run = r, .conf = *r->conf, .template = template };
	g_autoptr(GHashTable) tests = NULL;

	describe(r, template);
	raise_descriptors();
	/* Who has several runs at a time has swept before them. */
	if (!r->options->folder)
		clone_sweep(r->conf, false);
	share_source(&f);
	f.pool = clone_pool_new(&f.conf, r->probe, template, r->options->keep,
				suite_refs_have_rule(refs));
	f.tasks = g_ptr_array_new_with_free_func(task_free);
	g_mutex_init(&f.mutex);
	g_cond_init(&f.news);
	if (isolates_by(r, "test"))
		tests = list_tests(&f);
	add_tasks(&f, refs, tests);
	run_farm(&f, count_jobs(&f));
	g_ptr_array_unref(f.tasks);
	clone_pool_free(f.pool);
	g_clear_error(&f.broken);
	g_mutex_clear(&f.mutex);
	g_cond_clear(&f.news);
}
