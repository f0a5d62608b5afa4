// SPDX-License-Identifier: GPL-2.0-only
#include "libvm/selfcheck.h"

#include <errno.h>
#include <glib/gstdio.h>

#include "lib/clock.h"
#include "lib/fault.h"
#include "lib/folder.h"
#include "libvm/clone-pool.h"
#include "libvm/kernel.h"
#include "libvm/plan.h"
#include "libvm/run-folder.h"
#include "libvm/run-private.h"
#include "libvm/template.h"
#include "libvm/tree.h"

#define FOLDER "selfcheck"
#define SOURCES "sources"	/* in it: copies of the controls, which are built there */
#define STEP "controls"

/* What the threads share. */
struct work {
	const struct conf *conf;
	const struct progress *progress;
	struct selfcheck *check;
	char *folder, *kernel_options;
	GMutex mutex;		/* of what is below, and of progress */
	guint next, done;
};

const char *selfcheck_state_name(enum selfcheck_state state)
{
	static const char *const names[] = { "alive", "dead", "not armed" };

	return names[state];
}

static void result_free(struct selfcheck_result *result)
{
	g_free(result->reason);
	g_free(result->folder);
	g_free(result);
}

void selfcheck_free(struct selfcheck *check)
{
	if (!check)
		return;
	g_ptr_array_unref(check->results);
	g_free(check->kernel);
	g_free(check->image);
	g_free(check->started);
	g_free(check);
}

/* One control */

/* How it is tested; @conf is a copy of its own. */
static struct report *run_control(const struct work *w, const struct control *c, const char *folder,
				  GError **error)
{
	g_autofree char *source = g_build_filename(w->folder, SOURCES, c->name, NULL);
	g_autoptr(conf_owner) conf = NULL;
	struct run_options options = { .jobs = 1, .folder = folder };

	if (!tree_mirror(c->folder, source, error))
		return NULL;
	conf = conf_for_module(w->conf, source, error);
	if (!conf)
		return NULL;
	/* What a control does, it does once; and nobody looks at its memory. */
	conf->reloads = 0;
	conf->crash_keep = 0;
	conf->timeout_s = c->timeout_s;
	g_free(conf->fault);
	conf->fault = g_strdup(c->fault);
	options.mode = conf->suites ? RUN_TEST : RUN_LOAD;
	options.suites_only = conf->suites;
	return run_execute(conf, &options, NULL, error);
}

static void check_control(const struct work *w, struct selfcheck_result *result)
{
	g_autofree char *folder = g_build_filename(w->folder, result->control->name, NULL);
	g_autoptr(report_owner) report = NULL;
	g_autoptr(GError) error = NULL;
	gint64 began = g_get_monotonic_time();

	result->exit = -1;
	result->reason = control_unarmed(result->control, w->kernel_options, w->conf);
	if (result->reason) {
		result->state = SELFCHECK_UNARMED;
		return;
	}
	report = run_control(w, result->control, folder, &error);
	result->reason = report ? control_missed(result->control, report) : g_strdup(error->message);
	result->state = result->reason ? SELFCHECK_DEAD : SELFCHECK_ALIVE;
	result->exit = report ? report_exit_status(report) : -1;
	result->folder = g_steal_pointer(&folder);
	result->seconds = clock_since(began);
}

/* All of them */

static struct selfcheck_result *next_result(struct work *w)
{
	GPtrArray *results = w->check->results;
	struct selfcheck_result *result = NULL;

	g_mutex_lock(&w->mutex);
	if (w->next < results->len)
		result = results->pdata[w->next++];
	g_mutex_unlock(&w->mutex);
	return result;
}

static void tell(struct work *w, const struct selfcheck_result *result)
{
	g_mutex_lock(&w->mutex);
	w->done++;
	progress_detail(w->progress, "%s: %s, %.1f s%s%s", result->control->name,
			selfcheck_state_name(result->state), result->seconds,
			result->reason ? ": " : "", result->reason ? result->reason : "");
	progress_update(w->progress, STEP, PROGRESS_STEPS, w->done, w->check->results->len);
	g_mutex_unlock(&w->mutex);
}

static gpointer work(gpointer data)
{
	struct work *w = data;
	struct selfcheck_result *result;

	while ((result = next_result(w))) {
		check_control(w, result);
		tell(w, result);
	}
	return NULL;
}

static void run_all(struct work *w, guint jobs)
{
	g_autoptr(GPtrArray) threads = g_ptr_array_new();
	gint64 began = g_get_monotonic_time();

	for (guint i = 0; i < MIN(jobs, w->check->results->len); i++)
		g_ptr_array_add(threads, g_thread_new("control", work, w));
	for (guint i = 0; i < threads->len; i++)
		g_thread_join(threads->pdata[i]);
	progress_done(w->progress, STEP, clock_since(began));
}

/* As many as were asked for, else as cores and memory allow. */
static guint count_jobs(const struct work *w, const struct selfcheck_options *options,
			const struct probe *probe, const struct template *template)
{
	guint wanted = options->jobs ? options->jobs : w->conf->jobs;
	struct clone_pool *pool;

	if (wanted)
		return wanted;
	pool = clone_pool_new(w->conf, probe, template, false, false);
	wanted = MIN(clone_pool_size(pool), g_get_num_processors());
	clone_pool_free(pool);
	return wanted;
}

/* Of the kernel that is built for; NULL where they are not on the host. */
static char *find_headers(const struct image *image)
{
	g_autofree char *release = NULL;

	if (image->built)
		return g_strdup(image->built->tree);
	release = image->sysroot ? build_release(image->sysroot, image->kernel_release, NULL) : NULL;
	return release ? build_headers(image->sysroot, release) : NULL;
}

/* Its options; NULL where they are not known. */
static char *read_options(const struct image *image)
{
	g_autofree char *headers = find_headers(image);
	g_autofree char *path = headers ? g_build_filename(headers, "include/config/auto.conf", NULL) : NULL;
	char *text = NULL;

	return path && g_file_get_contents(path, &text, NULL, NULL) ? text : NULL;
}

static void add_result(struct selfcheck *check, const struct control *control)
{
	struct selfcheck_result *result = g_new0(struct selfcheck_result, 1);

	result->control = control;
	g_ptr_array_add(check->results, result);
}

static bool choose(struct selfcheck *check, char **names, GError **error)
{
	const GPtrArray *all = check->controls->all;

	for (char **name = names; name && *name; name++)
		if (!controls_find(check->controls, *name))
			return fault_set(error, LAB_ERROR_USAGE, "there is no control '%s' in %s", *name,
					 check->controls->folder);
	for (guint i = 0; i < all->len; i++) {
		const struct control *c = all->pdata[i];

		if (!names || !*names || g_strv_contains((const char *const *)names, c->name))
			add_result(check, c);
	}
	return true;
}

static bool make_folder(const struct work *w, GError **error)
{
	g_autofree char *sources = g_build_filename(w->folder, SOURCES, NULL);

	if (!folder_remove(w->folder, error))
		return false;
	return g_mkdir_with_parents(sources, 0755) == 0 ||
	       fault_set_errno(error, LAB_ERROR_LAB, errno, "cannot make %s", sources);
}

/* With the VM set up, and its runs' lock held. */
static bool check_all(struct work *w, const struct selfcheck_options *options, const struct probe *probe,
		      GError **error)
{
	g_autoptr(template_owner) template = template_ensure(w->conf, probe, w->progress, error);
	struct selfcheck *check = w->check;
	gint64 began = g_get_monotonic_time();

	if (!template || !make_folder(w, error))
		return false;
	clone_sweep(w->conf, false);
	w->kernel_options = read_options(template->image);
	check->kernel = g_strdup(template->image->kernel_release);
	check->image = g_strdup(template->image->name);
	check->accel = accel_name(probe->accel);
	run_all(w, count_jobs(w, options, probe, template));
	check->seconds = clock_since(began);
	return true;
}

static bool set_up(struct work *w, const struct selfcheck_options *options, GError **error)
{
	g_autoptr(lock_owner) lock = run_folder_lock(w->conf, "checking its detectors", w->progress, error);
	struct run run = { .conf = w->conf, .progress = w->progress };
	bool ok = lock && run_set_up_vm(&run, false, error) && check_all(w, options, run.probe, error);

	probe_free(run.probe);
	return ok;
}

struct selfcheck *selfcheck_run(const struct conf *conf, const struct controls *controls,
				const struct selfcheck_options *options,
				const struct progress *progress, GError **error)
{
	g_autoptr(selfcheck_owner) check = g_new0(struct selfcheck, 1);
	g_autoptr(GDateTime) now = g_date_time_new_now_utc();
	struct work w = { .conf = conf, .progress = progress, .check = check };
	bool ok;

	check->controls = controls;
	check->results = g_ptr_array_new_with_free_func((GDestroyNotify)result_free);
	check->started = g_date_time_format_iso8601(now);
	w.folder = plan_state_path(conf, FOLDER);
	g_mutex_init(&w.mutex);
	ok = choose(check, options->names, error) && set_up(&w, options, error);
	g_mutex_clear(&w.mutex);
	g_free(w.folder);
	g_free(w.kernel_options);
	return ok ? g_steal_pointer(&check) : NULL;
}
