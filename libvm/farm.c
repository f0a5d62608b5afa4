// SPDX-License-Identifier: GPL-2.0-only
#include "libvm/farm.h"

#include <glib/gstdio.h>

#include "lib/folder.h"
#include "lib/path.h"
#include "libvm/run-folder.h"

#define MANY 20		/* tasks: worth being told of */
#define WAITING_MAX 8	/* clones that only wait, besides the others */

struct task *farm_add(struct farm *f)
{
	struct task *task = task_new(f, f->tasks->len);

	g_ptr_array_add(f->tasks, task);
	return task;
}

static void count_spare(struct farm *f, int change)
{
	g_mutex_lock(&f->mutex);
	f->spares += (guint)change;
	g_mutex_unlock(&f->mutex);
}

/* With the mutex: the first task that nobody has taken, of those that wait or the others. */
static struct task *first_left(const struct farm *f, bool waits, guint *ret_nr)
{
	struct task *first = NULL;

	*ret_nr = 0;
	for (guint i = f->next; i < f->tasks->len; i++) {
		struct task *task = f->tasks->pdata[i];

		if (task->taken || task->waits != waits)
			continue;
		first = first ? first : task;
		(*ret_nr)++;
	}
	return first;
}

struct clone *farm_begin_spare(const struct task *task)
{
	struct farm *f = task->farm;
	struct clone *clone = NULL;
	bool wanted;
	guint nr;

	if (task->waits)
		return NULL;
	g_mutex_lock(&f->mutex);
	wanted = !f->broken && first_left(f, false, &nr) && nr > f->spares;
	f->spares += wanted;
	g_mutex_unlock(&f->mutex);
	if (wanted)
		clone = clone_pool_try(f->pool);
	if (wanted && !clone)
		count_spare(f, -1);
	return clone;
}

/* A clone that no task came for: its memory may be what another one waits for. */
static void drop_spare(struct farm *f, struct clone **spare)
{
	if (!*spare)
		return;
	clone_pool_give(f->pool, g_steal_pointer(spare));
	count_spare(f, -1);
}

/* With the mutex, which it gives away meanwhile: until there may be another task. */
static void await_task(struct farm *f, struct clone **spare)
{
	if (!*spare) {
		g_cond_wait(&f->news, &f->mutex);
		return;
	}
	g_mutex_unlock(&f->mutex);
	drop_spare(f, spare);
	g_mutex_lock(&f->mutex);
}

/*
 * The next task, or NULL when there is none or no clone to be had for it. One that is
 * under way may still leave some of its own; no spare is kept until then.
 */
static struct task *take_task(struct farm *f, bool waits, struct clone **spare)
{
	struct task *task;
	guint nr;

	g_mutex_lock(&f->mutex);
	while (!(task = first_left(f, waits, &nr)) && f->busy && !f->broken)
		await_task(f, spare);
	if (f->broken)
		task = NULL;
	if (task) {
		task->taken = true;
		f->busy++;
	}
	while (f->next < f->tasks->len && ((struct task *)f->tasks->pdata[f->next])->taken)
		f->next++;
	g_mutex_unlock(&f->mutex);
	return task;
}

/* With the mutex: a sweep's next run is the last of the tasks. */
static void go_on_sweeping(const struct task *task)
{
	const GPtrArray *results = ((const struct leg *)task->legs->pdata[0])->part->suites;
	const struct suite_ref *ref = task->suites->len == 1 ? task->suites->pdata[0] : NULL;
	const struct report_suite *result = results->len ? results->pdata[0] : NULL;

	if (ref && result && !task->repeat && suite_ref_goes_on(ref, result->injected))
		suite_refs_add_next(farm_add(task->farm)->suites, ref);
}

static void finish_task(struct task *task, bool ok, GError *error)
{
	struct farm *f = task->farm;

	g_mutex_lock(&f->mutex);
	f->busy--;
	task->done = ok;
	if (ok)
		go_on_sweeping(task);
	if (!ok && !f->broken)
		f->broken = g_steal_pointer(&error);
	g_clear_error(&error);
	g_cond_broadcast(&f->news);
	g_mutex_unlock(&f->mutex);
}

/* The one that was started in time, or another. */
static struct clone *take_clone(struct farm *f, struct clone **spare, GError **error)
{
	struct clone *clone = g_steal_pointer(spare);

	if (!clone)
		return clone_pool_take(f->pool, error);
	count_spare(f, -1);
	return clone;
}

/*
 * False when there was no clone to be had for its first leg; what goes wrong in one
 * is in the report.
 */
static bool run_task(struct task *task, struct clone **spare, GError **error)
{
	struct farm *f = task->farm;
	struct leg *leg = leg_new(task, task->suites);

	for (;;) {
		g_autoptr(GError) cause = NULL;
		struct clone *clone = take_clone(f, spare, &cause);
		bool ok = clone && leg_run(task, leg, clone, spare, &cause);

		clone_pool_give(f->pool, clone);
		if (ok)
			go_on_note(task, leg);
		else if (task->legs->len > 1)
			go_on_give_up(task, leg, 0, cause->message);
		else
			g_propagate_error(error, g_steal_pointer(&cause));
		leg = ok ? go_on_leg(task) : NULL;
		if (!leg)
			return ok || task->legs->len > 1;
	}
}

static void work(struct farm *f, bool waits)
{
	struct clone *spare = NULL;
	struct task *task;

	while ((task = take_task(f, waits, &spare))) {
		GError *error = NULL;
		bool ok = run_task(task, &spare, &error);

		finish_task(task, ok, error);
	}
	drop_spare(f, &spare);
	g_mutex_lock(&f->mutex);
	f->working--;
	g_cond_broadcast(&f->news);
	g_mutex_unlock(&f->mutex);
}

static gpointer work_on(gpointer farm)
{
	work(farm, false);
	return NULL;
}

static gpointer work_on_waiting(gpointer farm)
{
	work(farm, true);
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

	for (guint i = 0; i < task->legs->len; i++) {
		const struct report *part = ((struct leg *)task->legs->pdata[i])->part;

		for (guint k = 0; k < part->stages->len; k++) {
			const struct report_stage *stage = part->stages->pdata[k];

			if (stage->outcome == OUTCOME_FAIL)
				return;
			seconds += stage->seconds;
		}
	}
	progress_done(f->run->progress, title, seconds);
}

static void merge_leg(struct farm *f, struct task *task, struct leg *leg)
{
	suspects_note(f, task, leg);
	report_absorb(f->run->report, leg->part);
	merge_files(f->run->report, leg->part);
}

static void merge(struct farm *f, struct task *task)
{
	if (!task->repeat && !task->origin)
		show_end(f, task);
	for (guint i = 0; i < task->legs->len; i++) {
		struct leg *leg = task->legs->pdata[i];

		if (task->repeat)
			folder_remove(leg->part->folder, NULL);
		else
			merge_leg(f, task, leg);
	}
}

/* With the mutex: what the task whose turn it is has said so far. */
static void show_waiting(struct farm *f)
{
	const struct task *task = f->merged < f->tasks->len ? f->tasks->pdata[f->merged] : NULL;

	for (; task && task->shown->len; g_ptr_array_remove_index(task->shown, 0))
		progress_note(f->run->progress, "%s", (const char *)task->shown->pdata[0]);
}

/* Puts tasks into the report as they get done; true when all are. */
static bool collect(struct farm *f)
{
	g_mutex_lock(&f->mutex);
	while (f->merged < f->tasks->len) {
		struct task *task = f->tasks->pdata[f->merged];

		show_waiting(f);
		task_show_done(f);
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

static void remove_folders(const struct task *task)
{
	for (guint i = 0; i < task->legs->len; i++)
		folder_remove(((struct leg *)task->legs->pdata[i])->part->folder, NULL);
}

void farm_remaining(struct farm *f, bool *checks, GPtrArray *refs)
{
	for (; f->merged < f->tasks->len; f->merged++) {
		struct task *task = f->tasks->pdata[f->merged];

		if (task->done) {
			merge(f, task);
			continue;
		}
		remove_folders(task);
		*checks |= task->checks && !task->repeat;
		if (!task->repeat)
			suite_refs_append(refs, task->suites, 0);
	}
}

/* How many threads are for tasks that wait; where memory has no room for one, these are as the others. */
static guint count_waiting(struct farm *f)
{
	guint nr, room = clone_pool_size(f->pool), free_for_them = room - MIN(room, f->jobs);

	if (!first_left(f, true, &nr))
		return 0;
	for (guint i = 0; !free_for_them && i < f->tasks->len; i++)
		((struct task *)f->tasks->pdata[i])->waits = false;
	return MIN(MIN(nr, free_for_them), WAITING_MAX);
}

bool farm_work(struct farm *f)
{
	g_autoptr(GPtrArray) threads = g_ptr_array_new();
	guint n, waiting = count_waiting(f);
	bool whole;

	first_left(f, false, &n);
	if (n > MANY)
		progress_note(f->run->progress, "%u clones, %u at a time", n, f->jobs);
	f->working = f->jobs + waiting;
	for (guint i = 0; i < f->jobs + waiting; i++)
		g_ptr_array_add(threads, g_thread_new("clone", i < f->jobs ? work_on : work_on_waiting, f));
	whole = collect(f);
	for (guint i = 0; i < threads->len; i++)
		g_thread_join(threads->pdata[i]);
	return whole;
}

bool farm_work_on(struct farm *f, const char *doing)
{
	bool whole;

	f->from = f->merged;
	f->doing = doing;
	whole = farm_work(f);
	f->doing = NULL;
	return whole;
}

/* A source that is not in the project is what its clones share. */
static void share_source(struct farm *f)
{
	g_autofree char *root = realpath(f->conf.root, NULL);
	g_autofree char *source = realpath(f->conf.source, NULL);

	if (root && source && !path_below(root, source))
		f->conf.root = f->conf.source;
}

/* As many as were asked for, else as cores and memory allow. */
static guint count_jobs(const struct farm *f, guint wanted)
{
	return f->strict ? wanted : MIN(clone_pool_size(f->pool), g_get_num_processors());
}

void farm_init(struct farm *f, struct run *run, const struct template *template, bool injects)
{
	guint wanted = run->options->jobs ? run->options->jobs : run->conf->jobs;

	*f = (struct farm){ .run = run, .conf = *run->conf, .template = template };
	share_source(f);
	f->pool = clone_pool_new(&f->conf, run->probe, template, run->options->keep, injects);
	f->strict = wanted;
	f->jobs = count_jobs(f, wanted);
	f->tasks = g_ptr_array_new_with_free_func(task_free);
	f->suspects = suspects_new();
	g_mutex_init(&f->mutex);
	g_cond_init(&f->news);
}

void farm_clear(struct farm *f)
{
	for (guint i = f->merged; i < f->tasks->len; i++)
		remove_folders(f->tasks->pdata[i]);
	g_ptr_array_unref(f->tasks);
	suspects_free(f->suspects);
	clone_pool_free(f->pool);
	g_clear_error(&f->broken);
	g_mutex_clear(&f->mutex);
	g_cond_clear(&f->news);
}
