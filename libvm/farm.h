/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Clones at work. What is to be done is cut into tasks, each of which has clones
 * and parts of the report and folders of its own; threads take them in their order,
 * and they are put together in that order. Of one task another sees nothing but
 * what it writes into the source, which all share.
 *
 * A test that its clone does not survive costs the clone: the task goes on behind
 * it in the next one, and gives a part of what is left to threads that have nothing
 * to do, as tasks of their own (libvm/go-on.c).
 */
#ifndef LIBVM_FARM_H
#define LIBVM_FARM_H

#include "libvm/clone-pool.h"
#include "libvm/run-private.h"
#include "libvm/suite.h"
#include "libvm/template.h"

struct farm;
struct suspects;

/* What one clone did. */
struct leg {
	struct report *part;
	GPtrArray *refs;	/* struct suite_ref, in the order that they run */
	guint broken;		/* the one that it did not survive: index in refs; its len = none */
	bool unnamed;		/* the broken one's tests have to be listed to know what is left */
};

struct task {
	struct farm *farm;
	guint index;
	bool checks;		/* the load stage's */
	bool base;		/* what the modules leave without any test: in, out, audit */
	bool repeat;		/* of what was run before: nothing of it is the run's */
	bool waits;		/* for its time limit, it is thought, without a CPU: beside the others */
	bool taken;		/* by one of the threads */
	struct task *origin;	/* the one that gave it a part of what it had left; NULL = none did */
	bool parted;		/* gives none any more: the results have to stay in their order */
	guint breaks;		/* clones that broke, of all that have it as origin too: with the mutex */
	GPtrArray *suites;	/* struct suite_ref */
	GPtrArray *legs;	/* struct leg */
	struct progress progress;	/* to shown */
	GPtrArray *shown;	/* notes that wait for their turn */
	bool done;
};

struct farm {
	struct run *run;
	struct conf conf;	/* the run's, but for what is shared */
	const struct template *template;
	struct clone_pool *pool;
	guint jobs;		/* clones at a time, but for those that only wait */
	bool strict;		/* the user said how many: those that wait are among them */
	GPtrArray *tasks;
	struct suspects *suspects;
	GMutex mutex;		/* of what is below, and of run->progress */
	GCond news;
	const char *doing;	/* what the tasks from @from on are for, shown instead of what each does; or NULL */
	guint from;
	guint next;		/* all tasks before it are taken */
	guint merged;		/* tasks that are in the report */
	guint working;		/* threads */
	guint busy;		/* of them with a task */
	guint spares;		/* clones for a task to come */
	GError *broken;		/* why there are no clones to be had */
	bool refused;		/* by QEMU, which did not take the template */
	bool kept;		/* a broken one was left as it is */
};

/* @injects: some of its clones give errors from their disks. */
void farm_init(struct farm *farm, struct run *run, const struct template *template, bool injects);

/* With the folders of what was not taken into the report. */
void farm_clear(struct farm *farm);

/* One more task, which has nothing to do yet. */
struct task *farm_add(struct farm *farm);

/* As farm_work(), of which the progress says @doing: "Repeating what failed". */
bool farm_work_on(struct farm *farm, const char *doing);

/* Does the tasks that were added since the last time; false when there are no clones to be had. */
bool farm_work(struct farm *farm);

/* Takes what is done into the report; what is not, and is the run's, is given for the VM. */
void farm_remaining(struct farm *farm, bool *checks, GPtrArray *refs);

/*
 * The names of the tests of the suites that can run them one by one, by the suite's
 * path: char ** of each. To be freed with g_hash_table_unref().
 */
GHashTable *farm_list_tests(struct farm *farm);

/* task.c */

/* One that has nothing to do yet; @index is its place in farm->tasks. */
struct task *task_new(struct farm *farm, guint index);
void task_free(gpointer task);

/* With the mutex: how many of what the farm is doing are done. */
void task_show_done(const struct farm *farm);

/* @task's next one, with a folder's name of its own. */
struct leg *leg_new(struct task *task, const GPtrArray *refs);

/* For those who work in a clone, farm.c and leg.c: */

/*
 * Does it. False when there was no clone to be had; what goes wrong in it is in the
 * part. @next, if it is wanted, is started meanwhile.
 */
bool leg_run(struct task *task, struct leg *leg, struct clone *clone, struct clone **next, GError **error);

/* For the task after @task, if there is one and room now; or NULL. */
struct clone *farm_begin_spare(const struct task *task);

/* go-on.c */

/* After @leg: marks the test that its clone did not survive, as far as it can be told. */
void go_on_note(struct task *task, struct leg *leg);

/* What is left of @task behind its last leg: the next one, or NULL when nothing is. */
struct leg *go_on_leg(struct task *task);

/*
 * In @leg's clone: what the one before left open, of which others may get a part. False:
 * nothing is left to run.
 */
bool go_on_open(struct task *task, struct leg *leg, struct stage *stage);

/* No clone for @leg: what it had to run, from @first on, is marked as not run, @why. */
void go_on_give_up(struct task *task, struct leg *leg, guint first, const char *why);

/* suspects.c: tests of clones that had something left, or that nobody could ask */

struct suspects *suspects_new(void);
void suspects_free(struct suspects *suspects);

/* Before @leg's part goes into the report. One that was alone in its clone is marked at once. */
void suspects_note(struct farm *farm, const struct task *task, struct leg *leg);

/* Finds out by running them, in halves, which it is; they are marked in the run's report. */
void suspects_search(struct farm *farm);

/* At the end: the run's report has the tests after which nobody has looked. */
void suspects_close(struct farm *farm);

/* Whether @part tells of something left behind that is not the module's own. */
bool suspects_leak(const struct farm *farm, const struct report *part);

/* repeat.c: no clone is needed for that */

#define REPEATS_MAX 20		/* tests of one run: where more fail it is no flake */

/*
 * The tests of the run that failed, the first REPEATS_MAX of them. By what the farm's
 * tasks had to run: a sweep's were not all known before. To be unreferenced.
 */
GPtrArray *repeats_find(struct farm *farm);

/* Adds the tasks that run each of them @times more. */
void repeats_plan(struct farm *farm, const GPtrArray *repeats, guint times);

/*
 * Once these tasks were worked on: how many runs of each test there were, and failed, the
 * run's own among them (struct test_result). One that tells nothing counts for none: its
 * clone was lost, the test did not run, or not with the error that it had met. Of a test
 * that left something behind, it has failed where that was left again.
 */
void repeats_count(const struct farm *farm, const GPtrArray *repeats);

/* confirm.c: the tests that failed, @times more, each in a clone of its own. */
void confirm(struct farm *farm, guint times);

#endif /* LIBVM_FARM_H */
