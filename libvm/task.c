// SPDX-License-Identifier: GPL-2.0-only
/* What a farm's threads have to do, and what is said of it: in the order of the tasks. */
#include "libvm/farm.h"

static void take_note(void *data, const char *text)
{
	struct task *task = data;
	struct farm *f = task->farm;

	g_mutex_lock(&f->mutex);
	if (task->repeat)
		progress_detail(f->run->progress, "%s", text);
	else if (task->index == f->merged)
		progress_note(f->run->progress, "%s", text);
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

void task_show_done(const struct farm *f)
{
	guint done = 0;

	for (guint i = f->from; i < f->tasks->len; i++)
		done += ((struct task *)f->tasks->pdata[i])->done;
	if (f->doing)
		progress_update(f->run->progress, f->doing, PROGRESS_STEPS, done, f->tasks->len - f->from);
}

static void take_update(void *data, const char *what, enum progress_unit unit, guint64 done,
			guint64 total)
{
	struct task *task = data;
	struct farm *f = task->farm;

	g_mutex_lock(&f->mutex);
	/* That time goes by is news too. */
	if (f->doing)
		task_show_done(f);
	else if (task->index == f->merged)
		progress_update(f->run->progress, what, unit, done, total);
	g_mutex_unlock(&f->mutex);
}

static void leg_free(gpointer data)
{
	struct leg *leg = data;

	g_ptr_array_unref(leg->refs);
	report_free(leg->part);
	g_free(leg);
}

void task_free(gpointer data)
{
	struct task *task = data;

	g_ptr_array_unref(task->suites);
	g_ptr_array_unref(task->shown);
	g_ptr_array_unref(task->legs);
	g_free(task);
}

struct task *task_new(struct farm *f, guint index)
{
	struct task *task = g_new0(struct task, 1);

	task->farm = f;
	task->index = index;
	task->suites = suite_refs_new();
	task->shown = g_ptr_array_new_with_free_func(g_free);
	task->legs = g_ptr_array_new_with_free_func(leg_free);
	task->progress = (struct progress){ .note = take_note, .update = take_update,
					    .detail = take_detail, .data = task };
	return task;
}

struct leg *leg_new(struct task *task, const GPtrArray *refs)
{
	struct leg *leg = g_new0(struct leg, 1);

	leg->refs = suite_refs_new();
	suite_refs_append(leg->refs, refs, 0);
	leg->broken = G_MAXUINT;
	leg->part = report_new("part");
	leg->part->origin = task->farm->run->report->origin;
	leg->part->folder = g_strdup_printf("%s/part-%u-%u", task->farm->run->report->folder, task->index,
					    task->legs->len);
	g_ptr_array_add(task->legs, leg);
	return leg;
}
