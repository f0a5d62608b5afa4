// SPDX-License-Identifier: GPL-2.0-only
/* What is done in one clone. */
#include "libvm/farm.h"

#include <errno.h>
#include <glib/gstdio.h>

#include "lib/clock.h"
#include "lib/fault.h"
#include "lib/folder.h"
#include "libvm/run-folder.h"

static void note_refused(struct farm *f)
{
	g_mutex_lock(&f->mutex);
	f->refused = true;
	g_mutex_unlock(&f->mutex);
}

/*
 * What is known of one that was lost on the way is kept with the run, whether the leg's folder will be
 * merged there or not; then without it.
 */
static void keep_hang(struct farm *f, const struct leg *leg)
{
	g_autofree char *from = g_build_filename(leg->part->folder, STAGE_HANG, NULL);
	g_autofree char *to = g_build_filename(f->run->report->folder, STAGE_HANG, NULL);

	/* Other legs' are merged with it. */
	g_mutex_lock(&f->mutex);
	run_folder_append(from, to);
	g_mutex_unlock(&f->mutex);
	g_unlink(from);
}

static struct guest *enter(struct task *task, struct leg *leg, struct clone *clone, struct stage *stage,
			   GError **error)
{
	struct guest *guest = clone_enter(clone, &task->progress, error);

	if (!guest) {
		stage_unready(stage, "waking the clone", error);
		keep_hang(task->farm, leg);
	}
	return guest;
}

/* Wakes the clone and has the stage follow it; false when there is no clone to be had. */
static bool open_stage(struct task *task, struct leg *leg, struct clone *clone, struct stage *ret,
		       GError **error)
{
	struct run *run = task->farm->run;
	g_autofree char *kmsg = g_build_filename(leg->part->folder, "kmsg.jsonl", NULL);
	gint64 began = g_get_monotonic_time();
	struct report_stage *entry;

	*ret = (struct stage){ .conf = clone_conf(clone), .progress = &task->progress,
			       .report = leg->part, .modules = run->stage.modules,
			       .tree = run->stage.tree,
			       .timeout_s = run->stage.timeout_s,
			       .must_inject = run->stage.must_inject,
			       .all_suites = run->stage.all_suites,
			       .kept_in = run->report->folder, .keep = run->options->keep,
			       .saved = true, .goes_on = true, .disk = clone_disk(clone),
			       .symbols = task->farm->template->symbols,
			       .taint = task->farm->template->taint };
	if (g_mkdir(leg->part->folder, 0755) < 0)
		return fault_set_errno(error, LAB_ERROR_LAB, errno, "cannot make %s",
				       leg->part->folder);
	ret->kmsg = kmsg_new(kmsg, error);
	if (!ret->kmsg)
		return false;
	if (!clone_run(clone, error))
		note_refused(task->farm);
	else
		ret->guest = enter(task, leg, clone, ret, error);
	ret->mounted = clone_is_mounted(clone);
	entry = report_add_stage(leg->part, "clone");
	report_time_stage(leg->part, entry, began);
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

/* Where in its suites the guest broke. */
static void note_broken(struct leg *leg, const struct stage *stage)
{
	for (leg->broken = 0; leg->broken < leg->refs->len; leg->broken++)
		if (stage->broken == leg->refs->pdata[leg->broken])
			return;
}

bool leg_run(struct task *task, struct leg *leg, struct clone *clone, struct clone **next, GError **error)
{
	struct stage stage;
	bool first = task->legs->pdata[0] == leg;
	bool ready = false, ok = open_stage(task, leg, clone, &stage, error);

	if (ok) {
		*next = farm_begin_spare(task);
		ready = prepare(task, &stage);
		if (ready && task->base)
			run_base(&stage);
		else if (ready && (first || go_on_open(task, leg, &stage)))
			run_stages(&stage, task->checks && first, leg->refs);
		run_keep_console(&stage);
		leave_broken(&stage, clone);
	}
	note_broken(leg, &stage);
	close_stage(&stage);
	if (ok && !first && !stage.broken && (!ready || stage.suites_run < leg->refs->len))
		go_on_give_up(task, leg, stage.suites_run, "its clone could not be made ready");
	return ok;
}

/* Adds what @suite can run one by one to the table @ret. */
static void list_suite(struct farm *f, struct stage *stage, const char *suite, GHashTable *ret)
{
	g_autoptr(GError) error = NULL;
	char **names = stage_list_tests(stage, suite, &error);

	if (names)
		g_hash_table_insert(ret, (gpointer)suite, names);
	else
		progress_note(f->run->progress, "It runs as a whole: %s", error->message);
}

GHashTable *farm_list_tests(struct farm *f)
{
	const GPtrArray *suites = f->run->stage.all_suites;
	GHashTable *tests = g_hash_table_new_full(g_str_hash, g_str_equal, NULL,
						  (GDestroyNotify)g_strfreev);
	struct task *task = task_new(f, 0);
	struct leg *leg;
	g_autoptr(GError) error = NULL;
	struct clone *clone = NULL;
	struct stage stage = { 0 };

	for (guint i = 0; suites && i < suites->len; i++)
		if (suite_is_selectable(&f->conf, suites->pdata[i]))
			suite_refs_add(task->suites, &(struct suite_ref){ .path = suites->pdata[i] });
	leg = leg_new(task, task->suites);
	if (task->suites->len)
		clone = clone_pool_take(f->pool, &error);
	if (clone && open_stage(task, leg, clone, &stage, &error) && prepare(task, &stage))
		for (guint i = 0; i < suites->len; i++)
			if (suite_is_selectable(&f->conf, suites->pdata[i]))
				list_suite(f, &stage, suites->pdata[i], tests);
	close_stage(&stage);
	clone_pool_give(f->pool, clone);
	folder_remove(leg->part->folder, NULL);
	task_free(task);
	return tests;
}

